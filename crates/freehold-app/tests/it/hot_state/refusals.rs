//! Refusals, which are told when what they rest on is proven.

use freehold::Version;
use freehold_testkit::faults::{
    Fault::{Before, Meanwhile},
    Gate, Operation,
    Trouble::Hang,
};
use futures_util::{FutureExt, future::poll_immediate, pin_mut};

use super::{Node, is_lost, not_empty};

#[tokio::test]
async fn a_refusal_is_told_when_what_it_rests_on_is_written() {
    let node = Node::start().await;
    let id = node.opened().await;
    let gate = node.hold_answer();
    let (deposit, close) = (node.deposit(id, 5), node.close(id));
    pin_mut!(deposit, close);
    assert!(poll_immediate(deposit.as_mut()).await.is_none());
    assert!(poll_immediate(close.as_mut()).await.is_none());
    gate.open();
    deposit.await.unwrap();
    assert_eq!(not_empty(close.await), 5);
}

#[tokio::test]
async fn a_refusal_is_not_told_on_what_was_never_written() {
    let node = Node::start().await;
    let id = node.opened().await;
    let gate = node.lose_append();
    let (deposit, close) = (node.deposit(id, 5), node.close(id));
    pin_mut!(deposit, close);
    assert!(poll_immediate(deposit.as_mut()).await.is_none());
    assert!(poll_immediate(close.as_mut()).await.is_none());
    gate.open();
    assert!(is_lost(&deposit.await));
    assert_eq!(close.await.unwrap().version, Version(2));
}

#[tokio::test]
async fn a_refusal_is_proven_by_what_follows_it() {
    let node = Node::start().await;
    let id = node.opened().await;
    let gates = [node.hold_answer(), node.hold_answer()];
    node.reads_fail();
    let (before, close, behind) = (node.deposit(id, 5), node.close(id), node.deposit(id, 1));
    pin_mut!(before, close, behind);
    assert!(poll_immediate(before.as_mut()).await.is_none());
    assert!(poll_immediate(close.as_mut()).await.is_none());
    assert!(poll_immediate(behind.as_mut()).await.is_none());
    gates[0].open();
    before.await.unwrap();
    assert!(poll_immediate(close.as_mut()).await.is_none(), "what follows may still be refused");
    gates[1].open();
    behind.await.unwrap();
    assert_eq!(not_empty(close.await), 5);
}

#[tokio::test]
async fn a_refusal_is_proven_by_what_follows_it_while_the_log_is_read() {
    let node = Node::start().await;
    let id = node.opened().await;
    node.deposited(id, 5).await;
    let gate = Gate::closed();
    node.faults.plan(Operation::ReadStream, &Before(Hang(gate.clone())), 1);
    let close = node.close(id);
    pin_mut!(close);
    assert!(poll_immediate(close.as_mut()).await.is_none());
    node.deposited(id, 1).await;
    gate.open();
    assert_eq!(not_empty(close.await), 5);
    node.reads_fail();
    assert_eq!(node.deposited(id, 1).await, 4);
}

#[tokio::test]
async fn what_is_written_late_proves_nothing_that_was_decided_without_it() {
    let node = Node::start().await;
    let id = node.opened().await;
    let mut given_up = node.deposit(id, 1).boxed();
    let (_never, late) = (node.hold_answer(), Gate::closed());
    assert!(poll_immediate(&mut given_up).await.is_none());
    node.faults.plan(Operation::Append, &Meanwhile(Hang(late.clone())), 1);
    let (first, second) = (node.deposited(id, 10), node.deposited(id, 100));
    let (without_them, close) = (node.deposited(id, 1_000), node.close(id));
    pin_mut!(first, second, without_them, close);
    assert!(poll_immediate(first.as_mut()).await.is_none());
    assert!(poll_immediate(second.as_mut()).await.is_none());
    drop(given_up);
    assert!(poll_immediate(without_them.as_mut()).await.is_none());
    assert!(poll_immediate(close.as_mut()).await.is_none());
    late.open();
    assert_eq!((first.await, second.await), (3, 4));
    assert!(poll_immediate(close.as_mut()).await.is_none(), "1,001 were never on it");
    assert_eq!(without_them.await, 5);
    assert_eq!(not_empty(close.await), 1_111);
}
