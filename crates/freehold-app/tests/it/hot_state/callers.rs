//! Callers that go away before they are answered.

use freehold::app::DispatchError;
use freehold_testkit::faults::{
    Fault::{After, Before},
    Gate, Operation,
    Trouble::{Delay, Hang},
};
use futures_util::{
    FutureExt,
    future::{join, maybe_done, poll_immediate},
    pin_mut,
};

use super::{Node, always};
use crate::bank::open;

#[tokio::test]
async fn what_exists_is_not_created_though_reading_it_was_given_up() {
    let node = Node::start().await;
    let id = node.opened().await;
    node.elsewhere().await.deposited(id, 5).await;
    let gate = Gate::closed();
    node.faults.plan(Operation::ReadStream, &Before(Hang(gate.clone())), 1);
    assert!(poll_immediate(node.deposit(id, 1).boxed()).await.is_none());
    let answer = node.open_at(id, open("unwanted")).await;
    assert!(matches!(answer, Err(DispatchError::Exists { .. })), "{answer:?}");
}

/// What a caller is at who goes away.
#[derive(Clone, Copy, Debug)]
enum Errand {
    /// Its append is written.
    Accepted,
    /// Another node has been there first.
    Outrun,
    /// It is refused, which is confirmed.
    Refused,
    /// It waits for its turn.
    Behind,
}

/// Sends a command, asks for the answer so many times, and goes away; another comes meanwhile. Whether there were
/// enough of them.
async fn go_away_after(turns: usize, errand: Errand) -> bool {
    let node = Node::start().await;
    let id = node.opened().await;
    node.deposited(id, 1).await;
    if let Errand::Outrun = errand {
        node.elsewhere().await.deposited(id, 1).await;
    }
    for operation in [Operation::Append, Operation::ReadStream] {
        always(&node.faults, operation, Before(Delay));
        always(&node.answers, operation, After(Delay));
    }
    let before = node.history(id).await.len() as u64;
    let (first, behind) = (maybe_done(node.deposited(id, 1)), node.deposited(id, 1));
    pin_mut!(first, behind);
    if let Errand::Behind = errand {
        assert!(poll_immediate(first.as_mut()).await.is_none());
    }
    let mut victim = match errand {
        Errand::Accepted | Errand::Outrun | Errand::Behind => node.deposit(id, 1).boxed(),
        Errand::Refused => node.close(id).boxed(),
    };
    let mut is_answered = false;
    for _ in 0..turns {
        is_answered = is_answered || poll_immediate(&mut victim).await.is_some();
        if let Errand::Behind = errand {
            poll_immediate(first.as_mut()).await;
        }
    }
    assert!(poll_immediate(behind.as_mut()).await.is_none());
    drop(victim);
    let ((), behind) = join(first.as_mut(), behind).await;
    let written = [first.take_output().unwrap(), behind, node.deposited(id, 1).await];
    let history = node.history(id).await;
    let of_victim = history.len() as u64 - before - written.len() as u64;
    assert!(of_victim <= 1 && (of_victim == 1 || !is_answered || matches!(errand, Errand::Refused)));
    assert!(written.iter().all(|version| *version > before));
    assert_eq!(node.balance(id).await, i64::try_from(history.len()).unwrap() - 1);
    is_answered
}

#[tokio::test]
async fn a_caller_may_go_away_at_any_point_and_nobody_else_notices() {
    for errand in [Errand::Accepted, Errand::Outrun, Errand::Refused, Errand::Behind] {
        let mut turns = 0;
        while !go_away_after(turns, errand).await {
            turns += 1;
        }
        assert!(turns > 1, "{errand:?} was over at once");
    }
}
