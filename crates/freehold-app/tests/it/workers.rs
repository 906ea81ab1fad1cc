//! Workers: views that follow the log.

use std::time::Duration;

use freehold::{
    Event as _, Position, Timestamp,
    app::{Builder, Lag, NodeRole},
    memory::Memory,
    ports::{ATTEMPTS, Clock, Leases as _},
};
use freehold_testkit::faults::{
    Draw,
    Fault::Before,
    Gate, Operation, Seed,
    Trouble::{self, Failure, Hang},
};
use tokio::time::{Instant, advance, sleep};

use crate::{
    bank::{AccountEvent, Close, unreadable},
    service::{Service, clerk, smuggle_into},
};

/// Moves the clock until every view has caught up: by how many tens of milliseconds, since timers are only so exact.
async fn time_to_catch_up(service: &Service) -> u128 {
    let start = Instant::now();
    while service.application.caught_up().await.is_err() {
        advance(Duration::from_millis(1)).await;
        assert!(start.elapsed() < Duration::from_mins(1), "it does not recover");
    }
    start.elapsed().as_millis() / 10
}

#[tokio::test]
async fn a_view_follows_what_happens() {
    let service = Service::start().await;
    let id = service.opened().await;
    assert_eq!(service.balance(id).await.unwrap().balance, 0);
    service.deposited(id, 5).await;
    service.deposited(id, 6).await;
    assert_eq!(service.balance(id).await.unwrap().balance, 11);
}

#[tokio::test]
async fn a_row_is_gone_when_its_view_says_so() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.application.commands.send(clerk(), id, Close {}).await.unwrap();
    assert_eq!(service.balance(id).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_woken_and_does_not_poll() {
    let service = Service::start().await;
    let start = Instant::now();
    let id = service.opened().await;
    for amount in 1..=3 {
        service.deposited(id, amount).await;
        assert!(service.balance(id).await.is_some());
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_worker_survives_a_store_that_fails_and_waits_longer_each_time() {
    let service = Service::start().await;
    service.faults.plan(Operation::Apply, &Before(Failure), 3);
    let id = service.opened().await;
    assert_eq!(time_to_catch_up(&service).await, 5 + 10 + 20);
    assert!(service.balance(id).await.is_some());
    assert!(service.application.health().await.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_got_on_again_waits_shortly_at_the_next_failure() {
    let service = Service::start().await;
    for _ in 0..4 {
        service.faults.plan(Operation::Apply, &Before(Failure), 1);
        service.opened().await;
        assert_eq!(time_to_catch_up(&service).await, 5);
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_taken_in_stops_its_row_alone_and_is_told_without_its_content() {
    let service = Service::start().await;
    let (id, other) = (service.opened().await, service.opened().await);
    service.deposited(id, 1).await;
    let deposit = |amount| AccountEvent::Deposited { amount }.encode().unwrap();
    service.smuggle(id, unreadable()).await;
    service.smuggle(other, deposit(7)).await;
    service.smuggle(id, deposit(100)).await;
    assert_eq!(service.balance(other).await.unwrap().balance, 7);
    assert_eq!(service.balance(id).await.unwrap().balance, 1, "what comes behind it waits");
    let letters = service.letters().await;
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.view.as_str(), letter.position, letter.waiting), ("bank.Balance", Position(4), 2));
    assert_eq!((letter.key.clone(), letter.attempts), (format!("[\"{}\"]", freehold::Id::as_uuid(&id)), 1));
    assert!(letter.error.contains("cannot be read") && !letter.error.contains("hidden"), "{}", letter.error);

    sleep(Duration::from_secs(1)).await;
    let health = service.application.health().await;
    assert!(health.is_ready());
    assert_eq!((health.projections[0].status.parked, health.projections[0].lag), (1, Some(Lag::default())));
}

#[tokio::test(start_paused = true)]
async fn a_parked_row_is_tried_again_later_each_time_and_then_left_to_people() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.smuggle(id, unreadable()).await;
    service.application.caught_up().await.unwrap();
    sleep(Duration::from_secs(3)).await;
    let early = service.letters().await.remove(0);
    assert!((2..ATTEMPTS).contains(&early.attempts) && early.next.is_some(), "{early:?}");
    sleep(Duration::from_mins(1)).await;
    let late = service.letters().await.remove(0);
    assert_eq!((late.attempts, late.next), (ATTEMPTS, None));
    assert!(service.application.health().await.is_ready());
}

#[tokio::test]
async fn a_host_that_stops_takes_its_workers_with_it() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.balance(id).await;
    service.host.stop().await;
    let status = service.application.projections().remove(0);
    assert!(!status.running && status.error.is_none());
    assert!(!service.application.health().await.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_waits_after_a_failure_stops_at_once() {
    let service = Service::start().await;
    service.faults.plan(Operation::Apply, &Before(Failure), 1);
    service.opened().await;
    service.application.caught_up().await.unwrap_err();
    let start = Instant::now();
    service.host.stop().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn who_waits_for_a_worker_that_has_stopped_is_told_so() {
    let service = Service::start().await;
    service.host.stop().await;
    let id = service.application.commands.create(clerk(), crate::bank::open("Anna")).await.unwrap();
    let error = service.application.caught_up_to(id.position).await.unwrap_err();
    assert_eq!(error.reason, "its worker has stopped");
}

#[tokio::test]
async fn a_host_that_is_dropped_takes_its_workers_with_it() {
    let Service { host, application, .. } = Service::start().await;
    drop(host);
    let error = application.caught_up_to(Position(1)).await.unwrap_err();
    assert_eq!(error.reason, "its worker has stopped");
}

#[tokio::test]
async fn a_worker_goes_on_where_the_last_one_stopped() {
    let memory = Memory::new();
    let first = Service::start_over(memory.clone(), |builder| builder).await;
    let id = first.opened().await;
    first.deposited(id, 5).await;
    first.balance(id).await;
    first.host.stop().await;
    let second = Service::start_over(memory, |builder| builder).await;
    second.deposited(id, 6).await;
    assert_eq!(second.balance(id).await.unwrap().balance, 11);
}

#[tokio::test(start_paused = true)]
async fn nodes_share_the_partitions_and_each_knows_how_all_of_them_are() {
    let memory = Memory::new();
    let first = Service::start_over(memory.clone(), |builder| builder.node_name("first")).await;
    let second = Service::start_over(memory, |builder| builder.node_name("second")).await;
    let mut ids = Vec::new();
    for amount in 1..=20 {
        let id = first.opened().await;
        second.deposited(id, amount).await;
        ids.push((id, amount));
    }
    until_owners(&second, ["first", "first", "second", "second"]).await;
    for service in [&first, &second] {
        for (id, amount) in &ids {
            service.deposited(*id, 1).await;
            service.application.caught_up().await.unwrap();
            assert!(service.balance(*id).await.unwrap().balance > *amount);
        }
        let health = service.application.health().await;
        assert!(health.is_ready(), "{health:?}");
        assert_eq!(health.projections[0].lag, Some(Lag::default()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_hands_over_what_it_holds() {
    let memory = Memory::new();
    let first = Service::start_over(memory.clone(), |builder| builder.node_name("first")).await;
    let second = Service::start_over(memory, |builder| builder.node_name("second")).await;
    let id = second.opened().await;
    until_owners(&second, ["first", "first", "second", "second"]).await;
    let start = Instant::now();
    first.host.stop().await;
    second.deposited(id, 5).await;
    assert_eq!(second.balance(id).await.unwrap().balance, 5);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    until_owners(&second, ["second"; 4]).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_gone_is_missed_when_its_lease_is_over() {
    let memory = Memory::new();
    let first = Service::start_over(memory.clone(), |builder| builder.node_name("first")).await;
    let second = Service::start_over(memory, |builder| builder.node_name("second")).await;
    let id = second.opened().await;
    until_owners(&second, ["first", "first", "second", "second"]).await;
    // Neither its beats nor its batches reach the database any more.
    first.faults.draw(Operation::Beat, always(Failure));
    first.faults.draw(Operation::Apply, always(Failure));
    first.faults.draw(Operation::Claim, always(Failure));
    let start = Instant::now();
    second.deposited(id, 5).await;
    until_owners(&second, ["second"; 4]).await;
    assert_eq!(second.balance(id).await.unwrap().balance, 5);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_no_worker_sees_what_others_bring_up_to_date() {
    let memory = Memory::new();
    let server = |builder: Builder| builder.roles([NodeRole::Server].into_iter().collect());
    let server = Service::start_over(memory.clone(), server).await;
    let id = server.opened().await;
    sleep(Duration::from_secs(30)).await;
    assert!(server.application.health().await.is_ready(), "a worker may still come");
    sleep(Duration::from_secs(10)).await;
    let health = server.application.health().await;
    assert!(!health.is_ready(), "nobody brings the view up to date");
    assert_eq!(health.projections[0].lag.unwrap().events, 1);

    let worker = |builder: Builder| builder.roles([NodeRole::Worker].into_iter().collect());
    let _worker = Service::start_over(memory, worker).await;
    let accepted = server.deposited(id, 5).await;
    server.application.caught_up_to(accepted.position).await.unwrap();
    assert_eq!(server.balance(id).await.unwrap().balance, 5);
    until_owners(&server, ["node"; 4]).await;
    assert!(server.application.health().await.is_ready());
}

#[tokio::test(start_paused = true)]
async fn who_waits_on_another_node_does_not_wait_for_what_is_not_for_the_view() {
    let memory = Memory::new();
    let server = |builder: Builder| builder.roles([NodeRole::Server].into_iter().collect());
    let server = Service::start_over(memory.clone(), server).await;
    let worker = |builder: Builder| builder.roles([NodeRole::Worker].into_iter().collect());
    let _worker = Service::start_over(memory.clone(), worker).await;
    let id = server.opened().await;
    server.balance(id).await;
    // Of another aggregate.
    let stream = freehold::StreamId::new("bank.Note", freehold::Id::as_uuid(&id));
    smuggle_into(&memory, stream, AccountEvent::Closed.encode().unwrap()).await;
    let start = Instant::now();
    server.application.caught_up_to(Position(2)).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    let health = server.application.health().await;
    assert_eq!(health.projections[0].lag, Some(Lag::default()));
}

#[tokio::test(start_paused = true)]
async fn a_view_that_rests_is_not_brought_up_to_date_until_it_goes_on() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.application.caught_up().await.unwrap();
    service.memory.pause("bank.Balance", true).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    service.deposited(id, 5).await;
    sleep(Duration::from_mins(1)).await;
    let health = service.application.health().await;
    let view = &health.projections[0];
    assert!(view.status.paused && health.is_ready());
    assert_eq!((view.status.position, view.lag.unwrap().events), (Position(1), 1));
    service.memory.pause("bank.Balance", false).await.unwrap();
    service.application.caught_up().await.unwrap();
    assert_eq!(service.balance(id).await.unwrap().balance, 5);
}

/// Waits until the partitions of the first view are held by these nodes.
async fn until_owners(service: &Service, expected: [&str; 4]) {
    for _ in 0..100 {
        let status = service.application.projections().remove(0);
        let mut owners: Vec<_> =
            status.partitions.iter().map(|part| part.owner.clone().unwrap_or_default()).collect();
        owners.sort_unstable();
        if owners == expected {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", service.application.projections());
}

/// Every operation meets with it.
fn always(trouble: Trouble) -> Draw {
    Draw { seed: Seed(1), one_in: 1, faults: vec![Before(trouble)] }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_hangs_does_not_look_healthy() {
    let service = Service::start().await;
    let gate = Gate::closed();
    service.faults.plan(Operation::Apply, &Before(Hang(gate.clone())), 1);
    service.opened().await;
    service.opened().await;
    sleep(Duration::from_secs(34)).await;
    assert!(service.application.health().await.is_ready());
    sleep(Duration::from_secs(2)).await;
    let health = service.application.health().await;
    assert!(!health.is_ready());
    let status = &health.projections[0].status;
    // All else looks well.
    assert!(status.running && status.error.is_none());
    assert!(status.heartbeat > Duration::from_secs(35), "{:?}", status.heartbeat);
    assert_eq!((health.head, health.projections[0].lag.unwrap().events), (Ok(Position(2)), 2));

    gate.open();
    service.application.caught_up().await.unwrap();
    let health = service.application.health().await;
    assert!(health.is_ready());
    assert_eq!(
        (health.projections[0].status.position, health.projections[0].lag),
        (Position(2), Some(Lag::default()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_has_nothing_to_do_is_healthy() {
    let service = Service::start().await;
    service.opened().await;
    service.application.caught_up().await.unwrap();
    sleep(Duration::from_hours(1)).await;
    let health = service.application.health().await;
    assert!(health.is_ready());
    assert!(health.projections[0].status.heartbeat <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn lag_is_counted_from_the_first_event_that_a_view_has_still_to_take_in() {
    let service = Service::start_over(Memory::new(), |builder| builder.clock(Late)).await;
    let gate = Gate::closed();
    let id = service.opened().await;
    service.application.caught_up().await.unwrap();
    service.faults.plan(Operation::Apply, &Before(Hang(gate.clone())), 1);
    // They are recorded as of 1970, an hour before it is now.
    for amount in 1..=2 {
        service.smuggle(id, AccountEvent::Deposited { amount }.encode().unwrap()).await;
    }
    gate.reached().await;
    let lag = service.application.health().await.projections[0].lag.unwrap();
    assert_eq!(lag, Lag { events: 2, time: Duration::from_hours(1) });
    gate.open();
    service.application.caught_up().await.unwrap();
    assert_eq!(service.application.health().await.projections[0].lag, Some(Lag::default()));
}

/// A clock that stands an hour after the beginning of 1970.
struct Late;

impl Clock for Late {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(3_600_000_000)
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_whose_end_cannot_be_read_is_not_ready() {
    let service = Service::start().await;
    service.opened().await;
    service.application.caught_up().await.unwrap();
    service.faults.plan(Operation::End, &Before(Failure), 1);
    let health = service.application.health().await;
    assert!(!health.is_ready() && health.head.is_err());
    assert_eq!(health.projections[0].lag, None);
    assert!(service.application.health().await.is_ready());
}

#[tokio::test(start_paused = true)]
async fn the_rate_of_a_worker_is_that_of_the_last_second() {
    let service = Service::start().await;
    let id = service.opened().await;
    for _ in 0..25 {
        service.deposited(id, 1).await;
        sleep(Duration::from_millis(100)).await;
    }
    service.application.caught_up().await.unwrap();
    let rate = service.application.projections()[0].rate;
    assert!((9..=11).contains(&rate), "{rate}");
    // One that hangs takes nothing in, whatever it was before.
    service.faults.plan(Operation::Apply, &Before(Hang(Gate::closed())), 1);
    service.deposited(id, 1).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(service.application.projections()[0].rate, 0);
}
