//! What the tests share: appends of steps, and a view that counts them.

use std::{path::Path, sync::Arc, time::Duration};

use freehold_domain::{
    ActorId, Cell, CellKind, ColumnDef, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent,
    Recorded, Schema, Selection, StreamId, SyncMode, TenantId,
};
use freehold_ports::{
    Append, EventKind, EventQuery, EventStore, Expected, FoldError, Migration, Migrations, Migrator,
    NewEvent, Projection, Scope, ViewStore,
};
use freehold_sqlite::Sqlite;
use uuid::Uuid;

pub(crate) const WALK: &str = "test.Walk";

pub(crate) const MIGRATIONS: Migrations = Migrations {
    sqlite: &[Migration {
        name: "0001_walks",
        sql: r#"CREATE TABLE "walks" (
            "tenant_id" TEXT NOT NULL,
            "id" TEXT NOT NULL,
            "steps" INTEGER NOT NULL,
            "version" INTEGER NOT NULL,
            "position" INTEGER NOT NULL,
            PRIMARY KEY ("tenant_id", "id")
        ) STRICT"#,
    }],
    ..Migrations::none("test")
};

static WALKS: Schema = Schema {
    view: "test.Walks",
    version: 1,
    table: "walks",
    columns: &[
        ColumnDef { name: "id", kind: CellKind::Uuid, nullable: false },
        ColumnDef { name: "steps", kind: CellKind::Int, nullable: false },
    ],
    key: &[0],
};

/// Opens a database that has the table of the view.
pub(crate) async fn open(path: &Path) -> Sqlite {
    let database = Sqlite::open(path).await.unwrap();
    database.migrate(&[MIGRATIONS]).await.unwrap();
    database
}

pub(crate) fn tenant() -> TenantId {
    TenantId::platform()
}

/// One step of a walk, counted in the same transaction.
pub(crate) fn step(walk: u128) -> Append {
    Append { inline: vec![Arc::new(Walks::new(SyncMode::Sync))], ..plain_step(walk) }
}

/// One step of a walk.
pub(crate) fn plain_step(walk: u128) -> Append {
    let event = RawEvent { name: "Stepped".into(), version: 1, payload: "{}".into() };
    let time = "2026-01-15T09:30:00Z".parse().unwrap();
    let (correlation, command) = (CorrelationId(Uuid::nil()), CommandId(Uuid::nil()));
    Append {
        tenant: tenant(),
        stream: StreamId::new(WALK, Uuid::from_u128(walk)),
        expected: Expected::Any,
        unless: Vec::new(),
        events: vec![NewEvent { id: EventId(Uuid::from_u128(walk)), event, tags: Vec::new() }],
        metadata: Metadata { time, actor: ActorId::system(), correlation, causation: None, command },
        once: None,
        inline: Vec::new(),
    }
}

/// How many events are in the log, whose positions are dense.
pub(crate) async fn count_events(database: &Sqlite) -> u64 {
    let log = database
        .read_all(&Scope::EveryTenant, Position::START, &EventQuery::all(), usize::MAX)
        .await
        .unwrap();
    for (position, event) in (1..).zip(&log.events) {
        assert_eq!(event.position, Position(position));
    }
    log.events.len() as u64
}

/// How many steps the view has counted, over all walks.
pub(crate) async fn count_steps(database: &Sqlite) -> u64 {
    let selection = Selection::all(&WALKS);
    let rows = database.select(&tenant(), &selection).await.unwrap();
    rows.iter().map(|row| row.version.0).sum()
}

/// The view that counts the steps of a walk, until it ends.
pub(crate) struct Walks {
    query: EventQuery,
    sync: SyncMode,
}

impl Walks {
    pub(crate) fn new(sync: SyncMode) -> Self {
        let kind = |name: &str| EventKind { aggregate: WALK.into(), name: name.into() };
        Self { query: EventQuery::kinds(["Stepped", "Ended"].map(kind).into()), sync }
    }
}

impl Projection for Walks {
    fn schema(&self) -> &'static Schema {
        &WALKS
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
        Duration::from_mins(1)
    }

    fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        Ok(vec![vec![Cell::Uuid(event.stream.id())]])
    }

    fn fold(
        &self,
        _: &[Cell],
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        if events.iter().any(|event| event.event.name == "Ended") {
            return Ok(None);
        }
        let before = match row.as_deref() {
            Some([_, Cell::Int(steps)]) => *steps,
            _ => 0,
        };
        let steps = before + i64::try_from(events.len()).unwrap();
        Ok(Some(vec![Cell::Uuid(events[0].stream.id()), Cell::Int(steps)]))
    }
}
