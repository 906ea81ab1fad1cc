//! Aggregates that stay in memory: the laws of commands hold as they do without, and case by case.

use std::{panic::AssertUnwindSafe, sync::Arc};

use freehold::{
    RawEvent, Recorded, StreamId, Version,
    app::{Accepted, Application, DispatchError, Host, SendOptions},
    memory::Memory,
    ports::{Conflict, EventStore, Versions},
    prelude::*,
};
use freehold_testkit::faults::{
    Draw,
    Fault::{self, After, Before, Meanwhile},
    Faults, Gate, Operation, Seed,
    Trouble::{Delay, Failure, Hang},
};
use futures_util::{
    FutureExt,
    future::{join, join_all, maybe_done, poll_immediate},
    pin_mut,
};

use crate::{
    bank::{
        Account, AccountId, AccountRejection, Close, Deposit, OpenAccount, Reconsider, Rename, context, open,
        open_as,
    },
    service::{at, clerk, folded, nobody, once, stranger},
};

mod laws {
    //! The laws, over a database in memory.

    use std::sync::Arc;

    use freehold::memory::Memory;

    freehold_testkit::conformance::commands::suite!(48, async || (vec![Arc::new(Memory::new()) as _], ()));
}

/// A node with a bank.
struct Node {
    application: Application,
    memory: Memory,
    /// What befalls appends and reads.
    faults: Faults,
    /// What befalls the answers to them on top of that.
    answers: Faults,
    _host: Host,
}

type Answer = Result<Accepted<AccountId>, DispatchError<AccountRejection>>;

impl Node {
    async fn start() -> Self {
        Self::over(Memory::new(), 64).await
    }

    async fn over(memory: Memory, hot_aggregates: usize) -> Self {
        let (faults, answers) = (Faults::default(), Faults::default());
        let database = answers.around(Arc::new(faults.around(Arc::new(memory.clone()))));
        let host = Host::builder(database).context(context()).hot_aggregates(hot_aggregates).start().await;
        let host = host.expect("it starts");
        Self { application: host.application(), memory, faults, answers, _host: host }
    }

    /// Another node over the same database, which keeps nothing.
    async fn elsewhere(&self) -> Self {
        Self::over(self.memory.clone(), 0).await
    }

    async fn opened(&self) -> AccountId {
        self.application.commands.create(clerk(), open("Anna")).await.expect("it is accepted").id
    }

    async fn opened_as(&self, nickname: &str) -> AccountId {
        self.application.commands.create(clerk(), open_as(nickname)).await.expect("it is accepted").id
    }

    /// Opens an account under this id.
    async fn open_at(&self, id: AccountId, command: OpenAccount) -> Result<(), DispatchError> {
        let options = SendOptions::default();
        self.application.commands.dispatch(clerk(), Some(id.as_uuid()), command, options).await.map(drop)
    }

    async fn deposit(&self, id: AccountId, amount: i64) -> Answer {
        self.application.commands.send(clerk(), id, Deposit { amount }).await
    }

    async fn deposited(&self, id: AccountId, amount: i64) -> u64 {
        self.deposit(id, amount).await.expect("it is accepted").version.0
    }

    async fn close(&self, id: AccountId) -> Answer {
        self.application.commands.send(clerk(), id, Close {}).await
    }

    async fn rename(&self, id: AccountId, nickname: &str) -> Answer {
        self.application.commands.send(clerk(), id, Rename { nickname: nickname.to_owned() }).await
    }

    /// The balance that is decided on, which must not be 0.
    async fn balance(&self, id: AccountId) -> i64 {
        not_empty(self.close(id).await)
    }

    async fn history(&self, id: AccountId) -> Vec<Recorded<RawEvent>> {
        let stream = StreamId::of::<Account>(id);
        self.memory.read_stream(&clerk().tenant, &stream, Versions::ALL).await.expect("it is there")
    }

    /// The account as the log has it.
    async fn account(&self, id: AccountId) -> Account {
        folded(&self.history(id).await).expect("it is there")
    }

    /// Whoever waits for the next append waits at the gate, and is told then what became of it.
    fn hold_answer(&self) -> Gate {
        let gate = Gate::closed();
        self.answers.plan(Operation::Append, &After(Hang(gate.clone())), 1);
        gate
    }

    /// The next append is not written, which whoever waits for it is told at the gate.
    fn lose_append(&self) -> Gate {
        self.faults.plan(Operation::Append, &Before(Failure), 1);
        self.hold_answer()
    }

    fn reads_fail(&self) {
        always(&self.faults, Operation::ReadStream, Before(Failure));
    }
}

fn always(faults: &Faults, operation: Operation, fault: Fault) {
    faults.draw(operation, Draw { seed: Seed(0), one_in: 1, faults: vec![fault] });
}

fn not_empty(answer: Answer) -> i64 {
    match answer {
        Err(DispatchError::Rejected(AccountRejection::NotEmpty { balance })) => balance,
        other => panic!("it was to be refused: {other:?}"),
    }
}

fn is_lost(answer: &Answer) -> bool {
    matches!(answer, Err(DispatchError::Store(_)))
}

#[tokio::test]
async fn an_aggregate_in_memory_is_not_read() {
    let node = Node::start().await;
    node.reads_fail();
    let id = node.opened().await;
    assert_eq!(node.deposited(id, 1).await, 2);
    assert_eq!(node.deposited(id, 1).await, 3);
    let cold = node.elsewhere().await;
    cold.reads_fail();
    assert!(is_lost(&cold.deposit(id, 1).await));
}

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

#[tokio::test]
async fn what_another_node_has_done_is_decided_on() {
    let node = Node::start().await;
    let elsewhere = node.elsewhere().await;
    let id = node.opened().await;
    assert_eq!(elsewhere.deposited(id, 5).await, 2);
    assert_eq!(not_empty(node.close(id).await), 5, "it was to be closed");
    assert_eq!(elsewhere.deposited(id, 1).await, 3);
    assert_eq!(not_empty(node.close(id).await), 6, "it was to be refused otherwise");
    assert_eq!(node.deposited(id, 1).await, 4);
}

#[tokio::test]
async fn what_another_node_has_created_is_found() {
    let node = Node::start().await;
    let id = nobody();
    for _ in 0..2 {
        assert!(matches!(node.deposit(id, 1).await, Err(DispatchError::NotFound { .. })));
    }
    node.elsewhere().await.open_at(id, open("Anna")).await.unwrap();
    assert_eq!(node.deposited(id, 1).await, 2);
}

#[tokio::test]
async fn what_exists_is_not_created_whatever_is_known_of_it() {
    let node = Node::start().await;
    let id = nobody();
    node.elsewhere().await.open_at(id, open("Anna")).await.unwrap();
    for owner in ["unwanted", "Anna", "unwanted"] {
        let answer = node.open_at(id, open(owner)).await;
        assert!(matches!(answer, Err(DispatchError::Exists { .. })), "{answer:?}");
    }
    for owner in ["Anna", "unwanted"] {
        let fresh = node.elsewhere().await;
        let answer = Node::over(fresh.memory.clone(), 1).await.open_at(id, open(owner)).await;
        assert!(matches!(answer, Err(DispatchError::Exists { .. })), "{answer:?}");
    }
}

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

#[tokio::test]
async fn a_version_that_the_sender_has_seen_is_that_of_the_log() {
    let node = Node::start().await;
    let id = node.opened().await;
    assert_eq!(node.elsewhere().await.deposited(id, 1).await, 2);
    let deposit =
        |version| node.application.commands.send_with(clerk(), id, Deposit { amount: 1 }, at(version));
    let stale = deposit(1).await;
    assert!(matches!(stale, Err(DispatchError::VersionMismatch { actual: Version(2), .. })), "{stale:?}");
    assert_eq!(node.elsewhere().await.deposited(id, 1).await, 3);
    assert_eq!(deposit(3).await.unwrap().version, Version(4), "it is newer than what this node knows");
    let ahead = deposit(5).await;
    assert!(matches!(ahead, Err(DispatchError::VersionMismatch { actual: Version(4), .. })), "{ahead:?}");
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

#[tokio::test]
async fn a_key_can_be_claimed_when_it_was_given_back_elsewhere() {
    let node = Node::start().await;
    let elsewhere = node.elsewhere().await;
    let (anna, bella) = (node.opened_as("anna").await, node.opened_as("bella").await);
    for _ in 0..3 {
        elsewhere.rename(anna, "carla").await.unwrap();
        node.rename(bella, "anna").await.unwrap();
        let taken = node.rename(anna, "anna").await;
        assert!(matches!(taken, Err(DispatchError::Taken { .. })), "{taken:?}");
        elsewhere.rename(bella, "bella").await.unwrap();
        node.rename(anna, "anna").await.unwrap();
    }
}

#[tokio::test]
async fn what_was_closed_elsewhere_is_decided_on_as_it_was_closed() {
    let node = Node::start().await;
    let (tenant, id) = (clerk().tenant, node.opened().await);
    node.elsewhere().await.close(id).await.unwrap();
    node.memory.archive(&tenant, &StreamId::of::<Account>(id), Version(2)).await.unwrap();
    let answer = node.deposit(id, 1).await;
    let is_refused = matches!(answer, Err(DispatchError::Rejected(AccountRejection::AlreadyClosed)));
    assert!(is_refused, "{answer:?}");
    let exists = node.open_at(id, open("Anna")).await;
    assert!(matches!(exists, Err(DispatchError::Exists { .. })), "{exists:?}");
}

#[tokio::test]
async fn an_archived_aggregate_takes_no_more_though_it_is_in_memory() {
    let node = Node::start().await;
    let (tenant, id) = (clerk().tenant, node.opened().await);
    node.memory.archive(&tenant, &StreamId::of::<Account>(id), Version(1)).await.unwrap();
    for _ in 0..2 {
        let answer = node.deposit(id, 1).await;
        let is_archived =
            matches!(answer, Err(DispatchError::Conflict(Conflict::Archived { at: Version(1) })));
        assert!(is_archived, "{answer:?}");
    }
}

#[tokio::test]
async fn aggregates_that_make_way_while_they_are_in_use_lose_nothing() {
    let node = Node::over(Memory::new(), 1).await;
    let ids = join_all((0..8).map(|_| node.opened())).await;
    let gate = node.hold_answer();
    let first = node.deposit(ids[0], 1);
    pin_mut!(first);
    assert!(poll_immediate(first.as_mut()).await.is_none());
    for round in 1..=3 {
        for (place, id) in ids.iter().enumerate() {
            assert_eq!(node.deposited(*id, 1).await, 1 + round + u64::from(place == 0));
        }
    }
    gate.open();
    assert_eq!(first.await.unwrap().version, Version(2));
    assert_eq!(node.balance(ids[0]).await, 4);
}

#[tokio::test]
async fn the_same_id_in_another_tenant_is_another_aggregate() {
    let node = Node::start().await;
    let commands = &node.application.commands;
    let id = node.opened().await;
    node.deposited(id, 5).await;
    let answer = commands.send(stranger(), id, Deposit { amount: 1 }).await;
    assert!(matches!(answer, Err(DispatchError::NotFound { .. })), "{answer:?}");
    let target = Some(id.as_uuid());
    commands.dispatch(stranger(), target, open("Bob"), SendOptions::default()).await.unwrap();
    commands.send(stranger(), id, Close {}).await.unwrap();
    assert_eq!(node.balance(id).await, 5);
}

#[tokio::test]
async fn a_decision_that_cannot_be_recorded_leaves_nothing() {
    let node = Node::start().await;
    let id = nobody();
    for _ in 0..2 {
        let answer = node.open_at(id, open("faulty")).await;
        assert!(matches!(answer, Err(DispatchError::Fault(_))), "{answer:?}");
    }
    node.open_at(id, open("Anna")).await.unwrap();
    assert_eq!(node.deposited(id, 1).await, 2);
}

#[tokio::test]
async fn an_append_that_a_view_refuses_leaves_nothing() {
    let node = Node::start().await;
    let id = nobody();
    let answer = node.open_at(id, open("poison")).await;
    assert!(matches!(answer, Err(DispatchError::Inline { .. })), "{answer:?}");
    assert!(matches!(node.deposit(id, 1).await, Err(DispatchError::NotFound { .. })));
    node.open_at(id, open("Anna")).await.unwrap();
    assert_eq!(node.deposited(id, 1).await, 2);
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

/// Another aggregate under the name of accounts.
#[derive(Clone)]
struct Impostor {
    deposits: u64,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Impostor)]
enum ImpostorEvent {
    Opened { owner: String },
    Deposited { amount: i64 },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Rejection)]
enum ImpostorRejection {
    #[error("after {deposits} deposits")]
    Counted { deposits: u64 },
}

/// Panics when it is decided on, or when what was decided is taken in, or is told how many deposits there are.
#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Impostor, roles("clerk"))]
#[garde(allow_unvalidated)]
struct Count {
    panics: Option<Panics>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
enum Panics {
    InDecide,
    InEvolve,
}

impl Aggregate for Impostor {
    const NAME: &'static str = Account::NAME;
    type Id = AccountId;
    type Event = ImpostorEvent;
    type Rejection = ImpostorRejection;

    fn begin(_: &ImpostorEvent) -> Option<Self> {
        Some(Self { deposits: 0 })
    }

    fn evolve(&mut self, event: &ImpostorEvent) {
        assert_ne!(*event, ImpostorEvent::Deposited { amount: 0 }, "nobody deposits nothing");
        self.deposits += 1;
    }
}

impl Decide<Count> for Impostor {
    fn decide(&self, command: Count, _: Timestamp) -> Result<Events<Self>, ImpostorRejection> {
        assert_ne!(command.panics, Some(Panics::InDecide), "it was to panic");
        match command.panics {
            Some(_) => Ok(ImpostorEvent::Deposited { amount: 0 }.into()),
            None => Err(ImpostorRejection::Counted { deposits: self.deposits }),
        }
    }
}

async fn counted(node: &Node, id: AccountId) -> u64 {
    match node.application.commands.send(clerk(), id, Count { panics: None }).await {
        Err(DispatchError::Rejected(ImpostorRejection::Counted { deposits })) => deposits,
        other => panic!("it was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn two_aggregates_of_one_name_have_states_of_their_own() {
    let node = Node::start().await;
    let id = node.opened().await;
    for round in 1..=3 {
        node.deposited(id, 5).await;
        assert_eq!(counted(&node, id).await, round);
        assert_eq!(node.balance(id).await, 5 * i64::try_from(round).unwrap());
    }
}

#[tokio::test]
async fn a_panic_of_the_domain_leaves_nothing() {
    // The lane of the impostor comes first and stays.
    let memory = Memory::new();
    let id = Node::over(memory.clone(), 0).await.opened().await;
    let node = Node::over(memory, 64).await;
    for panics in [Panics::InDecide, Panics::InEvolve] {
        assert_eq!(counted(&node, id).await, 0);
        let command = node.application.commands.send(clerk(), id, Count { panics: Some(panics) });
        assert!(AssertUnwindSafe(command).catch_unwind().await.is_err());
        assert_eq!(counted(&node, id).await, 0);
    }
    assert_eq!(node.history(id).await.len(), 1);
}
