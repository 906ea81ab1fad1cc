//! What every query goes through: tracing, time-out, roles, read models.

use std::{sync::Arc, time::Duration};

use freehold_domain::{Position, Selection, Shape, TenantId, Total};
use freehold_ports::{StoreError, ViewStore};
use futures_util::future::try_join;
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};
use tracing::{Instrument, info_span};

use super::{QueryError, QueryRequest, QueryService, Rows};
use crate::{
    freshness::Freshness,
    middleware::{Next, from_fn},
};

type Inner = Next<QueryRequest, Rows, QueryError>;

/// The whole stack.
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

/// How far the view has come is looked at first: what it takes in meanwhile makes the rows newer than is said, never older.
async fn read(
    views: &dyn ViewStore,
    freshness: &Freshness,
    request: QueryRequest,
) -> Result<Rows, QueryError> {
    let QueryRequest { info, caller, selection, options } = request;
    let view = selection.schema.view;
    let at_least = options.at_least.unwrap_or(Position::START);
    freshness.reach(view, at_least).await?;
    let position = freshness.position(view).max(at_least);
    let tenant = &caller.tenant;
    let rows = async { page(views, tenant, &selection, info.shape, position).await };
    let total = async { total(views, tenant, &selection, info.shape).await };
    let (rows, total) = try_join(rows, total).await?;
    Ok(Rows { total, ..rows })
}

/// One row more than was asked for tells whether there is a next page, and the columns of the order behind those that were
/// asked for tell where it begins. Neither is passed on.
async fn page(
    views: &dyn ViewStore,
    tenant: &TenantId,
    asked: &Selection,
    shape: Shape,
    position: Position,
) -> Result<Rows, StoreError> {
    let mut selection = asked.clone();
    if matches!(shape, Shape::Page | Shape::CountedPage) {
        selection.read_only(&asked.columns);
        selection.limit = asked.limit.saturating_add(1);
    }
    let mut rows = views.select(tenant, &selection).await?;
    let more = rows.len() > asked.limit as usize;
    rows.truncate(asked.limit as usize);
    let next = rows.last().filter(|_| more).and_then(|last| selection.cursor_after(&last.cells));
    for row in &mut rows {
        row.cells.truncate(asked.columns.len());
    }
    Ok(Rows { rows, next, total: Total::default(), position })
}

async fn total(
    views: &dyn ViewStore,
    tenant: &TenantId,
    asked: &Selection,
    shape: Shape,
) -> Result<Total, StoreError> {
    if !shape.is_counted() {
        return Ok(Total::default());
    }
    Ok(Total::of(views.count(tenant, asked, Total::BOUND + 1).await?))
}
