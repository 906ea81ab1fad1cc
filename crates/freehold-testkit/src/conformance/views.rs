//! The sample views of the suite, written by hand: their tables and their folds.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use freehold_domain::{Cell, CellKind, ColumnDef, RawEvent, Recorded, Schema, StreamId, SyncMode};
use freehold_ports::{EventKind, EventQuery, FoldError, Migration, Migrations, Projection};
use uuid::Uuid;

use super::sample::{Draft, Parcel, append_raw, kinds, weighed};

/// Whoever is called so is no key, unless the view is mended.
pub(super) const UNKEYED: &str = "unkeyed";

/// The tables of the suite's own views.
pub const MIGRATIONS: Migrations = Migrations {
    context: "conformance",
    sqlite: &[Migration { name: "0001_conformance", sql: include_str!("sqlite/0001_conformance.sql") }],
    postgres: &[Migration { name: "0001_conformance", sql: include_str!("postgres/0001_conformance.sql") }],
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
    columns: &[
        required("owner", CellKind::Text),
        required("parcels", CellKind::Int),
        required("trail", CellKind::Text),
    ],
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

/// What each is called that nobody else may be called.
pub(super) static BADGES: Schema = Schema {
    view: "conformance.Badge",
    version: 1,
    table: "conformance_badges",
    columns: &[required("id", CellKind::Uuid), required("badge", CellKind::Text)],
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

type Keys = fn(&Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError>;
type Fold = fn(&[Cell], Option<Vec<Cell>>, &Recorded<RawEvent>) -> Result<Option<Vec<Cell>>, FoldError>;

/// A view of the suite.
#[derive(Clone)]
pub(super) struct View {
    schema: &'static Schema,
    query: EventQuery,
    sync: SyncMode,
    priority: i32,
    timeout: Duration,
    keys: Keys,
    fold: Fold,
    /// Whether it takes in what is broken.
    mended: bool,
    /// Whether its rows tell that they are of other code.
    marked: bool,
    diary: Diary,
}

/// Which views have folded, in order.
pub(super) type Diary = Arc<Mutex<Vec<&'static str>>>;

/// The view of parcels. Its fold tells every order of events from every other.
pub(super) fn tallies(sync: SyncMode) -> View {
    let keys: Keys = |event| Ok(vec![vec![Cell::Uuid(event.stream.id())]]);
    View::new(&TALLIES, kinds(&Parcel::NAMES), sync, keys, |_, row, event| fold_tally(row, event))
}

/// The view of owners. A row that has seen four events is gone.
pub(super) fn owners(sync: SyncMode) -> View {
    let keys: Keys = |event| match Parcel::decode(&event.event) {
        Parcel::Booked { owner } | Parcel::Moved { to: owner } => Ok(vec![vec![Cell::Text(owner)]]),
        _ => Ok(Vec::new()),
    };
    View::new(&OWNERS, kinds(&["Booked", "Moved", "Weighed"]), sync, keys, |_, row, event| {
        fold_owner(row, event)
    })
}

/// A view of which every event touches two rows: the one that it names, and the post's. The row `stuck` takes nothing in.
pub(super) fn transfers() -> View {
    let keys: Keys = |event| match Parcel::decode(&event.event) {
        Parcel::Booked { owner } | Parcel::Moved { to: owner } => {
            // What is named twice is touched once.
            Ok([owner, "post".to_owned(), "post".to_owned()].map(|name| vec![Cell::Text(name)]).into())
        }
        _ => Ok(Vec::new()),
    };
    View::new(&OWNERS, kinds(&["Booked", "Moved"]), SyncMode::Async, keys, |key, row, event| {
        if key == [Cell::Text("stuck".to_owned())] {
            return Err(FoldError::new(event, "it is stuck"));
        }
        let row = row.unwrap_or_else(|| vec![key[0].clone(), Cell::Int(0), Cell::Text(String::new())]);
        let [name, Cell::Int(parcels), Cell::Text(trail)] = row.as_slice() else {
            return Err(FoldError::new(event, "the row has another shape"));
        };
        let trail = format!("{trail}/{}", event.position);
        Ok(Some(vec![name.clone(), Cell::Int(parcels + 1), Cell::Text(trail)]))
    })
}

/// A view whose rows are what its events carry.
pub(super) fn shown(schema: &'static Schema) -> View {
    let query =
        EventQuery::kinds(vec![EventKind { aggregate: schema.view.to_owned(), name: "Shown".to_owned() }]);
    let keys: Keys = |event| {
        let schema = if event.stream.aggregate() == LINES.view { &LINES } else { &SPECIMENS };
        Ok(vec![schema.key_of(&cells_of(event))])
    };
    View::new(schema, query, SyncMode::Sync, keys, |_, _, event| Ok(Some(cells_of(event))))
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
    let row = row.unwrap_or_else(|| vec![Cell::Null, Cell::Int(0), Cell::Text(String::new())]);
    let [_, Cell::Int(parcels), Cell::Text(trail)] = row.as_slice() else {
        return Err(FoldError::new(event, "the row has another shape"));
    };
    let next = vec![Cell::Text(owner), Cell::Int(parcels + 1), Cell::Text(format!("{trail}{mark}"))];
    Ok((*parcels < 3).then_some(next))
}

impl View {
    fn new(schema: &'static Schema, query: EventQuery, sync: SyncMode, keys: Keys, fold: Fold) -> Self {
        let (timeout, diary) = (Duration::from_mins(1), Diary::default());
        Self { schema, query, sync, priority: 0, timeout, keys, fold, mended: false, marked: false, diary }
    }

    /// One that takes in what is broken, and finds a key for what has none.
    pub(super) fn mended(mut self) -> Self {
        self.mended = true;
        self
    }

    /// One whose rows of parcels are not those of the view that is not.
    pub(super) fn marked(mut self) -> Self {
        self.marked = true;
        self
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

    fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        if !self.mended && event.event.payload.contains(UNKEYED) {
            return Err(FoldError::new(event, "it has no key"));
        }
        (self.keys)(event)
    }

    fn fold(
        &self,
        key: &[Cell],
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        self.diary.lock().expect("nothing panics over it").push(self.schema.view);
        let folded = events.iter().try_fold(row, |row, event| {
            if self.mended && event.event.name == "Broken" {
                let event = Recorded { event: weighed(0).encode(), ..(*event).clone() };
                return (self.fold)(key, row, &event);
            }
            (self.fold)(key, row, event)
        });
        let Ok(Some(mut cells)) = folded else { return folded };
        if let (true, Some(Cell::Text(trail))) = (self.marked, cells.last_mut())
            && !trail.ends_with('!')
        {
            *trail = format!("{}!", trail.replace('!', ""));
        }
        Ok(Some(cells))
    }
}
