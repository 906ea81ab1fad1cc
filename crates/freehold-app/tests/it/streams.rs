//! Streams: all rows that answer a query.

use freehold::{
    Sort,
    app::{AskOptions, Builder, QueryError, QueryRequest, QueryService, RowStream},
    memory::Memory,
};
use freehold_testkit::faults::{
    Fault::Before,
    Gate, Operation,
    Trouble::{Failure, Hang},
};
use futures_util::{StreamExt, TryStreamExt};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

use crate::{
    bank::{Balance, ListAmounts, ListBalances, PeekBalances, open},
    service::{Service, clerk, stranger},
};

/// More than are read at once, and fewer than twice as many.
const ACCOUNTS: usize = 700;

/// A bank with many accounts, of which each hundred have the same balance.
async fn service() -> Service {
    filled(Service::start().await).await
}

async fn filled(service: Service) -> Service {
    for number in 0..ACCOUNTS {
        let id =
            service.application.commands.create(clerk(), open(&format!("{number:04}"))).await.unwrap().id;
        service.deposited(id, i64::try_from(number % 7).unwrap() + 1).await;
    }
    service.application.caught_up().await.unwrap();
    service
}

async fn stream(service: &Service, query: ListBalances) -> RowStream<Balance> {
    let answered = service.application.queries.stream(clerk(), query, AskOptions::default()).await;
    let answered = answered.expect("it is answered");
    assert_eq!(answered.position.0, 2 * ACCOUNTS as u64);
    answered.answer
}

fn sorted(by: &str) -> ListBalances {
    ListBalances { sort: Some(Sort(by.to_owned())), ..ListBalances::default() }
}

#[tokio::test]
async fn all_rows_come_once_and_in_order() {
    let service = service().await;
    for (order, descending) in [("balance", false), ("-balance", true)] {
        let rows: Vec<_> = stream(&service, sorted(order)).await.try_collect().await.unwrap();
        let mut places: Vec<_> = rows.iter().map(|row| (row.balance, row.id)).collect();
        if descending {
            places.reverse();
        }
        assert_eq!(places.len(), ACCOUNTS);
        assert!(places.is_sorted_by(|a, b| a < b));
    }
}

#[tokio::test]
async fn no_more_is_read_than_is_taken() {
    let service = service().await;
    let mut rows = stream(&service, sorted("owner")).await;
    // The next page cannot be read before the first is taken.
    service.faults.plan(Operation::Select, &Before(Failure), 1);
    for number in 0..500 {
        assert_eq!(rows.next().await.unwrap().unwrap().owner, format!("{number:04}"));
    }
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(matches!(error, QueryError::Store(_)), "{error}");
    assert!(rows.next().await.is_none(), "nothing comes behind an error");
}

#[tokio::test]
async fn what_is_written_meanwhile_moves_no_other_row() {
    let service = service().await;
    let mut rows = stream(&service, sorted("owner")).await;
    let first: Vec<_> = rows.by_ref().take(500).try_collect().await.unwrap();
    for owner in ["0000a", "0250a", "0499a", "0650a"] {
        service.application.commands.create(clerk(), open(owner)).await.unwrap();
    }
    service.application.caught_up().await.unwrap();
    let rest: Vec<_> = rows.try_collect().await.unwrap();
    assert_eq!(first.len(), 500);
    let owners: Vec<_> = rest.iter().map(|row| row.owner.as_str()).collect();
    assert_eq!((owners[0], owners.len()), ("0499a", ACCOUNTS - 500 + 2));
}

#[tokio::test]
async fn a_stream_begins_behind_a_cursor() {
    let service = service().await;
    let page = ListBalances { limit: Some(100), ..sorted("owner") };
    let page = service.application.queries.ask(clerk(), page).await.unwrap();
    let query = ListBalances { cursor: page.next, ..sorted("owner") };
    let rows: Vec<_> = stream(&service, query).await.try_collect().await.unwrap();
    assert_eq!((rows.len(), rows[0].owner.as_str()), (ACCOUNTS - 100, "0100"));
}

#[tokio::test]
async fn an_excerpt_is_streamed_in_an_order_that_it_does_not_tell() {
    let service = service().await;
    let query = ListAmounts { balance: Some((2..=7).into()), ..ListAmounts::default() };
    let rows = service.application.queries.stream(clerk(), query, AskOptions::default()).await.unwrap();
    let rows: Vec<_> = rows.answer.try_collect().await.unwrap();
    let expected: Vec<_> =
        (0..ACCOUNTS).map(|number| number % 7 + 1).filter(|balance| *balance > 1).collect();
    assert_eq!(rows.iter().map(|row| usize::try_from(row.balance).unwrap()).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_is_wrong_with_the_question_is_told_before_the_first_row() {
    let service = Service::start().await;
    let stream = |caller, query| service.application.queries.stream(caller, query, AskOptions::default());
    let limited = ListBalances { limit: Some(7), ..ListBalances::default() };
    let Err(QueryError::Invalid(invalid)) = stream(clerk(), limited).await else { panic!("it is refused") };
    assert!(invalid.concerns("limit"));
    let peek = service.application.queries.stream(clerk(), PeekBalances {}, AskOptions::default()).await;
    assert!(matches!(peek, Err(QueryError::Forbidden { .. })));
    let rows = stream(stranger(), ListBalances::default()).await.unwrap().answer;
    assert_eq!(rows.count().await, 0, "there is nothing of another tenant");
}

#[tokio::test(start_paused = true)]
async fn each_page_has_the_time_of_a_query() {
    let service = service().await;
    let mut rows = stream(&service, sorted("owner")).await;
    let first: Vec<_> = rows.by_ref().take(500).try_collect().await.unwrap();
    assert_eq!(first.len(), 500);
    service.faults.plan(Operation::Select, &Before(Hang(Gate::closed())), 1);
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(matches!(error, QueryError::TimedOut(_)), "{error}");
}

/// Middleware that lets nothing through behind the first page.
fn short_sighted(inner: QueryService) -> QueryService {
    BoxCloneSyncService::new(service_fn(move |request: QueryRequest| {
        assert!(request.selection.after.is_none(), "middleware sees each page");
        inner.clone().oneshot(request)
    }))
}

#[tokio::test]
#[should_panic(expected = "middleware sees each page")]
async fn every_page_goes_through_what_queries_go_through() {
    let with = |builder: Builder| builder.query_layer(short_sighted);
    let service = filled(Service::start_over(Memory::new(), with).await).await;
    let _: Vec<_> = stream(&service, sorted("owner")).await.try_collect().await.unwrap();
}
