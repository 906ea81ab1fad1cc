//! Decisions that are under way: nobody waits for those before, and what was never written is decided again.

use freehold::{Version, app::DispatchError};
use freehold_testkit::faults::{
    Fault::{After, Before},
    Gate, Operation,
    Trouble::{Delay, Failure, Hang},
};
use futures_util::{
    future::{join_all, poll_immediate},
    pin_mut,
};

use super::{Node, always, is_lost, not_empty};
use crate::{
    bank::{Deposit, Reconsider, open_as},
    service::{at, clerk, once},
};

#[tokio::test]
async fn commands_do_not_wait_until_those_before_them_are_written() {
    let node = Node::start().await;
    let id = node.opened().await;
    let gate = node.hold_answer();
    let first = node.deposit(id, 1);
    pin_mut!(first);
    assert!(poll_immediate(first.as_mut()).await.is_none());
    assert_eq!(node.deposited(id, 2).await, 3);
    gate.open();
    assert_eq!(first.await.unwrap().version, Version(2));
}

#[tokio::test]
async fn commands_are_decided_in_the_order_in_which_they_came() {
    let node = Node::start().await;
    let id = node.opened().await;
    always(&node.faults, Operation::Append, Before(Delay));
    let answers = join_all((1..=16).map(|amount| node.deposit(id, amount))).await;
    let versions: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().version.0).collect();
    assert_eq!(versions, (2..=17).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_was_decided_on_what_was_never_written_is_decided_again() {
    let node = Node::start().await;
    let id = node.opened_as("anna").await;
    let gate = node.lose_append();
    let lost = node.rename(id, "bella");
    pin_mut!(lost);
    assert!(poll_immediate(lost.as_mut()).await.is_none());
    // Another event has come to lie at the version that the lost one was to have.
    node.elsewhere().await.rename(id, "carla").await.unwrap();
    let reconsider = Reconsider { other: "dora".to_owned() };
    let reconsidered = node.application.commands.send(clerk(), id, reconsider).await.unwrap();
    assert_eq!(reconsidered.version, Version(4));
    assert_eq!(node.account(id).await.nickname.as_deref(), Some("carla"));
    gate.open();
    assert!(is_lost(&lost.await));
}

#[tokio::test]
async fn what_was_written_though_its_answer_was_lost_is_there() {
    let node = Node::start().await;
    let id = node.opened().await;
    node.faults.plan(Operation::Append, &After(Failure), 1);
    assert!(is_lost(&node.deposit(id, 5).await));
    assert_eq!(node.balance(id).await, 5);
    assert_eq!(node.deposited(id, 1).await, 3);
    assert_eq!(node.history(id).await.len(), 3);
}

#[tokio::test]
async fn what_follows_an_append_whose_answer_was_lost_is_written_behind_it() {
    let node = Node::start().await;
    let id = node.opened().await;
    node.faults.plan(Operation::Append, &After(Failure), 1);
    let gate = node.hold_answer();
    let lost = node.deposit(id, 5);
    pin_mut!(lost);
    assert!(poll_immediate(lost.as_mut()).await.is_none());
    assert_eq!(node.deposited(id, 1).await, 3);
    gate.open();
    assert!(is_lost(&lost.await));
    assert_eq!(node.balance(id).await, 6);
}

#[tokio::test]
async fn a_version_that_was_never_written_does_not_match() {
    let node = Node::start().await;
    let id = node.opened().await;
    let gate = node.lose_append();
    let lost = node.deposit(id, 1);
    let at_lost = node.application.commands.send_with(clerk(), id, Deposit { amount: 1 }, at(2));
    pin_mut!(lost, at_lost);
    assert!(poll_immediate(lost.as_mut()).await.is_none());
    let refused = at_lost.await;
    assert!(matches!(refused, Err(DispatchError::VersionMismatch { actual: Version(1), .. })), "{refused:?}");
    gate.open();
    assert!(is_lost(&lost.await));
}

#[tokio::test]
async fn a_repetition_leaves_nothing_that_is_not_in_the_log() {
    let node = Node::start().await;
    let id = node.opened().await;
    let deposit = || node.application.commands.send_with(clerk(), id, Deposit { amount: 5 }, once(1));
    let gate = Gate::closed();
    node.faults.plan(Operation::Outcome, &After(Hang(gate.clone())), 1);
    let late = deposit();
    pin_mut!(late);
    assert!(poll_immediate(late.as_mut()).await.is_none());
    assert_eq!(deposit().await.unwrap().version, Version(2));
    gate.open();
    let late = late.await.unwrap();
    assert!(late.replayed && late.version == Version(2));
    assert_eq!(node.balance(id).await, 5);
    assert_eq!(node.deposited(id, 1).await, 3);
}

#[tokio::test]
async fn what_is_behind_a_repetition_is_decided_again() {
    let node = Node::start().await;
    let id = node.opened().await;
    let deposit = || node.application.commands.send_with(clerk(), id, Deposit { amount: 5 }, once(1));
    let (outcome, answer) = (Gate::closed(), Gate::closed());
    node.faults.plan(Operation::Outcome, &After(Hang(outcome.clone())), 1);
    let late = deposit();
    pin_mut!(late);
    assert!(poll_immediate(late.as_mut()).await.is_none());
    deposit().await.unwrap();
    node.answers.plan(Operation::Append, &After(Hang(answer.clone())), 1);
    outcome.open();
    assert!(poll_immediate(late.as_mut()).await.is_none());
    let close = node.close(id);
    pin_mut!(close);
    assert!(poll_immediate(close.as_mut()).await.is_none());
    answer.open();
    assert!(late.await.unwrap().replayed);
    assert_eq!(not_empty(close.await), 5, "10 were never on it");
}

#[tokio::test]
async fn a_key_that_was_given_back_in_vain_is_still_held() {
    let node = Node::start().await;
    let id = node.opened_as("anna").await;
    let gate = node.lose_append();
    let (lost, back) = (node.rename(id, "bella"), node.rename(id, "anna"));
    pin_mut!(lost, back);
    assert!(poll_immediate(lost.as_mut()).await.is_none());
    let taken = node.application.commands.create(clerk(), open_as("anna")).await;
    assert!(matches!(taken, Err(DispatchError::Taken { .. })), "{taken:?}");
    assert_eq!(back.await.unwrap().version, Version(2));
    gate.open();
    assert!(is_lost(&lost.await));
    node.opened_as("bella").await;
}
