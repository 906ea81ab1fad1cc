//! What the tests share: appends of steps, and a view that counts them.

use std::{sync::Arc, time::Duration};

use freehold_domain::{
    ActorId, Cell, CellKind, ColumnDef, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent,
    Recorded, Schema, Selection, StreamId, SyncMode, TenantId,
};
use freehold_ports::{
    Append, EventKind, EventQuery, EventStore, Expected, Fingerprint, FoldError, Migration, Migrations,
    NewEvent, Projection, Scope, StoreError, StoredRow, Versions, ViewStore,
};
use freehold_postgres::Postgres;
use uuid::Uuid;

pub(crate) const WALK: &str = "test.Walk";

pub(crate) const MIGRATIONS: Migrations = Migrations {
    postgres: &[
        Migration {
            name: "0001_walks",
            sql: r#"CREATE TABLE "walks" (
                "tenant_id" text COLLATE "C" NOT NULL,
                "id" uuid NOT NULL,
                "steps" bigint NOT NULL,
                "badge" text,
                "lasted" interval,
                "version" bigint NOT NULL,
                "position" bigint NOT NULL,
                PRIMARY KEY ("tenant_id", "id")
            )"#,
        },
        Migration {
            name: "0002_badges",
            sql: r#"CREATE UNIQUE INDEX "walks_by_badge" ON "walks" ("tenant_id", "badge")"#,
        },
    ],
    ..Migrations::none("test")
};

static WALKS: Schema = Schema {
    view: "test.Walks",
    version: 1,
    table: "walks",
    columns: &[
        ColumnDef { name: "id", kind: CellKind::Uuid, nullable: false },
        ColumnDef { name: "steps", kind: CellKind::Int, nullable: false },
        ColumnDef { name: "badge", kind: CellKind::Text, nullable: true },
        ColumnDef { name: "lasted", kind: CellKind::Duration, nullable: true },
    ],
    key: &[0],
};

pub(crate) fn tenant() -> TenantId {
    TenantId::platform()
}

/// One step of a walk, counted in the same transaction.
pub(crate) fn counted_step(walk: u128) -> Append {
    Append { inline: vec![Arc::new(Walks::new())], ..step(walk) }
}

/// A step that takes a badge, which no other walk may have.
pub(crate) fn badged_step(walk: u128, badge: &str) -> Append {
    let mut append = counted_step(walk);
    append.events[0].event.payload = format!("\"{badge}\"");
    append
}

/// The badge of a walk that lasts longer than a column can hold.
pub(crate) const ENDLESS: &str = "endless";

/// One step of a walk.
pub(crate) fn step(walk: u128) -> Append {
    let event = RawEvent { name: "Stepped".into(), version: 1, payload: "null".into() };
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

/// The same append as a command of this id, whose outcome is recorded.
pub(crate) fn once(append: Append, command: u128) -> Append {
    let metadata = Metadata { command: CommandId(Uuid::from_u128(command)), ..append.metadata };
    Append { metadata, once: Some(Fingerprint(Uuid::from_u128(command))), ..append }
}

/// The whole log, whose positions are dense.
pub(crate) async fn log(database: &Postgres) -> Vec<Recorded<RawEvent>> {
    let everything = EventQuery::all();
    let log = database.read_all(&Scope::EveryTenant, Position::START, &everything, usize::MAX).await.unwrap();
    for (position, event) in (1..).zip(&log.events) {
        assert_eq!(event.position, Position(position));
    }
    log.events
}

/// The events of a walk.
pub(crate) async fn read(database: &Postgres, walk: u128) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
    database.read_stream(&tenant(), &step(walk).stream, Versions::ALL).await
}

/// How many events are in the log.
pub(crate) async fn count_events(database: &Postgres) -> usize {
    log(database).await.len()
}

/// The rows of the view, by their ids.
pub(crate) async fn walks(database: &Postgres) -> Vec<StoredRow> {
    let selection = Selection::all(&WALKS);
    database.select(&tenant(), &selection).await.unwrap()
}

/// How many steps the view has counted, over all walks.
pub(crate) async fn count_steps(database: &Postgres) -> u64 {
    walks(database).await.iter().map(|row| row.version.0).sum()
}

/// The view that counts the steps of a walk, and knows its badge.
pub(crate) struct Walks {
    query: EventQuery,
    timeout: Duration,
}

impl Walks {
    pub(crate) fn new() -> Self {
        Self::within(Duration::from_mins(1))
    }

    /// The same with a time-out of its own.
    pub(crate) fn within(timeout: Duration) -> Self {
        let stepped = EventKind { aggregate: WALK.into(), name: "Stepped".into() };
        Self { query: EventQuery::kinds(vec![stepped]), timeout }
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
        SyncMode::Sync
    }

    fn priority(&self) -> i32 {
        0
    }

    fn timeout(&self) -> Duration {
        self.timeout
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
        let (mut steps, mut badge) = match row.as_deref() {
            Some([_, Cell::Int(steps), badge, _]) => (*steps, badge.clone()),
            _ => (0, Cell::Null),
        };
        for event in events {
            steps += 1;
            if let Some(text) = serde_json::from_str(&event.event.payload).unwrap() {
                badge = Cell::Text(text);
            }
        }
        let is_endless = badge == Cell::Text(ENDLESS.into());
        let lasted = if is_endless { Cell::Duration(freehold_domain::Duration::MAX) } else { Cell::Null };
        Ok(Some(vec![Cell::Uuid(events[0].stream.id()), Cell::Int(steps), badge, lasted]))
    }
}
