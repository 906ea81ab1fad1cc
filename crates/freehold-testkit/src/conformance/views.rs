//! The sample views of the suite, written by hand: their tables, their folds, and what has to be in their rows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use freehold_domain::{
    Cell, CellKind, ColumnDef, Order, Position, RawEvent, Recorded, Schema, Selection, StreamId, SyncMode, TenantId,
    Version,
};
use freehold_ports::{
    ApplyError, Database, EventKind, EventQuery, FoldError, Migration, Migrations, Projection, RowId, Scope, StoredRow,
};
use uuid::Uuid;

use super::sample::{Draft, Parcel, append_raw, kinds};

/// The tables of the suite's own views.
pub const MIGRATIONS: Migrations = Migrations {
    context: "conformance",
    sqlite: &[Migration { name: "0001_conformance", sql: include_str!("0001_conformance.sql") }],
};

/// Parcels, keyed by their stream.
pub(super) static TALLIES: Schema = tallies_schema(1);
/// The same in a later version.
pub(super) static LATER_TALLIES: Schema = tallies_schema(2);

const fn tallies_schema(version: u32) -> Schema {
    const COLUMNS: &[ColumnDef] = &[
        required("id", CellKind::Uuid),
        optional("owner", CellKind::Text),
        required("grams", CellKind::Int),
        required("trail", CellKind::Text),
    ];
    Schema { view: "conformance.Tally", version, table: "conformance_tallies", columns: COLUMNS, key: &[0] }
}

/// Owners, each a row over many streams.
pub(super) static OWNERS: Schema = Schema {
    view: "conformance.Owner",
    version: 1,
    table: "conformance_owners",
    columns: &[required("owner", CellKind::Text), required("parcels", CellKind::Int), required("trail", CellKind::Text)],
    key: &[0],
};

/// A column of every kind.
pub(super) static SPECIMENS: Schema = Schema {
    view: "conformance.Specimen",
    version: 1,
    table: "conformance_specimens",
    columns: &[
        required("id", CellKind::Uuid),
        optional("truth", CellKind::Bool),
        optional("number", CellKind::Int),
        optional("weight", CellKind::Decimal),
        optional("words", CellKind::Text),
        optional("day", CellKind::Date),
        optional("moment", CellKind::Timestamp),
        optional("took", CellKind::Duration),
        optional("reference", CellKind::Uuid),
        optional("extra", CellKind::Json),
        required("price", CellKind::Decimal),
        required("order", CellKind::Text),
    ],
    key: &[0],
};

/// A key of several columns.
pub(super) static LINES: Schema = Schema {
    view: "conformance.Line",
    version: 1,
    table: "conformance_lines",
    columns: &[
        required("weight", CellKind::Decimal),
        required("note", CellKind::Text),
        required("list", CellKind::Text),
        required("number", CellKind::Int),
    ],
    key: &[2, 3, 0],
};

const fn required(name: &'static str, kind: CellKind) -> ColumnDef {
    ColumnDef { name, kind, nullable: false }
}

const fn optional(name: &'static str, kind: CellKind) -> ColumnDef {
    ColumnDef { name, kind, nullable: true }
}

type Key = fn(&Recorded<RawEvent>) -> Option<Vec<Cell>>;
type Fold = fn(Option<Vec<Cell>>, &Recorded<RawEvent>) -> Result<Option<Vec<Cell>>, FoldError>;

/// A view of the suite.
#[derive(Clone)]
pub(super) struct View {
    schema: &'static Schema,
    query: EventQuery,
    sync: SyncMode,
    priority: i32,
    timeout: Duration,
    key: Key,
    fold: Fold,
    diary: Diary,
}

/// Which views have folded, in order.
pub(super) type Diary = Arc<Mutex<Vec<&'static str>>>;

/// The view of parcels. Its fold tells every order of events from every other.
pub(super) fn tallies(sync: SyncMode) -> View {
    let key: Key = |event| Some(vec![Cell::Uuid(event.stream.id())]);
    View::new(&TALLIES, kinds(&Parcel::NAMES), sync, key, fold_tally)
}

/// The view of owners. A row that has seen four events is gone.
pub(super) fn owners(sync: SyncMode) -> View {
    let key: Key = |event| match Parcel::decode(&event.event) {
        Parcel::Booked { owner } | Parcel::Moved { to: owner } => Some(vec![Cell::Text(owner)]),
        _ => None,
    };
    View::new(&OWNERS, kinds(&["Booked", "Moved", "Weighed"]), sync, key, fold_owner)
}

/// A view whose rows are what its events carry.
pub(super) fn shown(schema: &'static Schema) -> View {
    let query = EventQuery::kinds(vec![EventKind { aggregate: schema.view.to_owned(), name: "Shown".to_owned() }]);
    let key: Key = |event| {
        let schema = if event.stream.aggregate() == LINES.view { &LINES } else { &SPECIMENS };
        Some(schema.key_of(&cells_of(event)))
    };
    View::new(schema, query, SyncMode::Sync, key, |_, event| Ok(Some(cells_of(event))))
}

/// An append after which the table holds these rows.
pub(super) fn show(schema: &'static Schema, rows: impl IntoIterator<Item = Vec<Cell>>) -> Draft {
    let event = |cells: Vec<Cell>| RawEvent {
        name: "Shown".to_owned(),
        version: 1,
        payload: serde_json::to_string(&cells).expect("cells are data"),
    };
    let stream = StreamId::new(schema.view, Uuid::from_u128(1));
    append_raw(stream, rows.into_iter().map(event)).inline(&shown(schema).arc())
}

fn cells_of(event: &Recorded<RawEvent>) -> Vec<Cell> {
    serde_json::from_str(&event.event.payload).expect("the suite wrote it")
}

fn fold_tally(row: Option<Vec<Cell>>, event: &Recorded<RawEvent>) -> Result<Option<Vec<Cell>>, FoldError> {
    let id = Cell::Uuid(event.stream.id());
    let row = row.unwrap_or_else(|| vec![id.clone(), Cell::Null, Cell::Int(0), Cell::Text(String::new())]);
    let [_, owner, Cell::Int(grams), Cell::Text(trail)] = row.as_slice() else {
        return Err(FoldError::new(event, "the row has another shape"));
    };
    let (mut owner, mut grams) = (owner.clone(), *grams);
    let mark = match Parcel::decode(&event.event) {
        Parcel::Booked { owner: booked } => {
            owner = Cell::Text(booked);
            "b"
        }
        Parcel::Weighed { grams: more } => {
            grams = grams.wrapping_mul(31).wrapping_add(more);
            "w"
        }
        Parcel::Moved { .. } => "m",
        Parcel::Purged {} => return Ok(None),
        Parcel::Broken {} => return Err(FoldError::new(event, "it is broken")),
        Parcel::Cursed {} => panic!("it is cursed"),
    };
    Ok(Some(vec![id, owner, Cell::Int(grams), Cell::Text(format!("{trail}{mark}"))]))
}

fn fold_owner(row: Option<Vec<Cell>>, event: &Recorded<RawEvent>) -> Result<Option<Vec<Cell>>, FoldError> {
    let (owner, mark) = match Parcel::decode(&event.event) {
        Parcel::Booked { owner } => (owner, "b"),
        Parcel::Moved { to } => (to, "m"),
        _ => return Err(FoldError::new(event, "it has no owner")),
    };
    let (parcels, trail) = match row.as_deref() {
        Some([_, Cell::Int(parcels), Cell::Text(trail)]) => (*parcels, trail.clone()),
        _ => (0, String::new()),
    };
    let row = vec![Cell::Text(owner), Cell::Int(parcels + 1), Cell::Text(format!("{trail}{mark}"))];
    Ok((parcels < 3).then_some(row))
}

impl View {
    fn new(schema: &'static Schema, query: EventQuery, sync: SyncMode, key: Key, fold: Fold) -> Self {
        let timeout = Duration::from_mins(1);
        Self { schema, query, sync, priority: 0, timeout, key, fold, diary: Diary::default() }
    }

    pub(super) fn with_priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    pub(super) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(super) fn with_schema(mut self, schema: &'static Schema) -> Self {
        self.schema = schema;
        self
    }

    /// Writes down there when it folds.
    pub(super) fn with_diary(mut self, diary: &Diary) -> Self {
        self.diary = Arc::clone(diary);
        self
    }

    pub(super) fn arc(self) -> Arc<dyn Projection> {
        Arc::new(self)
    }
}

impl Projection for View {
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
        self.priority
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }

    fn key(&self, event: &Recorded<RawEvent>) -> Result<Option<Vec<Cell>>, FoldError> {
        Ok((self.key)(event))
    }

    fn fold(
        &self,
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        self.diary.lock().expect("nothing panics over it").push(self.schema.view);
        events.iter().try_fold(row, |row, event| (self.fold)(row, event))
    }
}

/// Everything in a table that belongs to a tenant, in the order of the keys.
pub(super) async fn rows(db: &Arc<dyn Database>, tenant: &TenantId, schema: &'static Schema) -> Vec<StoredRow> {
    select(db, tenant, &all_of(schema)).await
}

pub(super) async fn select(db: &Arc<dyn Database>, tenant: &TenantId, selection: &Selection) -> Vec<StoredRow> {
    db.select(tenant, selection).await.expect("the rows can be read")
}

/// The selection of every row.
pub(super) fn all_of(schema: &'static Schema) -> Selection {
    Selection {
        schema,
        comparisons: Vec::new(),
        search: None,
        order: Order { column: None, descending: false },
        after: None,
        limit: u32::MAX,
    }
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
    db.apply(projection, after, batch).await?;
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
        if !projection.query().matches(event.stream.aggregate(), &event.event.name, &[]) {
            continue;
        }
        let Some(key) = projection.key(event).expect("it has a key") else { continue };
        let is_keyed_by_stream = key == [Cell::Uuid(event.stream.id())];
        let id = RowId { tenant: event.tenant.clone(), key };
        let before = rows.remove(&id);
        let changes = before.as_ref().map_or(0, |row| row.version.0);
        let version = if is_keyed_by_stream { event.version } else { Version(changes + 1) };
        let cells = projection.fold(before.map(|row| row.cells), &[event]).expect("it can be taken in");
        let row = cells.map(|cells| StoredRow { cells, version, position: event.position });
        rows.extend(row.map(|row| (id, row)));
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
