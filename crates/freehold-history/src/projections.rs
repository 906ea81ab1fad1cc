//! The views of the load as a store sees them, written apart from what laws hold their rows to.

use std::{sync::Arc, time::Duration};

use freehold::{
    Cell, CellKind, ColumnDef, RawEvent, Recorded, Row as _, Schema, SyncMode,
    ports::{EventKind, EventQuery, FoldError, Migration, Projection},
};

use crate::{
    ledger::{Balance, Statement},
    log::Mark,
    views::{self, PLAIN, VIEWED, bucket, chained},
};

/// The tables of the views.
pub(crate) const SQLITE: &[Migration] =
    &[Migration { name: "0001_history", sql: include_str!("sql/sqlite/0001_history.sql") }];
/// The same on PostgreSQL.
pub(crate) const POSTGRES: &[Migration] =
    &[Migration { name: "0001_history", sql: include_str!("sql/postgres/0001_history.sql") }];

static SHARED: Schema = schema(
    views::SHARED.name,
    "history_shared",
    &[column("bucket", CellKind::Text), column("count", CellKind::Int), column("chain", CellKind::Int)],
);
static MIXED: Schema = schema(
    views::MIXED.name,
    "history_mixed",
    &[column("id", CellKind::Uuid), column("count", CellKind::Int), column("chain", CellKind::Int)],
);
static FOLLOWED: Schema = schema(
    views::FOLLOWED.name,
    "history_followed",
    &[column("stream", CellKind::Text), column("count", CellKind::Int), column("chain", CellKind::Int)],
);

const fn schema(view: &'static str, table: &'static str, columns: &'static [ColumnDef]) -> Schema {
    Schema { view, version: 1, table, columns, key: &[0] }
}

const fn column(name: &'static str, kind: CellKind) -> ColumnDef {
    ColumnDef { name, kind, nullable: false }
}

/// The tables of all views.
pub(crate) fn schemas() -> [&'static Schema; 5] {
    [&SHARED, &MIXED, &FOLLOWED, Balance::SCHEMA, Statement::SCHEMA]
}

/// A view of appends through the port.
struct Counting {
    schema: &'static Schema,
    query: EventQuery,
    sync: SyncMode,
    key: fn(&Recorded<RawEvent>, &Mark) -> Cell,
}

/// The view of rows that streams share.
pub(crate) fn shared() -> Arc<dyn Projection> {
    Arc::new(Counting {
        schema: &SHARED,
        query: kinds(&[VIEWED]),
        sync: SyncMode::Sync,
        key: |_, mark| Cell::Text(bucket(mark.number)),
    })
}

/// The view that is inline for some events.
pub(crate) fn mixed() -> Arc<dyn Projection> {
    Arc::new(Counting {
        schema: &MIXED,
        query: kinds(&[VIEWED]),
        sync: SyncMode::Events(&["Marked", "Removed"]),
        key: |event, _| Cell::Uuid(event.stream.id()),
    })
}

/// The view that only workers bring up to date.
pub(crate) fn followed() -> Arc<dyn Projection> {
    Arc::new(Counting {
        schema: &FOLLOWED,
        query: kinds(&[PLAIN, VIEWED]),
        sync: SyncMode::Async,
        key: |event, _| Cell::Text(format!("{}/{}", event.stream.aggregate(), event.stream.id())),
    })
}

fn kinds(aggregates: &[&str]) -> EventQuery {
    let all = aggregates.iter().flat_map(|aggregate| {
        ["Counted", "Marked", "Removed"]
            .map(|name| EventKind { aggregate: (*aggregate).to_owned(), name: name.to_owned() })
    });
    EventQuery::kinds(all.collect())
}

impl Projection for Counting {
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn query(&self) -> &EventQuery {
        &self.query
    }

    fn sync(&self) -> SyncMode {
        self.sync
    }

    fn priority(&self) -> i32 {
        0
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        Ok(vec![vec![(self.key)(event, &mark(event)?)]])
    }

    fn fold(
        &self,
        _: &[Cell],
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        events.iter().try_fold(row, |row, event| self.count(row, event))
    }
}

impl Counting {
    #[expect(clippy::needless_pass_by_value, reason = "the port has it so")]
    fn count(
        &self,
        row: Option<Vec<Cell>>,
        event: &Recorded<RawEvent>,
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        if event.event.name == "Removed" {
            return Ok(None);
        }
        let mark = mark(event)?;
        let (count, chain) = match row.as_deref() {
            Some([_, Cell::Int(count), Cell::Int(chain)]) => (*count, *chain),
            None => (0, 0),
            Some(_) => return Err(FoldError::new(event, "the row has another shape")),
        };
        let chain = chained(chain, &mark.token, mark.part);
        Ok(Some(vec![(self.key)(event, &mark), Cell::Int(count + 1), Cell::Int(chain)]))
    }
}

fn mark(event: &Recorded<RawEvent>) -> Result<Mark, FoldError> {
    serde_json::from_str(&event.event.payload).map_err(|error| FoldError::new(event, error))
}
