//! Subscriptions: every event that matches, once and in order.

use std::{sync::Arc, time::Duration};

use freehold::{
    Aggregate as _, Position, RawEvent, Recorded, StreamId, Tag,
    app::{Caller, EventStream, Subscription},
    ports::{EventKind, EventQuery, EventStore as _, Scope},
};
use freehold_testkit::faults::{Draw, Fault, Operation, Seed, Trouble};
use futures_util::{
    future::{join_all, poll_immediate},
    pin_mut,
};
use proptest::{
    collection::vec,
    prelude::{Strategy, any, proptest},
};
use tokio::{task::yield_now, time::Instant};
use uuid::Uuid;

use crate::{
    bank::{Account, AccountEvent, Deposit, open, open_as, unreadable},
    service::{Service, clerk, smuggle_into, stranger},
};

fn own() -> Subscription {
    Subscription::to(Scope::Tenant(clerk().tenant))
}

fn kind(name: &str) -> EventKind {
    EventKind { aggregate: Account::NAME.to_owned(), name: name.to_owned() }
}

/// The positions of so many events.
async fn taken(stream: &mut EventStream<Recorded<RawEvent>>, count: usize) -> Vec<u64> {
    let mut positions = Vec::new();
    for _ in 0..count {
        positions.push(stream.next().await.expect("the host runs").position.0);
    }
    positions
}

/// The positions of the events that are there, and nothing comes behind them.
async fn all(stream: &mut EventStream<Recorded<RawEvent>>) -> Vec<u64> {
    let mut positions = Vec::new();
    while let Some(event) = now(stream).await {
        positions.push(event.position.0);
    }
    positions
}

/// The next event, if it need not be waited for.
async fn now<T>(stream: &mut EventStream<T>) -> Option<T> {
    let next = stream.next();
    pin_mut!(next);
    poll_immediate(next).await.map(|event| event.expect("the host runs"))
}

#[tokio::test]
async fn what_there_is_comes_first_and_then_what_happens() {
    let service = Service::start_alone().await;
    let id = service.opened().await;
    service.deposited(id, 1).await;
    let mut stream = service.application.subscribe(own());
    assert_eq!(taken(&mut stream, 2).await, [1, 2]);
    assert!(now(&mut stream).await.is_none());
    let (event, _) = tokio::join!(stream.next(), service.deposited(id, 2));
    assert_eq!(event.expect("the host runs").event.payload, r#"{"amount":2}"#);
}

#[tokio::test]
async fn a_subscription_is_to_a_tenant_a_stream_a_kind_or_a_tag() {
    let service = Service::start_alone().await;
    let create = |caller: Caller, command| service.application.commands.create(caller, command);
    let id = create(clerk(), open_as("Anna")).await.unwrap().id;
    create(clerk(), open("Bob")).await.unwrap();
    create(stranger(), open_as("Anna")).await.unwrap();
    service.deposited(id, 1).await;
    let tag = Tag::new(r#"+bank.Account.nickname="Anna""#);
    let cases = [
        (own(), vec![1, 2, 4]),
        (Subscription::to(Scope::Tenant(stranger().tenant)), vec![3]),
        (Subscription::to(Scope::EveryTenant), vec![1, 2, 3, 4]),
        (own().matching(EventQuery::stream(StreamId::of::<Account>(id))), vec![1, 4]),
        (own().matching(EventQuery::kinds(vec![kind("Deposited")])), vec![4]),
        (own().matching(EventQuery::tag(tag)), vec![1]),
    ];
    for (subscription, expected) in cases {
        assert_eq!(
            all(&mut service.application.subscribe(subscription.clone())).await,
            expected,
            "{subscription:?}"
        );
    }
}

#[tokio::test]
async fn from_now_on_nothing_comes_that_was_there_before() {
    let service = Service::start_alone().await;
    let id = service.opened().await;
    let mut stream = service.application.subscribe(own().from_now());
    assert_eq!(stream.cursor(), Position(1));
    service.deposited(id, 1).await;
    assert_eq!(all(&mut stream).await, [2]);
}

#[tokio::test]
async fn the_cursor_says_where_another_subscription_goes_on_past_what_does_not_match_too() {
    let service = Service::start_alone().await;
    let id = service.opened().await;
    service.deposited(id, 1).await;
    for _ in 0..3 {
        service.opened().await;
    }
    let deposits = || own().matching(EventQuery::kinds(vec![kind("Deposited")]));
    let mut stream = service.application.subscribe(deposits());
    assert_eq!(stream.cursor(), Position::START);
    assert_eq!(taken(&mut stream, 1).await, [2]);
    assert_eq!(stream.cursor(), Position(5));
    service.opened().await;
    assert!(now(&mut stream).await.is_none());
    assert_eq!(stream.cursor(), Position(6));
    service.deposited(id, 2).await;
    let mut next = service.application.subscribe(deposits().after(stream.cursor()));
    assert_eq!(all(&mut next).await, [7]);
}

#[tokio::test]
async fn between_the_events_of_a_page_the_cursor_is_at_the_last_that_was_given_out() {
    let service = Service::start_alone().await;
    for _ in 0..3 {
        service.opened().await;
    }
    let mut stream = service.application.subscribe(own());
    for position in 1..=3 {
        assert_eq!(taken(&mut stream, 1).await, [position]);
        assert_eq!(stream.cursor(), Position(position));
    }
}

#[tokio::test]
async fn no_more_is_read_than_a_subscription_allows_for_and_nothing_before_it_is_asked_for() {
    let service = Service::start_alone().await;
    for _ in 0..7 {
        service.opened().await;
    }
    // Every reading is counted, since each is delayed.
    let delays = Draw { seed: Seed(0), one_in: 1, faults: vec![Fault::Before(Trouble::Delay)] };
    service.faults.draw(Operation::ReadAll, delays);
    let mut stream = service.application.subscribe(own().ahead(1));
    assert_eq!(service.faults.happened(), 0);
    for (count, pages) in [(1, 1), (2, 3), (1, 4)] {
        taken(&mut stream, count).await;
        assert_eq!(settled(&service).await, pages);
    }
}

#[tokio::test]
async fn the_next_page_is_read_while_one_is_given_out() {
    let service = Service::start_alone().await;
    for _ in 0..7 {
        service.opened().await;
    }
    let delays = Draw { seed: Seed(0), one_in: 1, faults: vec![Fault::Before(Trouble::Delay)] };
    service.faults.draw(Operation::ReadAll, delays);
    let mut stream = service.application.subscribe(own().ahead(4));
    assert_eq!(settled(&service).await, 0);
    for (count, pages) in [(1, 2), (1, 2), (1, 3), (1, 3), (1, 4), (2, 4)] {
        taken(&mut stream, count).await;
        assert_eq!(settled(&service).await, pages);
    }
}

/// How many readings have happened when nothing more happens by itself.
async fn settled(service: &Service) -> usize {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    service.faults.happened()
}

#[tokio::test]
async fn a_subscription_ends_with_its_host() {
    let service = Service::start_alone().await;
    service.opened().await;
    service.opened().await;
    let mut waiting = service.application.subscribe(own().from_now());
    let mut reading = service.application.subscribe(own());
    taken(&mut reading, 1).await;
    let (end, ()) = tokio::join!(waiting.next(), service.host.stop());
    assert!(end.is_none());
    for stream in [&mut waiting, &mut reading] {
        assert!(stream.next().await.is_none() && stream.next().await.is_none());
    }
    assert_eq!(reading.cursor(), Position(1));
}

#[tokio::test]
async fn a_subscription_that_is_dropped_leaves_nothing_behind() {
    let service = Service::start_alone().await;
    let before = service.faults.databases();
    let mut stream = service.application.subscribe(own());
    assert!(now(&mut stream).await.is_none());
    drop(stream);
    assert_eq!(service.faults.databases(), before);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_asked_again_and_the_consumer_only_waits() {
    let service = Service::start_alone().await;
    let mut stream = service.application.subscribe(own());
    for (failures, pause) in [(3, 50 + 100 + 200), (1, 50)] {
        service.opened().await;
        service.faults.plan(Operation::ReadAll, &Fault::Before(Trouble::Failure), failures);
        let start = Instant::now();
        taken(&mut stream, 1).await;
        assert_eq!(start.elapsed().as_millis() / 10, pause / 10);
    }
    assert_eq!(stream.cursor(), Position(2));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_waits_after_a_failure_ends_at_once() {
    let service = Service::start_alone().await;
    service.opened().await;
    service.faults.plan(Operation::ReadAll, &Fault::Before(Trouble::Failure), 1);
    let mut stream = service.application.subscribe(own());
    assert!(now(&mut stream).await.is_none());
    let start = Instant::now();
    let (end, ()) = tokio::join!(stream.next(), service.host.stop());
    assert!(end.is_none());
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn the_events_of_a_set_come_decoded_and_no_others() {
    let service = Service::start_alone().await;
    let id = service.opened().await;
    let stream = StreamId::new("bank.Vault", Uuid::from_u128(1));
    let filled = RawEvent { name: "Opened".to_owned(), version: 1, payload: "{}".to_owned() };
    smuggle_into(&service.memory, stream.clone(), filled).await;
    service.deposited(id, 5).await;
    let mut events = service.application.subscribe_to::<AccountEvent>(own());
    let opened = now(&mut events).await.expect("it is there").unwrap();
    assert!(matches!(opened.event, AccountEvent::Opened { .. }) && opened.stream_id() == id);
    let deposited = now(&mut events).await.expect("it is there").unwrap();
    assert_eq!((deposited.event, deposited.position), (AccountEvent::Deposited { amount: 5 }, Position(3)));

    let vault = own().matching(EventQuery::stream(stream));
    assert!(now(&mut service.application.subscribe_to::<AccountEvent>(vault)).await.is_none());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_comes_as_an_error_and_the_others_behind_it() {
    let service = Service::start_alone().await;
    let id = service.opened().await;
    service.smuggle(id, unreadable()).await;
    service.application.commands.create(clerk(), open("Bob")).await.unwrap();
    let mut events = service.application.subscribe_to::<AccountEvent>(own().after(Position(1)));
    let error = now(&mut events).await.expect("it is there").unwrap_err();
    assert_eq!(error.position, Position(2));
    assert!(!error.to_string().contains("hidden"), "{error}");
    assert_eq!(now(&mut events).await.expect("it is there").unwrap().position, Position(3));
}

/// What a consumer does behind each event.
#[derive(Clone, Copy, Debug)]
struct Turn {
    pauses: usize,
    starts_anew: bool,
    ahead: usize,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (0usize..4, any::<bool>(), 1usize..6);
    vec(turn.prop_map(|(pauses, starts_anew, ahead)| Turn { pauses, starts_anew, ahead }), 1..8)
}

/// The position of the next event, which comes sooner or later. The clock stands still while anything can happen.
async fn soon(stream: &mut EventStream<Recorded<RawEvent>>) -> Position {
    let next = tokio::time::timeout(Duration::from_hours(1), stream.next()).await;
    next.expect("an event does not come").expect("the host runs").position
}

async fn pause(times: usize) {
    for _ in 0..times {
        yield_now().await;
    }
}

/// Opens an account and deposits on it, with pauses.
async fn write(service: &Service, caller: Caller, pauses: Vec<usize>) {
    let commands = &service.application.commands;
    let id = commands.create(caller.clone(), open("Anna")).await.unwrap().id;
    for times in pauses {
        pause(times).await;
        commands.send(caller.clone(), id, Deposit { amount: 1 }).await.unwrap();
    }
}

/// Follows the deposits of a tenant, and begins anew from the cursor now and then.
async fn follow(service: &Service, deposits: usize, turns: Vec<Turn>) -> Vec<Position> {
    let subscription = own().matching(EventQuery::kinds(vec![kind("Deposited")]));
    let mut stream = service.application.subscribe(subscription.clone());
    let mut seen = Vec::new();
    for turn in turns.into_iter().cycle().take(deposits) {
        pause(turn.pauses).await;
        if turn.starts_anew {
            now(&mut stream).await.into_iter().for_each(|event| seen.push(event.position));
            let again = subscription.clone().after(stream.cursor()).ahead(turn.ahead);
            stream = service.application.subscribe(again);
        }
        if seen.len() < deposits {
            seen.push(soon(&mut stream).await);
        }
    }
    while seen.len() < deposits {
        seen.push(soon(&mut stream).await);
    }
    assert!(now(&mut stream).await.is_none());
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_event_is_seen_once_in_order_with_writers_on_other_threads() {
    let service = Arc::new(Service::start_alone().await);
    let writers = (0..4).map(|_| {
        let service = service.clone();
        tokio::spawn(async move { write(&service, clerk(), vec![0; 50]).await })
    });
    let writers: Vec<_> = writers.collect();
    let mut stream = service.application.subscribe(own().ahead(7));
    let seen = taken(&mut stream, 4 * 51).await;
    assert_eq!(seen, (1..=4 * 51).collect::<Vec<_>>());
    for writer in writers {
        writer.await.unwrap();
    }
}

proptest! {
    #[test]
    fn every_event_that_matches_is_seen_once_in_order_whatever_comes_between(
        writers in vec((any::<bool>(), vec(0usize..4, 0..8)), 1..5),
        seed in any::<u64>(),
        turns in turns(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let service = Service::start_alone().await;
            let faults = [Trouble::Failure, Trouble::Delay].map(|it| [Fault::Before(it.clone()), Fault::After(it)]);
            let faults = Draw { seed: Seed(seed), one_in: 2, faults: faults.concat() };
            service.faults.draw(Operation::ReadAll, faults);
            let own: usize = writers.iter().filter(|(own, _)| *own).map(|(_, pauses)| pauses.len()).sum();
            let writing = writers.into_iter().map(|(own, pauses)| {
                write(&service, if own { clerk() } else { stranger() }, pauses)
            });
            let (_, seen) = tokio::join!(join_all(writing), follow(&service, own, turns));

            let deposits = EventQuery::kinds(vec![kind("Deposited")]);
            let scope = Scope::Tenant(clerk().tenant);
            let expected = service.memory.read_all(&scope, Position::START, &deposits, usize::MAX).await.unwrap();
            let expected: Vec<_> = expected.events.iter().map(|event| event.position).collect();
            assert_eq!(seen, expected);
        });
    }
}
