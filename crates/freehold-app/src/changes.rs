//! The changes of a view: which rows of a list have come, changed and gone, from a position of the log on.
//!
//! They are not read off the table, which does not know what is gone, but found in the log: whatever changes a row is an
//! event that the view folds, and the view says which rows an event touches. So nothing has to be kept for it.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use freehold_domain::{
    Ask, Cell, Comparison, Excerpt, Invalid, ItemOf, Position, RawEvent, Recorded, Row, RowKey, RowOf, Shape,
    Stored, Test, Violation,
};
use freehold_ports::{Projection, Scope, StoreError, StoredRow};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream, ReadyChunks},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Answered, Application, AskOptions, Caller, EventStream, QueryBus, QueryError, Subscription,
    backoff::Backoff,
    query_bus::{QueryRequest, request, typed_row},
};

/// How many events are looked at together.
const EVENTS: usize = 100;
/// How many rows are read at once.
const ROWS: usize = 200;

/// What one event has changed in a list.
#[derive(Clone)]
pub struct ListChange<T: Excerpt> {
    /// The position of the event: whoever has to begin anew goes on behind it.
    pub position: Position,
    /// The rows that it touches, at least one.
    pub rows: Vec<ChangedRow<T>>,
}

/// What has become of a row.
#[derive(Clone)]
pub enum ChangedRow<T: Excerpt> {
    /// It is in the list, and this is it.
    There(Stored<T>),
    /// It is not in the list: it was deleted, or does not match (any more).
    Gone(<T::Row as Row>::Key),
}

/// Changes as they happen. One that ends with an error goes on behind the last position that it has given.
pub type ChangeStream<T> = BoxStream<'static, Result<ListChange<T>, QueryError>>;

impl Application {
    /// Follows what happens to the rows that answer a query: behind a position of the log, or from now on, first what
    /// there was, then what comes, in the order of the log. It ends when the host stops.
    ///
    /// A row is told as it is when it is read, which may be newer than the position that it is told at; then it is told
    /// again. Whoever replaces rows by their keys, and forgets those that are gone, has what the query answers. The key of
    /// each row of the view that an event touches is told, also where the query leaves the row out.
    ///
    /// Each change waits until the view has taken it in; while that, or the store, takes long, nothing comes. What is not
    /// an event is not told: a view that is built anew, and a row that waited in the dead letters and is mended, until its
    /// next event. A `sort` and all that says which page is refused, and so is a query of a read model that is written in SQL,
    /// since which rows an event touches is not known there.
    pub async fn changes<Q: Ask>(
        &self,
        caller: Caller,
        query: Q,
        after: Option<Position>,
    ) -> Result<Answered<ChangeStream<ItemOf<Q>>>, QueryError> {
        let mut request = request::<Q>(caller, query.select().finish_changes()?, AskOptions::default());
        request.info.shape = Shape::Page;
        let columns = ItemOf::<Q>::columns();
        request.selection.read_only(&columns);
        self.may_ask(&request).await?;
        let position = self.beginning(after).await?;
        let projection = self.projection::<RowOf<Q>>()?;
        if projection.scripts().is_some() {
            let message =
                "changes of what is written in SQL cannot be told: which rows an event touches is not known";
            return Err(Invalid::because(Violation::at("", message)).into());
        }
        let subscription = Subscription::to(Scope::Tenant(request.caller.tenant.clone()))
            .matching(projection.query().clone())
            .after(position)
            .ahead(2 * EVENTS);
        let feed = Feed {
            list: List { bus: self.queries.clone(), request, columns: columns.len(), projection },
            events: self.subscribe(subscription).ready_chunks(EVENTS),
            stop: self.tasks.stop_token(),
        };
        let changes = stream::unfold(Some(feed), async |feed| feed?.next().await);
        Ok(Answered { answer: changes.map(stream::iter).flatten().boxed(), position })
    }

    /// Goes through all that queries go through, so that what stands in the way is told at once.
    async fn may_ask(&self, request: &QueryRequest) -> Result<(), QueryError> {
        let mut request = request.clone();
        request.selection.limit = 0;
        self.queries.read(request).await.map(|_| ())
    }

    async fn beginning(&self, after: Option<Position>) -> Result<Position, QueryError> {
        let end = self.database.end().await?;
        match after {
            Some(asked) if asked > end => Err(QueryError::BeyondTheLog { asked, end }),
            asked => Ok(asked.unwrap_or(end)),
        }
    }

    fn projection<R: Row>(&self) -> Result<Arc<dyn Projection>, QueryError> {
        let view = R::SCHEMA.view;
        self.views.get(view).cloned().ok_or_else(|| QueryError::Behind {
            view,
            position: Position::START,
            asked: Position::START,
            reason: "nothing brings it up to date".to_owned(),
        })
    }
}

/// What stands behind the changes of a list.
struct Feed {
    list: List,
    events: ReadyChunks<EventStream<Recorded<RawEvent>>>,
    stop: CancellationToken,
}

type Changes<T> = Vec<Result<ListChange<T>, QueryError>>;

impl Feed {
    /// What the next events have changed; `None` once the host has been told to stop.
    async fn next<T: Excerpt>(mut self) -> Option<(Changes<T>, Option<Self>)> {
        let events = self.events.next().await?;
        let changes = self.stop.run_until_cancelled(self.list.changed_by(&events)).await?;
        match changes {
            Ok(changes) => Some((changes.into_iter().map(Ok).collect(), Some(self))),
            Err(error) => Some((vec![Err(error)], None)),
        }
    }
}

/// The rows that answer a question.
struct List {
    bus: QueryBus,
    /// The question; it reads the key behind what is told.
    request: QueryRequest,
    /// How many columns are told.
    columns: usize,
    projection: Arc<dyn Projection>,
}

impl List {
    async fn changed_by<T: Excerpt>(
        &self,
        events: &[Recorded<RawEvent>],
    ) -> Result<Vec<ListChange<T>>, QueryError> {
        let touched = self.touched(events);
        let rows = self.rows(&touched).await?;
        self.changes(touched, rows)
    }

    /// By key, the last event that touches the row. One whose keys cannot be told waits in the dead letters.
    fn touched(&self, events: &[Recorded<RawEvent>]) -> HashMap<Vec<Cell>, Position> {
        let keys = |event: &Recorded<RawEvent>| self.projection.keys(event).unwrap_or_default();
        events.iter().flat_map(|event| keys(event).into_iter().map(|key| (key, event.position))).collect()
    }

    /// The rows of these keys that are in the list, once the view has taken in what touches them. What passes is waited
    /// for.
    async fn rows(
        &self,
        touched: &HashMap<Vec<Cell>, Position>,
    ) -> Result<HashMap<Vec<Cell>, StoredRow>, QueryError> {
        let at_least = touched.values().max().copied();
        let keys: Vec<_> = touched.keys().collect();
        let mut rows = HashMap::new();
        for comparisons in by_key(self.request.selection.schema.key, &keys) {
            let mut request = self.request.clone();
            request.selection.comparisons.extend(comparisons);
            request.options.at_least = at_least;
            for row in self.read(request).await? {
                rows.extend(self.request.selection.place_of(&row.cells).map(|key| (key, row)));
            }
        }
        Ok(rows)
    }

    async fn read(&self, request: QueryRequest) -> Result<Vec<StoredRow>, QueryError> {
        let mut backoff = Backoff::default();
        loop {
            match self.bus.read(request.clone()).await {
                Ok(rows) => return Ok(rows.rows),
                Err(error) if passes(&error) => backoff.pause().await,
                Err(error) => return Err(error),
            }
        }
    }

    /// In the order of the log. A row that is older than the event has not taken it in, and waits in the dead letters.
    fn changes<T: Excerpt>(
        &self,
        touched: HashMap<Vec<Cell>, Position>,
        mut rows: HashMap<Vec<Cell>, StoredRow>,
    ) -> Result<Vec<ListChange<T>>, QueryError> {
        let mut changes: BTreeMap<Position, Vec<ChangedRow<T>>> = BTreeMap::new();
        for (key, position) in touched {
            let row = match rows.remove(&key) {
                Some(row) if row.position < position => continue,
                Some(row) => ChangedRow::There(self.told(row)?),
                None => ChangedRow::Gone(self.key::<T>(&key)?),
            };
            changes.entry(position).or_default().push(row);
        }
        Ok(changes.into_iter().map(|(position, rows)| ListChange { position, rows }).collect())
    }

    fn told<T: Excerpt>(&self, mut row: StoredRow) -> Result<Stored<T>, StoreError> {
        row.cells.truncate(self.columns);
        typed_row(row)
    }

    fn key<T: Excerpt>(&self, key: &[Cell]) -> Result<<T::Row as Row>::Key, StoreError> {
        let table = self.request.selection.schema.table;
        let corrupt = |error| StoreError::Corrupt { reason: format!("a key of `{table}`: {error}") };
        RowKey::from_cells(key).map_err(corrupt)
    }
}

/// What finds the rows of these keys: many at once where a key is one column, else one by one.
fn by_key(columns: &[usize], keys: &[&Vec<Cell>]) -> Vec<Vec<Comparison>> {
    if let [column] = *columns {
        let list =
            |keys: &[&Vec<Cell>]| Test::OneOf(keys.iter().flat_map(|key| key.iter().cloned()).collect());
        return keys.chunks(ROWS).map(|keys| vec![Comparison { column, test: list(keys) }]).collect();
    }
    let one = |key: &&Vec<Cell>| {
        columns
            .iter()
            .zip(key.iter())
            .map(|(&column, cell)| Comparison::equal(column, cell.clone()))
            .collect()
    };
    keys.iter().map(one).collect()
}

/// Whether it may be otherwise when it is asked again.
fn passes(error: &QueryError) -> bool {
    matches!(
        error,
        QueryError::Behind { .. }
            | QueryError::TimedOut(_)
            | QueryError::Store(StoreError::Unavailable { .. })
    )
}

impl<T: Excerpt + fmt::Debug> fmt::Debug for ListChange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListChange").field("position", &self.position).field("rows", &self.rows).finish()
    }
}

impl<T: Excerpt + fmt::Debug> fmt::Debug for ChangedRow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::There(row) => f.debug_tuple("There").field(row).finish(),
            Self::Gone(_) => f.write_str("Gone"),
        }
    }
}
