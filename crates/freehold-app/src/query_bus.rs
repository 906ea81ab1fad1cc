//! The query bus: typed questions to read models, and to nothing else.

use std::{fmt, sync::Arc, time::Duration};

use freehold_domain::{Answer, Ask, Cursor, Invalid, Position, Query, Row, Selection, Stored};
use freehold_ports::{StoreError, StoredRow, ViewStore};
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};
use tracing::{Instrument, info_span};

use crate::{
    Caller, caller,
    freshness::Freshness,
    middleware::{Next, from_fn},
};

/// The stack of middleware with the read models at its end.
pub type QueryService = BoxCloneSyncService<QueryRequest, Rows, QueryError>;

type Inner = Next<QueryRequest, Rows, QueryError>;

/// Answers queries.
#[derive(Clone)]
pub struct QueryBus {
    service: QueryService,
}

/// A query on its way, as middleware sees it.
#[derive(Clone)]
pub struct QueryRequest {
    /// What it is.
    pub info: QueryInfo,
    /// Who asks.
    pub caller: Caller,
    /// The rows that answer it.
    pub selection: Selection,
    /// What else is asked for.
    pub options: AskOptions,
}

/// What is asked for beside the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskOptions {
    /// The rows have to have taken in what lies at or before this position: the one that a command was
    /// [answered with](crate::Accepted), for somebody who wants to see what they have written. The query waits for it, as
    /// long as [`view_timeout`](crate::Builder::view_timeout) says.
    pub at_least: Option<Position>,
}

/// An answer, and how new it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered<A> {
    /// What was asked for.
    pub answer: A,
    /// The rows have taken in what lies at or before this position, and perhaps more.
    pub position: Position,
}

impl fmt::Debug for QueryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryRequest").field("name", &self.info.name).finish_non_exhaustive()
    }
}

/// What is known of a query without its content.
#[derive(Clone, Copy, Debug)]
pub struct QueryInfo {
    /// Its stable name.
    pub name: &'static str,
    /// Who may ask it.
    pub roles: &'static [&'static str],
}

/// Rows that answer a query, as middleware sees them.
#[derive(Clone, Debug)]
pub struct Rows {
    /// In order.
    pub rows: Vec<StoredRow>,
    /// Where the next ones begin, if there are any.
    pub next: Option<Cursor>,
    /// They have taken in what lies at or before this position, and perhaps more.
    pub position: Position,
}

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Something is wrong with what was asked.
    #[error("the query is not valid: {0}")]
    Invalid(#[from] Invalid),
    /// The caller has none of the roles that may ask.
    #[error("`{query}` may be asked by: {}", caller::listed(allowed))]
    Forbidden {
        /// The query.
        query: &'static str,
        /// Who may ask it.
        allowed: &'static [&'static str],
    },
    /// The view has not taken in what it was to have taken in.
    #[error("the view `{view}` stands at position {position}, and {asked} was asked for: {reason}")]
    Behind {
        /// The view.
        view: &'static str,
        /// Where it stands.
        position: Position,
        /// What was asked for.
        asked: Position,
        /// What keeps it there, without the content of an event.
        reason: String,
    },
    /// The view was to have taken in a position that the log does not have.
    #[error("the log ends at position {end}, and {asked} was asked for")]
    BeyondTheLog {
        /// What was asked for.
        asked: Position,
        /// Where the log ends.
        end: Position,
    },
    /// It took longer than it may.
    #[error("the query took longer than {0:?}")]
    TimedOut(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl QueryBus {
    pub(crate) fn new(service: QueryService) -> Self {
        Self { service }
    }

    /// Answers a query with what the read models hold now.
    pub async fn ask<Q: Ask>(&self, caller: Caller, query: Q) -> Result<Q::Answer, QueryError> {
        self.ask_with(caller, query, AskOptions::default()).await.map(|answered| answered.answer)
    }

    /// The same with options, and with how new the answer is.
    pub async fn ask_with<Q: Ask>(
        &self,
        caller: Caller,
        query: Q,
        options: AskOptions,
    ) -> Result<Answered<Q::Answer>, QueryError> {
        let info = QueryInfo { name: Q::NAME, roles: Q::ROLES };
        let mut selection = query.select().finish()?;
        if Q::Answer::ONE {
            selection.limit = 1;
        }
        let request = QueryRequest { info, caller, selection, options };
        let Rows { rows, next, position } = self.service.clone().oneshot(request).await?;
        Ok(Answered { answer: Q::Answer::from_rows(typed::<Q>(rows)?, next), position })
    }
}

type RowOf<Q> = <<Q as Query>::Answer as Answer>::Row;

fn typed<Q: Query>(rows: Vec<StoredRow>) -> Result<Vec<Stored<RowOf<Q>>>, StoreError> {
    let corrupt = |error| StoreError::Corrupt {
        reason: format!("a row of `{}`: {error}", <RowOf<Q> as Row>::SCHEMA.table),
    };
    rows.into_iter()
        .map(|StoredRow { cells, version, position }| {
            let row = RowOf::<Q>::from_cells(cells).map_err(corrupt)?;
            Ok(Stored { row, version, position })
        })
        .collect()
}

/// The whole stack: tracing, time-out, roles, read models.
pub(crate) fn stack(views: Arc<dyn ViewStore>, freshness: Freshness, timeout: Duration) -> QueryService {
    let freshness = Arc::new(freshness);
    let reader = service_fn(move |request: QueryRequest| {
        let (views, freshness) = (views.clone(), freshness.clone());
        async move { read(&*views, &freshness, request).await }
    });
    let service = add(BoxCloneSyncService::new(reader), authorise);
    let service = add(service, move |request, next| time_out(request, next, timeout));
    add(service, trace)
}

fn add<F, Fut>(inner: QueryService, middleware: F) -> QueryService
where
    F: Fn(QueryRequest, Inner) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Rows, QueryError>> + Send + 'static,
{
    BoxCloneSyncService::new(from_fn(middleware).layer(inner))
}

async fn trace(request: QueryRequest, next: Inner) -> Result<Rows, QueryError> {
    let QueryRequest { info, caller, .. } = &request;
    let span =
        info_span!("query", name = info.name, tenant = %caller.tenant, correlation = %caller.correlation);
    let result = next.oneshot(request).instrument(span.clone()).await;
    match &result {
        Err(error @ (QueryError::Store(_) | QueryError::TimedOut(_))) => {
            span.in_scope(|| tracing::error!(%error, "query failed"));
        }
        Err(error @ QueryError::Behind { .. }) => span.in_scope(|| tracing::warn!(%error, "query failed")),
        _ => {}
    }
    result
}

async fn time_out(request: QueryRequest, next: Inner, limit: Duration) -> Result<Rows, QueryError> {
    tokio::time::timeout(limit, next.oneshot(request)).await.unwrap_or(Err(QueryError::TimedOut(limit)))
}

async fn authorise(request: QueryRequest, next: Inner) -> Result<Rows, QueryError> {
    if !request.caller.roles.include_any(request.info.roles) {
        return Err(QueryError::Forbidden { query: request.info.name, allowed: request.info.roles });
    }
    next.oneshot(request).await
}

/// One row more than was asked for tells whether there is a next page. How far the view has come is looked at first: what it
/// takes in meanwhile makes the rows newer than is said, never older.
async fn read(
    views: &dyn ViewStore,
    freshness: &Freshness,
    request: QueryRequest,
) -> Result<Rows, QueryError> {
    let view = request.selection.schema.view;
    let at_least = request.options.at_least.unwrap_or(Position::START);
    freshness.reach(view, at_least).await?;
    let position = freshness.position(view).max(at_least);
    let limit = request.selection.limit;
    let mut selection = request.selection;
    selection.limit = limit.saturating_add(1);
    let mut rows = views.select(&request.caller.tenant, &selection).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).and_then(|last| selection.cursor_after(&last.cells));
    Ok(Rows { rows, next, position })
}
