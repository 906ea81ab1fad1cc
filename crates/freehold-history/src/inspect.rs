//! Looking at what is there when everything is over.

use std::{collections::BTreeMap, path::Path};

use freehold::{
    Position,
    ports::{Database, EventQuery, Scope, StoreError},
};

use crate::{
    Event, Evidence, History, Log, Row, RowId,
    load::{TENANTS, rows_of, step},
    projections,
};

/// How many events are read at once.
const PAGE: usize = 5000;

/// Reads the log and all rows, once the views of workers have caught up, and puts them beside the files of the folder.
pub async fn inspect(database: &dyn Database, folder: &Path) -> anyhow::Result<Evidence> {
    let log = read(database).await?;
    for projection in [projections::mixed(), projections::followed()] {
        while step(database, &projection, PAGE).await? < log.head() {}
    }
    let rows = rows(database).await?;
    Ok(Evidence::new(History::read(folder)?, log, rows))
}

/// The whole log.
pub(crate) async fn read(database: &dyn Database) -> Result<Log, StoreError> {
    let (mut events, mut after) = (Vec::new(), Position::START);
    loop {
        let batch = database.read_all(&Scope::EveryTenant, after, &EventQuery::all(), PAGE).await?;
        if batch.events.is_empty() {
            return Ok(Log::new(events));
        }
        after = batch.read_to;
        events.extend(batch.events.iter().map(Event::of));
    }
}

async fn rows(database: &dyn Database) -> Result<BTreeMap<RowId, Row>, StoreError> {
    let mut rows = BTreeMap::new();
    for schema in projections::schemas() {
        for tenant in TENANTS {
            rows.extend(rows_of(database, tenant, schema).await?);
        }
    }
    Ok(rows)
}
