//! Rebuilds: views filled beside those that serve, by the workers of a running service.

use std::{sync::Arc, time::Duration};

use freehold::{
    app::{Context, Host, Operations, RebuildStatus},
    memory::Memory,
    ports::{Leases as _, Stage},
    prelude::*,
};
use freehold_testkit::faults::{
    Fault::Before,
    Gate, Operation,
    Trouble::{Delay, Failure, Hang},
};
use tokio::time::{Instant, sleep};

use crate::{
    bank::{AccountEvent, AccountId, Balance, GetBalance, unreadable},
    service::{Service, clerk},
};

/// The same view in a later version, which counts everything twice.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "bank.Balance", table = "balances", version = 2)]
struct Double {
    #[row(key)]
    id: AccountId,
    owner: String,
    balance: i64,
}

impl View for Double {
    type Event = AccountEvent;

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        let row = row.map(|Self { id, owner, balance }| Balance { id, owner, balance: balance / 2 });
        let Balance { id, owner, balance } = <Balance as View>::evolve(row, event)?;
        Some(Self { id, owner, balance: balance * 2 })
    }
}

async fn the_rebuild(operations: &Operations) -> RebuildStatus {
    operations.rebuilds().await.unwrap().remove(0)
}

async fn until(operations: &Operations, stage: Stage) -> RebuildStatus {
    for _ in 0..1_000 {
        let status = the_rebuild(operations).await;
        if status.rebuild.stage == stage {
            return status;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", the_rebuild(operations).await);
}

#[tokio::test(start_paused = true)]
async fn a_view_is_rebuilt_while_it_serves_and_takes_over_by_itself() {
    let service = Service::start().await;
    let operations = service.application.operations();
    let id = service.opened().await;
    service.deposited(id, 5).await;
    operations.rebuild("anna", "bank.Balance", true).await.unwrap();
    assert_eq!(service.balance(id).await.unwrap().balance, 5);
    service.deposited(id, 6).await;
    let status = until(&operations, Stage::TakenOver).await;
    let compared = status.rebuild.comparison.unwrap();
    assert!(compared.is_same() && compared.rows == 1, "{compared:?}");
    service.deposited(id, 7).await;
    assert_eq!(service.balance(id).await.unwrap().balance, 18);
    let actions: Vec<_> =
        operations.audit(0, 9).await.unwrap().into_iter().map(|audit| audit.entry.action).collect();
    assert_eq!(actions, ["rebuild"]);
}

#[tokio::test(start_paused = true)]
async fn a_rebuild_that_waits_for_a_word_tells_what_differs_and_is_put_back() {
    let service = Service::start().await;
    let operations = service.application.operations();
    let (id, broken) = (service.opened().await, service.opened().await);
    service.smuggle(broken, unreadable()).await;
    service.application.caught_up().await.unwrap();
    operations.rebuild("anna", "bank.Balance", false).await.unwrap();
    let status = until(&operations, Stage::Waiting).await;
    assert!(status.rebuild.comparison.unwrap().is_same());
    assert_eq!((status.position, status.end, status.parked), (Position(3), Position(3), 1));
    sleep(Duration::from_mins(1)).await;
    assert_eq!(the_rebuild(&operations).await.rebuild.stage, Stage::Waiting);
    operations.roll_back("anna", "bank.Balance").await.unwrap_err();
    operations.take_over("anna", "bank.Balance").await.unwrap();
    until(&operations, Stage::TakenOver).await;
    operations.take_over("anna", "bank.Balance").await.unwrap_err();
    operations.roll_back("anna", "bank.Balance").await.unwrap();
    until(&operations, Stage::RolledBack).await;
    service.application.caught_up().await.unwrap();
    assert_eq!(
        service.application.queries.ask(clerk(), GetBalance { id }).await.unwrap().unwrap().row.balance,
        0
    );
    operations.end_rebuild("anna", "bank.Balance").await.unwrap();
    assert_eq!(operations.rebuilds().await.unwrap(), []);
    operations.rebuild("anna", "bank.None", true).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_rebuild_rests_and_goes_on_and_is_ended() {
    let service = Service::start().await;
    let operations = service.application.operations();
    service.opened().await;
    service.application.caught_up().await.unwrap();
    operations.rebuild("anna", "bank.Balance", true).await.unwrap();
    operations.pause_rebuild("anna", "bank.Balance", true).await.unwrap();
    sleep(Duration::from_mins(1)).await;
    let status = the_rebuild(&operations).await;
    assert_eq!((status.rebuild.stage, status.position, status.paused), (Stage::Filling, Position(0), true));
    assert!(service.application.health().await.is_ready());
    operations.end_rebuild("anna", "bank.Balance").await.unwrap();
    sleep(Duration::from_secs(5)).await;
    let views: Vec<_> =
        service.memory.cluster().await.unwrap().nodes.remove(0).node.views.into_iter().collect();
    assert_eq!(views.len(), 1, "{views:?}");
}

#[tokio::test(start_paused = true)]
async fn a_view_that_appends_bring_up_to_date_is_rebuilt_too() {
    let service = Service::start().await;
    let operations = service.application.operations();
    for _ in 0..3 {
        service.opened().await;
    }
    operations.rebuild("anna", "bank.Owner", true).await.unwrap();
    let status = until(&operations, Stage::TakenOver).await;
    assert!(status.rebuild.comparison.unwrap().is_same());
    service.opened().await;
}

#[tokio::test(start_paused = true)]
async fn a_later_version_serves_what_was_there_until_it_is_filled() {
    let memory = Memory::new();
    let first = Service::start_over(memory.clone(), |builder| builder).await;
    let id = first.opened().await;
    first.deposited(id, 5).await;
    assert_eq!(first.balance(id).await.unwrap().balance, 5);
    first.host.stop().await;

    let faults = freehold_testkit::faults::Faults::default();
    let gate = Gate::closed();
    faults.plan(Operation::Apply, &Before(Hang(gate.clone())), 1);
    // Behind the start, it is once not told which version serves, and looks again.
    faults.plan(Operation::LiveVersion, &Before(Delay), 1);
    faults.plan(Operation::LiveVersion, &Before(Failure), 1);
    let later = Context::new("bank").view::<Double>();
    let host = Host::builder(faults.around(Arc::new(memory.clone()))).context(later).start().await.unwrap();
    let application = host.application();
    gate.reached().await;
    let balance =
        async || application.queries.ask(clerk(), GetBalance { id }).await.unwrap().unwrap().row.balance;
    assert_eq!(balance().await, 5);
    gate.open();
    until(&application.operations(), Stage::TakenOver).await;
    assert_eq!(balance().await, 10);
    // From then on it follows the log.
    let other = Service::start_over(memory.clone(), |builder| builder).await;
    let accepted = other.deposited(id, 1).await;
    let start = Instant::now();
    application.caught_up_to(accepted.position).await.unwrap();
    assert_eq!(balance().await, 12);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
