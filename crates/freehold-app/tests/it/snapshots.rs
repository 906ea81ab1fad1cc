//! Snapshots: taken on the side, and never more than a shortcut.

use freehold::{
    EventId, SnapshotForm, Version,
    app::{At, DispatchError},
    ports::Snapshot,
    prelude::*,
};
use freehold_testkit::{
    faults::{Draw, Fault, Gate, Operation, Seed, Trouble},
    given,
};
use futures_util::{future::poll_immediate, pin_mut};
use proptest::{
    collection::vec,
    prelude::{Strategy, proptest},
    prop_oneof,
};
use tokio::task::yield_now;

use crate::{
    bank::{Account, AccountEvent, AccountId, AccountRejection, Close, Deposit, Snapshotted, unreadable},
    logs::Captured,
    service::{Service, clerk, folded, once, snapshot},
};

/// An account with so many events, each but the first a deposit of 1.
async fn grown(service: &Service, events: u64) -> AccountId {
    let id = service.opened().await;
    for _ in 1..events {
        aside().await;
        service.deposited(id, 1).await;
    }
    aside().await;
    id
}

/// Lets what is done on the side come first.
async fn aside() {
    yield_now().await;
}

/// The version of the snapshot of an account.
async fn kept_at(service: &Service, id: AccountId) -> Option<u64> {
    Some(snapshot(&service.memory, id).await?.version.0)
}

/// The balance that is decided on, which must not be 0.
async fn balance(service: &Service, id: AccountId) -> i64 {
    let error = service.application.commands.send(clerk(), id, Close {}).await.unwrap_err();
    let DispatchError::Rejected(AccountRejection::NotEmpty { balance }) = error else { panic!("{error}") };
    balance
}

/// An account with an event that nobody can read, and a snapshot behind it with a balance of 8, at version 3.
pub(crate) async fn unreadable_before_its_snapshot(service: &Service) -> AccountId {
    let id = grown(service, 1).await;
    service.smuggle(id, unreadable()).await;
    service.smuggle(id, AccountEvent::Deposited { amount: 8 }.encode().unwrap()).await;
    let last = service.history(id).await[2].id;
    service.forge(id, of(&Account { balance: 8, nickname: None, closed: false }, 3, last)).await;
    id
}

fn form() -> SnapshotForm<Account> {
    Account::snapshots().form().expect("it is snapshotted")
}

fn of(state: &Account, version: u64, last: EventId) -> Snapshot {
    let state = form().encode(state, last).unwrap();
    Snapshot { version: Version(version), fingerprint: form().fingerprint(), state }
}

/// A snapshot that is wrong.
fn forged(version: u64) -> Snapshot {
    let state = Account { balance: 1_000_000, nickname: Some("forged".to_owned()), closed: true };
    of(&state, version, EventId(Uuid::max()))
}

#[tokio::test]
async fn a_snapshot_is_taken_whenever_so_many_events_have_been_added() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::start().await;
    let id = grown(&service, 2).await;
    assert_eq!(kept_at(&service, id).await, None);
    for (version, kept) in [(3, 3), (4, 3), (5, 3), (6, 6), (7, 6)] {
        assert_eq!(service.deposited(id, 1).await.version, Version(version));
        aside().await;
        assert_eq!(kept_at(&service, id).await, Some(kept));
    }
}

#[tokio::test]
async fn a_state_is_read_from_its_snapshot_and_only_the_events_behind_it() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::cold_alone().await;
    let id = unreadable_before_its_snapshot(&service).await;
    service.deposited(id, 1).await;
    assert_eq!(balance(&service, id).await, 9);
}

#[tokio::test]
async fn of_an_aggregate_that_is_not_snapshotted_no_snapshot_is_read_or_taken() {
    let service = Service::start().await;
    for operation in [Operation::Snapshot, Operation::SaveSnapshot] {
        let faults = vec![Fault::Before(Trouble::Failure)];
        service.faults.draw(operation, Draw { seed: Seed(0), one_in: 1, faults });
    }
    let id = grown(&service, 10).await;
    assert_eq!(balance(&service, id).await, 9);
    assert_eq!(service.faults.happened(), 0);
}

#[tokio::test]
async fn no_command_waits_for_a_snapshot_and_a_host_that_stops_does() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::start().await;
    let gate = Gate::closed();
    service.faults.plan(Operation::SaveSnapshot, &Fault::Before(Trouble::Hang(gate.clone())), 1);
    let id = grown(&service, 3).await;
    gate.reached().await;
    assert_eq!(kept_at(&service, id).await, None);

    let Service { host, memory, faults: _faults, .. } = service;
    let stopped = host.stop();
    pin_mut!(stopped);
    assert!(poll_immediate(stopped.as_mut()).await.is_none());
    gate.open();
    stopped.await;
    assert!(snapshot(&memory, id).await.is_some());
}

#[tokio::test]
async fn of_a_busy_aggregate_one_snapshot_is_saved_at_a_time() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::start().await;
    let gate = Gate::closed();
    service.faults.plan(Operation::SaveSnapshot, &Fault::Before(Trouble::Hang(gate.clone())), 1);
    let id = grown(&service, 8).await;
    assert_eq!(kept_at(&service, id).await, None);
    gate.open();
    aside().await;
    assert_eq!(kept_at(&service, id).await, Some(3));
    service.deposited(id, 1).await;
    aside().await;
    assert_eq!(kept_at(&service, id).await, Some(9));
}

#[tokio::test]
async fn a_host_that_has_stopped_leaves_nothing_to_be_done_on_the_side() {
    let _snapshotted = Snapshotted::every(1);
    let Service { host, application, memory, .. } = Service::start().await;
    host.stop().await;
    let id = application.commands.create(clerk(), crate::bank::open("Anna")).await.unwrap().id;
    aside().await;
    assert_eq!(snapshot(&memory, id).await, None);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_kept_fails_no_command_and_is_taken_with_the_next() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::cold().await;
    let captured = Captured::begin();
    service.faults.plan(Operation::SaveSnapshot, &Fault::Before(Trouble::Failure), 1);
    let id = grown(&service, 3).await;
    assert!(captured.text().contains("a snapshot could not be kept"), "{}", captured.text());
    assert_eq!(kept_at(&service, id).await, None);
    service.deposited(id, 1).await;
    aside().await;
    assert_eq!(kept_at(&service, id).await, Some(4));
}

#[tokio::test]
async fn a_snapshot_that_the_store_cannot_read_is_done_without() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::cold().await;
    let id = grown(&service, 5).await;
    service.faults.plan(Operation::Snapshot, &Fault::Before(Trouble::Failure), 1);
    assert_eq!(balance(&service, id).await, 4);
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_is_not_read_which_is_said_without_its_content() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::cold().await;
    let id = grown(&service, 5).await;
    let fitting = forged(3);
    let unfit = [
        (Snapshot { fingerprint: Uuid::nil(), ..fitting.clone() }, "it was kept by other code"),
        (Snapshot { state: r#"{"last":"forged"}"#.to_owned(), ..fitting }, "its fields do not fit"),
    ];
    for (snapshot, reason) in unfit {
        service.forge(id, snapshot).await;
        let captured = Captured::begin();
        assert_eq!(balance(&service, id).await, 4);
        let told = captured.text();
        let line = told.lines().find(|line| line.contains("a snapshot is not used")).expect("it is said");
        assert!(line.contains("DEBUG") && line.contains(reason) && !line.contains("forged"), "{line}");
    }
    service.deposited(id, 1).await;
    aside().await;
    assert_eq!(kept_at(&service, id).await, Some(6));
}

#[tokio::test]
async fn a_snapshot_beyond_its_stream_is_dropped_and_not_read_when_the_stream_has_come_as_far() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::cold().await;
    let id = grown(&service, 4).await;
    service.forge(id, forged(5)).await;
    assert_eq!(balance(&service, id).await, 3);
    aside().await;
    assert_eq!(kept_at(&service, id).await, Some(0));
    service.deposited(id, 1).await;
    service.deposited(id, 1).await;
    aside().await;
    assert_eq!(balance(&service, id).await, 5);
    assert_eq!(kept_at(&service, id).await, Some(5));
}

#[tokio::test]
async fn what_was_decided_in_vain_since_the_command_had_been_carried_out_is_not_kept() {
    let _snapshotted = Snapshotted::every(1);
    let service = Service::start().await;
    let id = grown(&service, 1).await;
    let gate = Gate::closed();
    service.faults.plan(Operation::Outcome, &Fault::After(Trouble::Hang(gate.clone())), 1);
    let deposit = || service.application.commands.send_with(clerk(), id, Deposit { amount: 1 }, once(1));
    let late = deposit();
    pin_mut!(late);
    assert!(poll_immediate(late.as_mut()).await.is_none());
    deposit().await.unwrap();
    gate.open();
    assert!(late.await.unwrap().replayed);
    aside().await;
    assert_eq!(kept_at(&service, id).await, Some(2));
}

#[test]
fn the_test_kit_shows_that_snapshots_change_nothing() {
    let _snapshotted = Snapshotted::every(3);
    let opened = AccountEvent::Opened { owner: "Anna".to_owned(), nickname: Some("A".to_owned()) };
    let history = [opened, AccountEvent::Deposited { amount: 5 }, AccountEvent::Closed];
    given::<Account>(history).then_snapshots_change_nothing();
}

/// An account that leaves out of its snapshots what it has counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Forgetful {
    #[serde(skip)]
    count: i64,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Forgetful)]
enum ForgetfulEvent {
    Counted,
}

impl Aggregate for Forgetful {
    const NAME: &'static str = "bank.Forgetful";
    type Id = AccountId;
    type Event = ForgetfulEvent;
    type Rejection = AccountRejection;

    fn begin(_: &ForgetfulEvent) -> Option<Self> {
        Some(Self { count: 1 })
    }

    fn evolve(&mut self, _: &ForgetfulEvent) {
        self.count += 1;
    }

    fn snapshots() -> Snapshots<Self> {
        Snapshots::every(10)
    }
}

#[test]
#[should_panic(expected = "expected: Some")]
fn the_test_kit_shows_that_snapshots_lose_something() {
    given::<Forgetful>([ForgetfulEvent::Counted, ForgetfulEvent::Counted]).then_snapshots_change_nothing();
}

#[test]
#[should_panic(expected = "`bank.Account` is not snapshotted")]
fn the_test_kit_says_that_there_are_no_snapshots() {
    given::<Account>([]).then_snapshots_change_nothing();
}

/// What happens to an account and to its snapshot.
#[derive(Clone, Debug)]
enum Step {
    Deposit { amount: i64 },
    Forge(Forgery),
}

/// A snapshot that a program of today cannot have left, or that one of before has.
#[derive(Clone, Debug)]
enum Forgery {
    ByOtherCode,
    Unreadable,
    Beyond { by: u64 },
    OfAnotherStream { back: usize },
    Stale { back: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let forgery = prop_oneof![
        proptest::prelude::Just(Forgery::ByOtherCode),
        proptest::prelude::Just(Forgery::Unreadable),
        (1u64..6).prop_map(|by| Forgery::Beyond { by }),
        (0usize..8).prop_map(|back| Forgery::OfAnotherStream { back }),
        (0usize..8).prop_map(|back| Forgery::Stale { back }),
    ];
    let step = prop_oneof![
        4 => (1i64..100).prop_map(|amount| Step::Deposit { amount }),
        1 => forgery.prop_map(Step::Forge),
    ];
    vec(step, 0..40)
}

impl Forgery {
    async fn snapshot(&self, service: &Service, id: AccountId) -> Snapshot {
        let history = service.history(id).await;
        let version = history.len() as u64;
        let before = |back: usize| history.len().saturating_sub(back).max(1);
        match *self {
            Self::ByOtherCode => Snapshot { fingerprint: Uuid::max(), ..forged(version) },
            Self::Unreadable => Snapshot { state: "{".to_owned(), ..forged(version) },
            Self::Beyond { by } => forged(version + by),
            Self::OfAnotherStream { back } => forged(before(back) as u64),
            Self::Stale { back } => {
                let state = folded(&history[..before(back)]).expect("it begins");
                of(&state, before(back) as u64, history[before(back) - 1].id)
            }
        }
    }
}

/// What is loaded, now and as of every version, is what the events say.
async fn check(service: &Service, id: AccountId) {
    let history = service.history(id).await;
    let now = folded(&history).expect("it begins");
    assert_eq!(balance(service, id).await, now.balance);
    for version in 1..=history.len() {
        let at = At::Version(Version(version as u64));
        let state = service.application.state_at::<Account>(&clerk().tenant, id, at).await.unwrap();
        assert_eq!(state.map(|it| it.state), folded(&history[..version]), "at version {version}");
    }
}

proptest! {
    #[test]
    fn a_state_is_the_same_with_and_without_snapshots_whatever_they_hold(every in 0u64..9, steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _snapshotted = Snapshotted::every(every.max(1));
        runtime.block_on(async {
            let service = Service::start().await;
            let id = grown(&service, 2).await;
            for step in steps {
                match step {
                    Step::Deposit { amount } => drop(service.deposited(id, amount).await),
                    Step::Forge(forgery) => service.forge(id, forgery.snapshot(&service, id).await).await,
                }
                check(&service, id).await;
            }
            service.host.stop().await;
        });
    }
}
