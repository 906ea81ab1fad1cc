//! Reading one's own writes: queries that wait for their view.

use std::{sync::Arc, time::Duration};

use freehold::{
    Position,
    app::{Answered, AskOptions, Host, QueryError},
    memory::Memory,
};
use freehold_testkit::faults::{
    Draw,
    Fault::Before,
    Faults, Gate, Operation, Seed,
    Trouble::{Failure, Hang},
};
use tokio::time::Instant;

use crate::{
    bank::{AccountId, Balance, Deposit, GetBalance, GetOwner, context},
    service::{Service, clerk},
};

async fn balance_at(
    service: &Service,
    id: AccountId,
    position: u64,
) -> Result<Answered<Option<i64>>, QueryError> {
    let options = AskOptions { at_least: Some(Position(position)) };
    let answered = service.application.queries.ask_with(clerk(), GetBalance { id }, options).await?;
    let balance = answered.answer.map(|row: freehold::Stored<Balance>| row.balance);
    Ok(Answered { answer: balance, position: answered.position })
}

fn behind<T: std::fmt::Debug>(answer: Result<T, QueryError>) -> (Position, Position, String) {
    match answer.unwrap_err() {
        QueryError::Behind { view: "bank.Balance", position, asked, reason } => (position, asked, reason),
        error => panic!("another error was expected: {error}"),
    }
}

#[tokio::test]
async fn who_asks_for_what_they_have_written_reads_it_without_waiting_for_anything_else() {
    let service = Service::start().await;
    let id = service.opened().await;
    for amount in 1..=20 {
        let accepted = service.deposited(id, 1).await;
        let read = balance_at(&service, id, accepted.position.0).await.unwrap();
        assert_eq!(read, Answered { answer: Some(amount), position: accepted.position });
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_waits_as_long_as_its_view_needs() {
    let service = Service::start().await;
    service.faults.plan(Operation::Apply, &Before(Failure), 3);
    let id = service.opened().await;
    let start = Instant::now();
    assert_eq!(balance_at(&service, id, 1).await.unwrap().answer, Some(0));
    assert!(start.elapsed() >= Duration::from_millis(350), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_query_that_waits_too_long_is_told_where_its_view_stands_and_why() {
    let limited = Duration::from_millis(700);
    let service = Service::start_over(Memory::new(), |builder| builder.view_timeout(limited)).await;
    let id = service.opened().await;
    service.application.caught_up().await.unwrap();
    let (gate, start) = (Gate::closed(), Instant::now());
    service.faults.plan(Operation::Apply, &Before(Hang(gate.clone())), 1);
    service.deposited(id, 5).await;
    let (position, asked, reason) = behind(balance_at(&service, id, 2).await);
    assert_eq!((position, asked), (Position(1), Position(2)));
    assert_eq!(reason, "it did not get there within 700ms");
    assert!(start.elapsed() >= limited);
    gate.open();
    assert_eq!(balance_at(&service, id, 2).await.unwrap().answer, Some(5));

    let failing = Draw { seed: Seed(1), one_in: 1, faults: vec![Before(Failure)] };
    service.faults.draw(Operation::Apply, failing);
    service.deposited(id, 5).await;
    let (position, _, reason) = behind(balance_at(&service, id, 3).await);
    assert_eq!(position, Position(2));
    assert!(reason.contains("a fault of the test"), "{reason}");
    // Who does not ask for more reads what there is.
    assert_eq!(balance_at(&service, id, 2).await.unwrap().answer, Some(5));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_position_that_the_log_does_not_have() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.application.caught_up().await.unwrap();
    let start = Instant::now();
    for asked in [2, u64::MAX].map(Position) {
        let options = AskOptions { at_least: Some(asked) };
        let queries = &service.application.queries;
        let followed = queries.ask_with(clerk(), GetBalance { id }, options).await.unwrap_err();
        let owner = GetOwner { name: "Anna".to_owned() };
        let synchronous = queries.ask_with(clerk(), owner, options).await.unwrap_err();
        for error in [followed, synchronous] {
            let QueryError::BeyondTheLog { asked: said, end: Position(1) } = error else { panic!("{error}") };
            assert_eq!(said, asked);
        }
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_view_whose_worker_has_stopped() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.application.caught_up().await.unwrap();
    let start = Instant::now();
    service.host.stop().await;
    let accepted = service.application.commands.send(clerk(), id, Deposit { amount: 1 }).await.unwrap();
    let options = AskOptions { at_least: Some(accepted.position) };
    let answer = service.application.queries.ask_with(clerk(), GetBalance { id }, options).await;
    assert_eq!(behind(answer).2, "its worker has stopped");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn rows_that_were_written_before_a_restart_are_not_waited_for_though_their_worker_hangs() {
    let first = Service::start().await;
    let id = first.opened().await;
    first.deposited(id, 5).await;
    first.application.caught_up().await.unwrap();
    first.host.stop().await;
    // What the next worker begins with.
    first.application.commands.send(clerk(), id, Deposit { amount: 1 }).await.unwrap();
    let (faults, gate) = (Faults::default(), Gate::closed());
    faults.plan(Operation::Apply, &Before(Hang(gate.clone())), 1);
    let host = Host::builder(faults.around(Arc::new(first.memory))).context(context()).start().await.unwrap();
    gate.reached().await;
    let second = host.application();
    assert_eq!(second.projections()[0].position, Position(2));
    let options = AskOptions { at_least: Some(Position(2)) };
    let start = Instant::now();
    let answered = second.queries.ask_with(clerk(), GetBalance { id }, options).await.unwrap();
    assert_eq!(answered.answer.unwrap().balance, 5);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_view_is_waited_for_half_as_long_as_a_query_may_take() {
    let limited = Duration::from_secs(3);
    let service = Service::start_over(Memory::new(), |builder| builder.timeout(limited)).await;
    service.faults.plan(Operation::Apply, &Before(Hang(Gate::closed())), 1);
    let id = service.opened().await;
    assert_eq!(behind(balance_at(&service, id, 1).await).2, "it did not get there within 1.5s");
}

#[tokio::test(start_paused = true)]
async fn a_synchronous_view_is_where_the_log_is() {
    let service = Service::start().await;
    // What the other view does is nothing to it.
    let gate = Gate::closed();
    service.faults.plan(Operation::Apply, &Before(Hang(gate.clone())), 1);
    service.opened().await;
    gate.reached().await;
    let (query, start) = (GetOwner { name: "Anna".to_owned() }, Instant::now());
    for accounts in 2..=4 {
        service.opened().await;
        let options = AskOptions { at_least: Some(Position(accounts)) };
        let answered = service.application.queries.ask_with(clerk(), query.clone(), options).await.unwrap();
        assert_eq!(answered.answer.unwrap().accounts.cast_unsigned(), accounts);
        assert_eq!(answered.position, Position(accounts));
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}
