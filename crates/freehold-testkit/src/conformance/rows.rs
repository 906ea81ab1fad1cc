//! The rows of the suite's views: read, brought up to date, and compared with a fold over the log.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use freehold_domain::{Cell, Position, RawEvent, Recorded, Schema, Selection, TenantId, Version};
use freehold_ports::{ApplyError, Database, Projection, RowId, Scope, StoredRow, Work};

/// Everything in a table that belongs to a tenant, in the order of the keys.
pub(super) async fn rows(
    db: &Arc<dyn Database>,
    tenant: &TenantId,
    schema: &'static Schema,
) -> Vec<StoredRow> {
    select(db, tenant, &Selection::all(schema)).await
}

pub(super) async fn select(
    db: &Arc<dyn Database>,
    tenant: &TenantId,
    selection: &Selection,
) -> Vec<StoredRow> {
    db.select(tenant, selection).await.expect("the rows can be read")
}

pub(super) async fn count(
    db: &Arc<dyn Database>,
    tenant: &TenantId,
    selection: &Selection,
    most: u32,
) -> u32 {
    db.count(tenant, selection, most).await.expect("the rows can be counted")
}

/// Applies the next batch: how far the view is then.
pub(super) async fn work(
    db: &Arc<dyn Database>,
    projection: &Arc<dyn Projection>,
    limit: usize,
) -> Result<Position, ApplyError> {
    let after = db.checkpoint(projection).await?;
    let batch = db.read_all(&Scope::EveryTenant, after, projection.query(), limit).await?;
    let read_to = batch.read_to;
    db.apply(projection, Work::whole(after, batch)).await?;
    Ok(read_to)
}

/// Applies all that is in the log, in batches of so many events.
pub(super) async fn catch_up(db: &Arc<dyn Database>, projection: &Arc<dyn Projection>, limit: usize) {
    let head = *db.head().borrow();
    while work(db, projection, limit).await.expect("the events can be taken in") < head {}
}

/// What a view has to hold after these events: they are folded one at a time, as the port says it.
pub(super) fn folded<'e>(
    projection: &Arc<dyn Projection>,
    events: impl IntoIterator<Item = &'e Recorded<RawEvent>>,
) -> HashMap<RowId, StoredRow> {
    let mut rows: HashMap<RowId, StoredRow> = HashMap::new();
    for event in events {
        if !projection.query().matches(&event.stream, &event.event.name, &[]) {
            continue;
        }
        // One that is named twice is touched once.
        let keys: HashSet<_> = projection.keys(event).expect("its keys can be told").into_iter().collect();
        for key in keys {
            let is_keyed_by_stream = key == [Cell::Uuid(event.stream.id())];
            let id = RowId { tenant: event.tenant.clone(), key };
            let before = rows.remove(&id);
            let changes = before.as_ref().map_or(0, |row| row.version.0);
            let version = if is_keyed_by_stream { event.version } else { Version(changes + 1) };
            let cells = projection.fold(&id.key, before.map(|row| row.cells), &[event]);
            let cells = cells.expect("it can be taken in");
            let row = cells.map(|cells| StoredRow { cells, version, position: event.position });
            rows.extend(row.map(|row| (id, row)));
        }
    }
    rows
}

/// The rows of all tenants are those that are expected.
pub(super) async fn assert_rows(
    db: &Arc<dyn Database>,
    projection: &Arc<dyn Projection>,
    expected: &HashMap<RowId, StoredRow>,
    tenants: &[TenantId],
) {
    let schema = projection.schema();
    let mut found = HashMap::new();
    for tenant in tenants {
        for row in rows(db, tenant, schema).await {
            found.insert(RowId { tenant: tenant.clone(), key: schema.key_of(&row.cells) }, row);
        }
    }
    assert_eq!(&found, expected);
}
