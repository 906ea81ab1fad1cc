//! Changes of a list, from a position on.

use std::collections::BTreeMap;

use freehold::{
    Cursor, Event as _, Position, Sort,
    app::{Application, AskOptions, ChangeStream, ChangedRow, ListChange, QueryError},
};
use freehold_testkit::faults::{Fault::Before, Operation, Trouble::Failure};
use futures_util::{FutureExt, StreamExt};

use crate::{
    bank::{
        AccountEvent, AccountId, Amount, Balance, Close, Deposit, GetOwner, ListAmounts, ListBalances, Owner,
        PeekBalances, RichAccounts, open, unreadable,
    },
    service::{Service, clerk, stranger},
};

async fn follow(service: &Service, after: u64) -> ChangeStream<Balance> {
    let changes = service.application.changes(clerk(), ListBalances::default(), Some(Position(after))).await;
    let changes = changes.expect("they can be followed");
    assert_eq!(changes.position.0, after);
    changes.answer
}

async fn next(changes: &mut ChangeStream<Balance>) -> ListChange<Balance> {
    changes.next().await.expect("the host goes on").expect("they can be told")
}

/// The owner and the balance that one change tells, at its position.
fn there(change: &ListChange<Balance>) -> (u64, &str, i64) {
    let [ChangedRow::There(row)] = change.rows.as_slice() else { panic!("{change:?}") };
    (change.position.0, &row.owner, row.balance)
}

#[tokio::test]
async fn what_was_is_told_first_and_then_what_comes() {
    let service = Service::start().await;
    let anna = service.opened().await;
    service.deposited(anna, 5).await;
    let mut changes = follow(&service, 1).await;
    assert_eq!(there(&next(&mut changes).await), (2, "Anna", 5));
    assert!(next(&mut changes).now_or_never().is_none(), "nothing more has happened");
    service.application.commands.create(clerk(), open("Bob")).await.unwrap();
    assert_eq!(there(&next(&mut changes).await), (3, "Bob", 0));
    service.deposited(anna, 2).await;
    assert_eq!(there(&next(&mut changes).await), (4, "Anna", 7));
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let service = Service::start().await;
    let anna = service.opened().await;
    let mut changes = follow(&service, 1).await;
    service.application.commands.send(clerk(), anna, Close {}).await.unwrap();
    let change = next(&mut changes).await;
    assert!(matches!(change.rows.as_slice(), [ChangedRow::Gone(id)] if *id == anna), "{change:?}");
}

#[tokio::test]
async fn a_row_that_changed_several_times_is_told_as_it_is() {
    let service = Service::start().await;
    let anna = service.opened().await;
    for _ in 0..5 {
        service.deposited(anna, 1).await;
    }
    service.application.caught_up().await.unwrap();
    let mut changes = follow(&service, 0).await;
    assert_eq!(there(&next(&mut changes).await), (6, "Anna", 5));
    assert!(next(&mut changes).now_or_never().is_none());
}

#[tokio::test]
async fn what_happened_before_is_not_told_to_who_asks_for_what_comes() {
    let service = Service::start().await;
    let anna = service.opened().await;
    let changes = service.application.changes(clerk(), ListBalances::default(), None).await.unwrap();
    let (mut changes, position) = (changes.answer, changes.position);
    assert_eq!(position.0, 1);
    service.deposited(anna, 5).await;
    assert_eq!(there(&next(&mut changes).await), (2, "Anna", 5));
}

#[tokio::test]
async fn what_leaves_the_list_is_gone_and_only_the_excerpt_is_told() {
    let service = Service::start().await;
    let small = ListAmounts { balance: Some((..10).into()), ..ListAmounts::default() };
    let changes = service.application.changes(clerk(), small, Some(Position::START)).await.unwrap();
    let mut changes = changes.answer;
    let anna = service.opened().await;
    let mut told = async || changes.next().await.unwrap().unwrap().rows.remove(0);
    assert!(matches!(told().await, ChangedRow::There(row) if row.row == Amount { balance: 0 }));
    service.deposited(anna, 10).await;
    assert!(matches!(told().await, ChangedRow::Gone(id) if id == anna));
}

#[tokio::test]
async fn a_synchronous_view_is_followed_as_well() {
    let service = Service::start().await;
    let query = GetOwner { name: "Anna".to_owned() };
    let mut changes =
        service.application.changes(clerk(), query, Some(Position::START)).await.unwrap().answer;
    service.opened().await;
    let change = changes.next().await.unwrap().unwrap();
    let expected = Owner { name: "Anna".to_owned(), accounts: 1 };
    assert!(matches!(&change.rows[0], ChangedRow::There(row) if row.row == expected));
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_told() {
    let service = Service::start().await;
    let mut changes = service
        .application
        .changes(stranger(), ListBalances::default(), Some(Position::START))
        .await
        .unwrap()
        .answer;
    service.opened().await;
    service.application.caught_up().await.unwrap();
    service.application.commands.create(stranger(), open("Zoe")).await.unwrap();
    assert_eq!(there(&next(&mut changes).await), (2, "Zoe", 0));
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_at_once() {
    let service = Service::start().await;
    let application = &service.application;
    let beyond = application.changes(clerk(), ListBalances::default(), Some(Position(1))).await;
    assert!(matches!(beyond, Err(QueryError::BeyondTheLog { .. })));
    let forbidden = application.changes(clerk(), PeekBalances {}, None).await;
    assert!(matches!(forbidden, Err(QueryError::Forbidden { .. })));
    let cursor: Cursor = serde_json::from_value("anything".into()).unwrap();
    let query = ListBalances { sort: Some(Sort("owner".into())), limit: Some(7), cursor: Some(cursor) };
    let Err(QueryError::Invalid(invalid)) = application.changes(clerk(), query, None).await else {
        panic!("it is refused")
    };
    assert!(["sort", "limit", "cursor"].iter().all(|name| invalid.concerns(name)), "{invalid}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_waited_for() {
    let service = Service::start().await;
    let mut changes = follow(&service, 0).await;
    service.faults.plan(Operation::Select, &Before(Failure), 3);
    service.opened().await;
    assert_eq!(there(&next(&mut changes).await), (1, "Anna", 0));
}

#[tokio::test(start_paused = true)]
async fn a_row_that_waits_in_the_dead_letters_holds_up_nobody_else() {
    let service = Service::start().await;
    let anna = service.opened().await;
    let bob = service.application.commands.create(clerk(), open("Bob")).await.unwrap().id;
    service.smuggle(anna, unreadable()).await;
    service.smuggle(bob, AccountEvent::Deposited { amount: 5 }.encode().unwrap()).await;
    let mut changes = follow(&service, 2).await;
    assert_eq!(there(&next(&mut changes).await), (4, "Bob", 5));
}

#[tokio::test]
async fn changes_end_when_the_host_stops() {
    let service = Service::start().await;
    let mut changes = follow(&service, 0).await;
    let ended = tokio::spawn(async move { changes.next().await.is_none() });
    service.host.stop().await;
    assert!(ended.await.unwrap());
}

/// What a client keeps of the list.
#[derive(Default)]
struct Kept {
    rows: BTreeMap<AccountId, i64>,
    position: Position,
}

impl Kept {
    fn take_in(&mut self, change: ListChange<Balance>) {
        assert!(change.position > self.position, "changes come in the order of the log");
        self.position = change.position;
        for row in change.rows {
            match row {
                ChangedRow::There(row) => self.rows.insert(row.id, row.balance),
                ChangedRow::Gone(id) => self.rows.remove(&id),
            };
        }
    }
}

/// Opens accounts, pays in, and closes those that are empty.
async fn be_busy(application: Application) {
    let mut ids: Vec<AccountId> = Vec::new();
    for number in 0..200_usize {
        if number % 4 == 0 {
            ids.push(application.commands.create(clerk(), open("Anna")).await.unwrap().id);
        } else if number % 3 == 0 {
            // One with money in it is not closed.
            let _ = application.commands.send(clerk(), ids[number % ids.len()], Close {}).await;
        } else {
            // A closed one takes none.
            let deposit = Deposit { amount: i64::try_from(number % 5).unwrap() + 1 };
            let _ = application.commands.send(clerk(), ids[number * 7 % ids.len()], deposit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_in_the_changes_has_what_the_query_answers() {
    let service = Service::start().await;
    let query = || RichAccounts { at_least: 5 };
    let mut changes =
        service.application.changes(clerk(), query(), Some(Position::START)).await.unwrap().answer;
    let writer = tokio::spawn(be_busy(service.application.clone()));
    let mut kept = Kept::default();
    while !writer.is_finished() || kept.position.0 < service.events() {
        kept.take_in(next(&mut changes).await);
        // Who begins anew goes on behind what was told.
        if kept.position.0 % 16 == 0 {
            changes =
                service.application.changes(clerk(), query(), Some(kept.position)).await.unwrap().answer;
        }
    }
    let rows = service.application.queries.stream(clerk(), query(), AskOptions::default()).await.unwrap();
    let expected: BTreeMap<_, _> =
        rows.answer.map(|row| row.map(|row| (row.id, row.balance)).unwrap()).collect().await;
    assert_eq!(kept.rows, expected);
    assert!(!expected.is_empty());
}
