//! Inline views: brought up to date in the transaction of the appends.
//!
//! Their rows are read once for all appends of the batch, folded here append by append, each on what the one before it
//! leaves, and written once. An append whose view fails is left out, and the others are worked out again.

mod changes;
mod fold;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use freehold_domain::{Position, RawEvent, Recorded, Schema, SyncMode};
use freehold_ports::{
    Append, AppendError, EventKind, Folding, InlineError, NewEvent, Projection, RowId, StoredRow,
};
use futures_util::future::{try_join, try_join_all};
use postgres_types::ToSql;

pub(crate) use changes::{Changes, Write};

use crate::{
    append::MovedViews,
    apply,
    batch::meets,
    event_query,
    knowledge::Knowledge,
    resolution::Verdict,
    rows::{self, Prepares},
    transaction::Broken,
};

/// The name and the version of a view.
pub(crate) type ViewKey = (&'static str, u32);

/// An append that could not be taken in, by its place, and why.
pub(crate) type Failed = (usize, AppendError);

/// The views that appends name, and what is known of them.
pub(crate) struct Views {
    /// In one order for all, so that nobody waits for someone who waits.
    named: BTreeMap<ViewKey, Arc<dyn Projection>>,
    states: HashMap<ViewKey, ViewState>,
    rows: HashMap<ViewKey, HashMap<RowId, Option<StoredRow>>>,
}

/// Where a view is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ViewState {
    pub(crate) checkpoint: Position,
    /// The first event behind it that is meant, if its query is one that was asked.
    pub(crate) missed: Option<Position>,
}

/// Rows that are to be read.
pub(crate) struct Wanted {
    view: ViewKey,
    schema: &'static Schema,
    ids: Vec<RowId>,
}

/// Rows that are not known and have to be read before a batch can be sent on what is known.
pub(crate) struct Unread {
    wanted: Vec<Wanted>,
    /// How long it may take, in milliseconds.
    time_limit: i32,
}

/// Rows that were read, where there are any.
pub(crate) type Rows = Vec<(ViewKey, HashMap<RowId, Option<StoredRow>>)>;

/// What is asked of a view.
#[derive(Debug, ToSql)]
#[postgres(name = "asked_view")]
pub(crate) struct ViewRow<'v> {
    view: &'static str,
    version: i32,
    aggregates: Option<Vec<&'v str>>,
    names: Option<Vec<&'v str>>,
}

/// The longest that a view of the appends may take, if they name any.
pub(crate) fn timeout(appends: &[&Append]) -> Option<Duration> {
    appends.iter().flat_map(|append| &append.inline).map(|projection| projection.timeout()).max()
}

pub(crate) fn key(projection: &dyn Projection) -> ViewKey {
    (projection.schema().view, projection.schema().version)
}

impl<'v> ViewRow<'v> {
    fn of(projection: &'v dyn Projection) -> Self {
        let (aggregates, names) = kinds(projection).map(event_query::pairs).unzip();
        Self { view: projection.schema().view, version: apply::version(projection), aggregates, names }
    }
}

impl Views {
    pub(crate) fn of(appends: &[&Append]) -> Self {
        let named = appends.iter().flat_map(|append| &append.inline);
        let named = named.map(|projection| (key(projection.as_ref()), Arc::clone(projection))).collect();
        Self { named, states: HashMap::new(), rows: HashMap::new() }
    }

    /// The same with all that appends which hold need to know of them, given rows that were read; or which rows have to be
    /// read. `None` if more than rows is not known.
    pub(crate) fn known(
        appends: &[&Append],
        verdicts: &[Verdict],
        knowledge: &Knowledge,
        read: Rows,
    ) -> Option<Result<Self, Unread>> {
        let mut views = Self::of(appends);
        views.know_rows(read);
        for view in views.named.keys() {
            let checkpoint = knowledge.checkpoint(*view)?;
            views.states.insert(*view, ViewState { checkpoint, missed: None });
        }
        let mut wanted = views.unknown_rows(appends, verdicts).ok()?;
        for Wanted { view, ids, .. } in &mut wanted {
            let rows = views.rows.entry(*view).or_default();
            ids.retain(|id| match knowledge.row(*view, id) {
                Some(row) => {
                    rows.insert(id.clone(), row.clone());
                    false
                }
                None => true,
            });
        }
        wanted.retain(|wanted| !wanted.ids.is_empty());
        if wanted.is_empty() {
            return Some(Ok(views));
        }
        Some(Err(Unread { wanted, time_limit: views.time_limit()? }))
    }

    /// How far they come by changes, relying on where they are.
    pub(crate) fn moved(&self, changes: &Changes) -> MovedViews {
        let moves = changes.moved(|view| self.states.get(&view).map(|state| state.checkpoint));
        MovedViews { moves, time_limit: self.time_limit() }
    }

    /// What is asked of them, in order.
    pub(crate) fn asked(&self) -> Option<Vec<ViewRow<'_>>> {
        let rows = || self.named.values().map(|projection| ViewRow::of(projection.as_ref())).collect();
        (!self.named.is_empty()).then(rows)
    }

    /// The longest that any of them may take, in milliseconds.
    pub(crate) fn time_limit(&self) -> Option<i32> {
        let longest = self.named.values().map(|projection| projection.timeout()).max()?;
        Some(i32::try_from(longest.as_millis()).unwrap_or(i32::MAX).max(1))
    }

    /// Where they are, in order, and rows of them.
    pub(crate) fn know(&mut self, states: Vec<ViewState>, rows: Rows) {
        self.states = self.named.keys().copied().zip(states).collect();
        self.know_rows(rows);
    }

    pub(crate) fn know_rows(&mut self, rows: Rows) {
        for (view, rows) in rows {
            self.rows.entry(view).or_default().extend(rows);
        }
    }

    /// The rows that the appends touch and that are not known.
    pub(crate) fn unknown_rows(
        &self,
        appends: &[&Append],
        verdicts: &[Verdict],
    ) -> Result<Vec<Wanted>, Failed> {
        let mut wanted: HashMap<ViewKey, HashSet<RowId>> = HashMap::new();
        for (place, (append, verdict)) in appends.iter().zip(verdicts).enumerate() {
            let Verdict::Written(written) = verdict else { continue };
            for projection in by_priority(append) {
                let Some(events) = synchronous(projection.as_ref(), &written.events) else { continue };
                let view = key(projection.as_ref());
                let folding = Folding::new(projection.as_ref(), events).map_err(|error| {
                    let error = InlineError::Failed(error.to_string());
                    (place, AppendError::Inline { view: view.0, error })
                })?;
                let is_known =
                    |id: &&RowId| self.rows.get(&view).is_some_and(|known| known.contains_key(*id));
                let unknown = folding.ids().filter(|id| !is_known(id)).cloned();
                wanted.entry(view).or_default().extend(unknown);
            }
        }
        let one = |(view, ids): (ViewKey, HashSet<RowId>)| {
            let schema = self.named.get(&view)?.schema();
            Some(Wanted { view, schema, ids: ids.into_iter().collect() })
        };
        Ok(wanted.into_iter().filter_map(one).collect())
    }
}

impl Unread {
    /// Reads them as they are now, without a lock, in one round trip.
    pub(crate) async fn read(&self, on: &impl Prepares) -> Result<Rows, Broken> {
        let limit = format!("SET statement_timeout = {}", self.time_limit);
        let limited = async { Ok(on.client().batch_execute(&limit).await?) };
        Ok(try_join(limited, load(on, &self.wanted)).await?.1)
    }

    /// Whether something is done to one of them.
    pub(crate) fn is_touched_by(&self, changes: &Changes) -> bool {
        self.wanted.iter().any(|Wanted { view, ids, .. }| ids.iter().any(|id| changes.touch(*view, id)))
    }
}

/// Reads rows, one statement a view, none waiting for another.
pub(crate) async fn load(on: &impl Prepares, wanted: &[Wanted]) -> Result<Rows, Broken> {
    let one = async |wanted: &Wanted| {
        let ids: Vec<_> = wanted.ids.iter().collect();
        let loaded = rows::load(on, wanted.schema, &ids).await;
        let loaded = loaded.map_err(|fault| Broken { view: Some(wanted.view.0), fault })?;
        Ok((wanted.view, wanted.ids.iter().cloned().zip(loaded).collect()))
    };
    try_join_all(wanted.iter().map(one)).await
}

/// The kinds of events that a wholly synchronous view has to have taken in, if its query is of kinds alone.
fn kinds(projection: &dyn Projection) -> Option<Vec<&EventKind>> {
    let kinds = event_query::kinds_alone(projection.query())?;
    (!matches!(projection.sync(), SyncMode::Events(_)) && !kinds.is_empty()).then_some(kinds)
}

/// Whether a view has taken in all that it means of an append.
pub(crate) fn keeps_up(view: &Arc<dyn Projection>, append: &Append) -> bool {
    let is_meant = |new: &NewEvent| meets(append, new, view.query());
    append.inline.iter().any(|named| key(named.as_ref()) == key(view.as_ref()))
        || !append.events.iter().any(is_meant)
}

fn by_priority(append: &Append) -> Vec<&Arc<dyn Projection>> {
    let mut projections: Vec<_> = append.inline.iter().collect();
    projections.sort_by_key(|projection| Reverse(projection.priority()));
    projections
}

/// The events up to the last that is synchronous for the view, if any is.
fn synchronous<'e>(
    projection: &dyn Projection,
    events: &'e [Recorded<RawEvent>],
) -> Option<&'e [Recorded<RawEvent>]> {
    let last = events.iter().rposition(|event| {
        let name = &event.event.name;
        projection.sync().covers(name) && projection.query().matches(&event.stream, name, &[])
    })?;
    Some(&events[..=last])
}
