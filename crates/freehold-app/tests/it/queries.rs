//! Queries: what is answered.

use freehold::{Page, Sort, Total, app::QueryError};
use freehold_testkit::faults::{
    Fault::Before,
    Gate, Operation,
    Trouble::{Failure, Hang},
};

use crate::{
    bank::{
        AccountId, Amount, Balance, GetAmount, GetBalance, LeafThroughBalances, ListAmounts, ListBalances,
        PeekBalances, open,
    },
    service::{Service, clerk, nobody, stranger, with_roles},
};

/// A bank with accounts that have 3, 1, 2, 1 and 3.
async fn service() -> (Service, Vec<AccountId>) {
    let service = Service::start().await;
    let mut ids = Vec::new();
    for (owner, amount) in [("Anna", 3), ("Bob", 1), ("Carla", 2), ("Dan", 1), ("Eve", 3)] {
        let id = service.application.commands.create(clerk(), open(owner)).await.unwrap().id;
        service.deposited(id, amount).await;
        ids.push(id);
    }
    service.application.caught_up().await.unwrap();
    (service, ids)
}

async fn page(service: &Service, query: ListBalances) -> Page<Balance> {
    service.application.queries.ask(clerk(), query).await.expect("it is answered")
}

/// Every row, read in pages of this size.
async fn walk(service: &Service, sort: &str, limit: u32) -> Vec<(i64, AccountId)> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let query = ListBalances { sort: Some(Sort(sort.to_owned())), limit: Some(limit), cursor };
        let page = page(service, query).await;
        assert!(!page.items.is_empty() && page.items.len() <= limit as usize);
        rows.extend(page.items.iter().map(|item| (item.balance, item.id)));
        cursor = page.next;
        if cursor.is_none() {
            return rows;
        }
    }
}

#[tokio::test]
async fn pages_lead_from_the_first_row_to_the_last_without_a_gap() {
    let (service, _) = service().await;
    let mut sorted = walk(&service, "balance", 200).await;
    assert_eq!(sorted.iter().map(|row| row.0).collect::<Vec<_>>(), [1, 1, 2, 3, 3]);
    assert!(sorted.is_sorted());
    for limit in 1..=5 {
        assert_eq!(walk(&service, "balance", limit).await, sorted, "{limit}");
    }
    sorted.reverse();
    for limit in 1..=5 {
        assert_eq!(walk(&service, "-balance", limit).await, sorted, "{limit}");
    }
}

#[tokio::test]
async fn a_page_that_holds_all_that_is_left_has_no_next() {
    let (service, _) = service().await;
    let limited = |limit| page(&service, ListBalances { limit: Some(limit), ..ListBalances::default() });
    assert!(limited(4).await.next.is_some());
    assert!(limited(5).await.next.is_none());
}

#[tokio::test]
async fn one_row_is_answered_with_its_version_and_position_or_with_none() {
    let (service, ids) = service().await;
    let one = |id| service.application.queries.ask(clerk(), GetBalance { id });
    let anna = one(ids[0]).await.unwrap().unwrap();
    assert_eq!((anna.owner.as_str(), anna.version.0, anna.position.0), ("Anna", 2, 2));
    assert_eq!(one(nobody()).await.unwrap(), None);
}

#[tokio::test]
async fn a_query_needs_one_of_its_roles() {
    let (service, _) = service().await;
    let ask = service.application.queries.ask(with_roles(["boss"]), ListBalances::default());
    let error = ask.await.unwrap_err();
    assert_eq!(error.to_string(), "`ListBalances` may be asked by: clerk");
    let error = service.application.queries.ask(clerk(), PeekBalances {}).await.unwrap_err();
    assert_eq!(error.to_string(), "`PeekBalances` may be asked by: nobody");
}

#[tokio::test]
async fn a_query_that_is_not_valid_is_not_asked() {
    let (service, _) = service().await;
    let query = ListBalances { sort: Some(Sort("id".to_owned())), limit: Some(0), cursor: None };
    let error = service.application.queries.ask(clerk(), query).await.unwrap_err();
    let QueryError::Invalid(invalid) = error else { panic!("{error}") };
    assert!(invalid.concerns("sort") && invalid.concerns("limit"));
}

#[tokio::test]
async fn another_tenants_rows_are_not_there() {
    let (service, ids) = service().await;
    let queries = &service.application.queries;
    assert!(queries.ask(stranger(), ListBalances::default()).await.unwrap().items.is_empty());
    assert_eq!(queries.ask(stranger(), GetBalance { id: ids[0] }).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_takes_too_long_is_given_up() {
    let (service, ids) = service().await;
    service.faults.plan(Operation::Select, &Before(Hang(Gate::closed())), 1);
    let error = service.application.queries.ask(clerk(), GetBalance { id: ids[0] }).await.unwrap_err();
    assert!(matches!(error, QueryError::TimedOut(_)), "{error}");
    service.faults.plan(Operation::Select, &Before(Failure), 1);
    let error = service.application.queries.ask(clerk(), GetBalance { id: ids[0] }).await.unwrap_err();
    assert!(matches!(error, QueryError::Store(_)), "{error}");
}

#[tokio::test]
async fn a_page_that_is_counted_says_how_many_rows_match() {
    let (service, _) = service().await;
    let ask = |query| service.application.queries.ask(clerk(), query);
    let first = ask(ListAmounts { limit: Some(2), ..ListAmounts::default() }).await.unwrap();
    assert_eq!(first.total, Total { count: 5, is_exact: true });
    assert_eq!(first.items.iter().map(|item| item.row.balance).collect::<Vec<_>>(), [3, 1]);
    // The order is by a column that is not told.
    let next =
        ask(ListAmounts { limit: Some(2), cursor: first.next, ..ListAmounts::default() }).await.unwrap();
    assert_eq!(next.items.iter().map(|item| item.row.balance).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(next.total.count, 5, "on whichever page");
    let between = ListAmounts { balance: Some((2..4).into()), ..ListAmounts::default() };
    assert_eq!(ask(between).await.unwrap().total.count, 3);
    let some = ListAmounts { owner: Some(vec!["Bob".into(), "Eve".into()]), ..ListAmounts::default() };
    assert_eq!(ask(some).await.unwrap().total.count, 2);
}

#[tokio::test]
async fn a_page_by_number_says_where_it_lies() {
    let (service, _) = service().await;
    let query = LeafThroughBalances { limit: Some(2), offset: Some(3) };
    let page = service.application.queries.ask(clerk(), query).await.unwrap();
    assert_eq!((page.offset, page.limit, page.total.count), (3, 2, 5));
    assert_eq!(page.items.iter().map(|item| item.owner.as_str()).collect::<Vec<_>>(), ["Dan", "Eve"]);
}

#[tokio::test]
async fn one_row_is_told_in_part() {
    let (service, ids) = service().await;
    let carla = service.application.queries.ask(clerk(), GetAmount { id: ids[2] }).await.unwrap().unwrap();
    assert_eq!((carla.row.clone(), carla.version.0), (Amount { balance: 2 }, 2));
}

#[tokio::test]
async fn a_page_that_cannot_be_counted_is_not_answered() {
    let (service, _) = service().await;
    service.faults.plan(Operation::Count, &Before(Failure), 1);
    let error = service.application.queries.ask(clerk(), ListAmounts::default()).await.unwrap_err();
    assert!(matches!(error, QueryError::Store(_)), "{error}");
}
