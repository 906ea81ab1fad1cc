//! Inline views: brought up to date in the transaction of the appends.
//!
//! Their rows are read once for all appends of the batch, folded here append by append, each on what the one before it
//! leaves, and written once. An append whose view fails is left out, and the others are worked out again.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_domain::{Cell, Position, RawEvent, Recorded, Schema, SyncMode, Version};
use freehold_ports::{
    Append, AppendError, EventKind, FoldError, Folding, InlineError, NewEvent, Projection, RowChange, RowId,
    Scope, StoredRow,
};
use futures_util::future::try_join_all;
use postgres_types::ToSql;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use crate::{
    append::{MovedView, MovedViews},
    apply, event_query,
    events::{Reading, integer},
    fault::{Fault, Stop},
    knowledge::Knowledge,
    readers::stream,
    resolution::Verdict,
    rows::{self, Prepares},
    sql,
    transaction::{Broken, Link},
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

/// What appends do to views.
#[derive(Default)]
pub(crate) struct Changes {
    views: Vec<ViewChange>,
}

/// What appends do to one view.
struct ViewChange {
    projection: Arc<dyn Projection>,
    rows: HashMap<RowId, Option<StoredRow>>,
    /// Up to where a wholly synchronous view has taken the log in.
    taken_in: Position,
    tombstones: HashMap<RowId, (Version, Position)>,
}

/// One view's share of an append.
struct Share<'s> {
    link: &'s Link,
    projection: &'s Arc<dyn Projection>,
    events: &'s [Recorded<RawEvent>],
    /// What the appends before it write.
    earlier: &'s [&'s [Recorded<RawEvent>]],
    /// How far the log went before all of them.
    head: Position,
}

/// A statement that brings a view up to date: on its way as soon as it is polled.
pub(crate) struct Write<'c> {
    view: &'static str,
    what: What<'c>,
}

enum What<'c> {
    Rows(rows::Write<'c>),
    Tombstones(Statement, Tombstones<'c>),
}

/// Deleted rows with the events that they have taken in, for the worker that has still to come to them: a list a column.
struct Tombstones<'c> {
    view: &'static str,
    view_version: i32,
    tenants: Vec<&'c str>,
    streams: Vec<Uuid>,
    versions: Vec<i64>,
    positions: Vec<i64>,
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

    /// The same with all that appends which hold need to know of them; `None` if not all of it is known.
    pub(crate) fn known(appends: &[&Append], verdicts: &[Verdict], knowledge: &Knowledge) -> Option<Self> {
        let mut views = Self::of(appends);
        for view in views.named.keys() {
            let checkpoint = knowledge.checkpoint(*view)?;
            views.states.insert(*view, ViewState { checkpoint, missed: None });
        }
        for Wanted { view, ids, .. } in views.unknown_rows(appends, verdicts).ok()? {
            let row = |id: RowId| knowledge.row(view, &id).cloned().map(|row| (id, row));
            views.rows.insert(view, ids.into_iter().map(row).collect::<Option<_>>()?);
        }
        Some(views)
    }

    /// How far they come by changes, relying on where they are.
    pub(crate) fn moved(&self, changes: &Changes) -> MovedViews {
        let known = |view: MovedView| MovedView {
            known: self
                .states
                .get(&(view.view, view.version.unsigned_abs()))
                .map(|state| integer(state.checkpoint.0)),
            ..view
        };
        let moves = changes.moved().map(|moves| moves.into_iter().map(known).collect());
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

    /// Reads rows, one statement a view, none waiting for another.
    pub(crate) async fn load(&self, link: &Link, wanted: &[Wanted]) -> Result<Rows, Broken> {
        let one = async |wanted: &Wanted| {
            let ids: Vec<_> = wanted.ids.iter().collect();
            let loaded = rows::load(link, wanted.schema, &ids).await;
            let loaded = loaded.map_err(|fault| Broken { view: Some(wanted.view.0), fault })?;
            Ok((wanted.view, wanted.ids.iter().cloned().zip(loaded).collect()))
        };
        try_join_all(wanted.iter().map(one)).await
    }

    /// What the appends that are to be written do to their views, those of higher priority first.
    pub(crate) async fn work_out(
        &self,
        link: &Link,
        appends: &[&Append],
        verdicts: &[Verdict],
        head: Position,
    ) -> Result<Result<Changes, Failed>, Broken> {
        let mut changes = Changes::default();
        if self.named.is_empty() {
            return Ok(Ok(changes));
        }
        let mut earlier: Vec<&[Recorded<RawEvent>]> = Vec::new();
        for (place, (append, verdict)) in appends.iter().zip(verdicts).enumerate() {
            let Verdict::Written(written) = verdict else { continue };
            for projection in by_priority(append) {
                let Some(events) = synchronous(projection.as_ref(), &written.events) else { continue };
                let share = Share { link, projection, events, earlier: &earlier, head };
                let view = projection.schema().view;
                if let Err(error) = self.take_in(&share, &mut changes).await? {
                    return Ok(Err((place, AppendError::Inline { view, error })));
                }
            }
            earlier.push(&written.events);
        }
        Ok(Ok(changes))
    }

    /// A fold cannot be cut short; that it took too long is found out afterwards.
    async fn take_in(
        &self,
        share: &Share<'_>,
        changes: &mut Changes,
    ) -> Result<Result<(), InlineError>, Broken> {
        let (begun, limit) = (Instant::now(), share.projection.timeout());
        let view = changes.of(share.projection, || self.state(share.projection.as_ref()).checkpoint);
        let done = match share.projection.sync() {
            SyncMode::Events(_) => self.catch_up_and_fold(share, view).await,
            _ => self.fold(share, view).await,
        };
        if begun.elapsed() > limit {
            return Ok(Err(InlineError::TimedOut(limit)));
        }
        match done {
            Ok(()) => Ok(Ok(())),
            Err(Stop::Refused(error)) => Ok(Err(InlineError::Failed(error.to_string()))),
            Err(Stop::Fault(fault)) => Err(Broken { view: Some(share.projection.schema().view), fault }),
        }
    }

    fn state(&self, projection: &dyn Projection) -> ViewState {
        self.states.get(&key(projection)).copied().unwrap_or_default()
    }

    /// A wholly synchronous view: the rows move with the log, and the checkpoint with the rows.
    async fn fold(&self, share: &Share<'_>, view: &mut ViewChange) -> Result<(), Stop<FoldError>> {
        self.must_have_taken_in(share, view).await?;
        let folding = Folding::new(share.projection.as_ref(), share.events).map_err(Stop::Refused)?;
        let rows = self.rows(view, folding.ids());
        view.rows.extend(changed(folding.changes(rows).map_err(Stop::Refused)?));
        view.taken_in = share.last().position;
        Ok(())
    }

    /// Rows that lack an earlier event would be wrong for good.
    async fn must_have_taken_in(
        &self,
        share: &Share<'_>,
        view: &mut ViewChange,
    ) -> Result<(), Stop<FoldError>> {
        let query = share.projection.query();
        if view.taken_in < share.head {
            if let Some(missed) = self.missed(share, view).await? {
                return Err(Stop::Refused(behind(share, &share.event_at(missed).await?)));
            }
            view.taken_in = share.head;
        }
        let meant = |event: &&Recorded<RawEvent>| {
            event.position > view.taken_in && query.matches(&event.stream, &event.event.name, &[])
        };
        match share.earlier.iter().copied().flatten().find(meant) {
            Some(missed) => Err(Stop::Refused(behind(share, missed))),
            None => Ok(()),
        }
    }

    /// The first event in the log that the view has not taken in.
    async fn missed(&self, share: &Share<'_>, view: &ViewChange) -> Result<Option<Position>, Fault> {
        let projection = share.projection.as_ref();
        if kinds(projection).is_some() {
            return Ok(self.state(projection).missed);
        }
        let part = event_query::Part { after: view.taken_in, until: share.head, limit: 1 };
        let missed =
            event_query::positions(share.link, &Scope::EveryTenant, part, projection.query()).await?;
        Ok(missed.first().copied())
    }

    /// A view that is synchronous for some events: it first takes in those of the stream that its worker has not come
    /// to.
    async fn catch_up_and_fold(
        &self,
        share: &Share<'_>,
        view: &mut ViewChange,
    ) -> Result<(), Stop<FoldError>> {
        let mut folding = Folding::new(share.projection.as_ref(), share.events).map_err(Stop::Refused)?;
        must_be_keyed_by_stream(&folding)?;
        let rows = self.rows(view, folding.ids());
        let Some(row) = rows.first() else { return Ok(()) };
        let taken_in = row.as_ref().map_or(Version::NONE, |row| row.version);
        let earlier = share.log_before(folding.first_event(0), taken_in).await?;
        folding.precede(0, &earlier).map_err(Stop::Refused)?;
        let changes = folding.changes(rows).map_err(Stop::Refused)?;
        let last = share.last();
        for change in &changes {
            if change.row.is_none() {
                view.tombstones.insert(change.id.clone(), (last.version, last.position));
            }
        }
        view.rows.extend(changed(changes));
        Ok(())
    }

    /// The rows as the appends so far leave them.
    fn rows<'i>(&self, view: &ViewChange, ids: impl Iterator<Item = &'i RowId>) -> Vec<Option<StoredRow>> {
        let read = self.rows.get(&key(view.projection.as_ref()));
        let row = |id: &RowId| match view.rows.get(id) {
            Some(changed) => changed.clone(),
            None => read.and_then(|rows| rows.get(id)).cloned().flatten(),
        };
        ids.map(row).collect()
    }
}

impl Changes {
    fn of(
        &mut self,
        projection: &Arc<dyn Projection>,
        taken_in: impl FnOnce() -> Position,
    ) -> &mut ViewChange {
        let known =
            self.views.iter().position(|view| key(view.projection.as_ref()) == key(projection.as_ref()));
        let place = known.unwrap_or_else(|| {
            self.views.push(ViewChange {
                projection: Arc::clone(projection),
                rows: HashMap::new(),
                taken_in: taken_in(),
                tombstones: HashMap::new(),
            });
            self.views.len() - 1
        });
        &mut self.views[place]
    }

    /// The statements that write all of it.
    pub(crate) async fn writes(&self, link: &Link) -> Result<Vec<Write<'_>>, Broken> {
        let mut writes = Vec::new();
        for view in &self.views {
            let of_view = view.writes(link).await;
            let at = |fault| Broken { view: Some(view.projection.schema().view), fault };
            writes.extend(of_view.map_err(at)?);
        }
        Ok(writes)
    }

    /// How far wholly synchronous views have come.
    pub(crate) fn moved(&self) -> Option<Vec<MovedView>> {
        let wholly = self.views.iter().filter(|view| !matches!(view.projection.sync(), SyncMode::Events(_)));
        let mut moved: Vec<_> = wholly.map(ViewChange::moved).collect();
        moved.sort_by_key(|moved| (moved.view, moved.version));
        (!moved.is_empty()).then_some(moved)
    }

    /// The views that depend on nothing but kinds of events, all of them synchronous, with how far they have come and
    /// what has become of rows.
    pub(crate) fn in_step(
        &self,
    ) -> impl Iterator<Item = (&Arc<dyn Projection>, Position, &HashMap<RowId, Option<StoredRow>>)> {
        let in_step = self.views.iter().filter(|view| kinds(view.projection.as_ref()).is_some());
        in_step.map(|view| (&view.projection, view.taken_in, &view.rows))
    }
}

impl ViewChange {
    fn moved(&self) -> MovedView {
        let (view, version) = (self.projection.schema().view, apply::version(self.projection.as_ref()));
        MovedView { view, version, known: None, position: integer(self.taken_in.0) }
    }

    async fn writes(&self, link: &Link) -> Result<Vec<Write<'_>>, Fault> {
        let schema = self.projection.schema();
        let changes = self.rows.iter().map(|(id, row)| (id, row.as_ref()));
        let writes = rows::writes(link, schema, changes).await?;
        let mut writes: Vec<What<'_>> = writes.into_iter().map(What::Rows).collect();
        if !self.tombstones.is_empty() {
            writes.push(What::Tombstones(link.prepared(sql::LEAVE_TOMBSTONES).await?, self.tombstones()));
        }
        Ok(writes.into_iter().map(|what| Write { view: schema.view, what }).collect())
    }

    fn tombstones(&self) -> Tombstones<'_> {
        let (view, view_version) = (self.projection.schema().view, apply::version(self.projection.as_ref()));
        let (tenants, streams, versions, positions) = (vec![], vec![], vec![], vec![]);
        let mut left = Tombstones { view, view_version, tenants, streams, versions, positions };
        for (id, (version, position)) in &self.tombstones {
            let [Cell::Uuid(stream)] = id.key.as_slice() else { continue };
            left.tenants.push(id.tenant.as_str());
            left.streams.push(*stream);
            left.versions.push(integer(version.0));
            left.positions.push(integer(position.0));
        }
        left
    }
}

impl Write<'_> {
    pub(crate) async fn run(&self, client: &Client) -> Result<(), Broken> {
        let done = match &self.what {
            What::Rows(write) => write.run(client).await,
            What::Tombstones(statement, tombstones) => tombstones.leave(client, statement).await,
        };
        done.map_err(|fault| Broken { view: Some(self.view), fault })
    }
}

impl Tombstones<'_> {
    async fn leave(&self, client: &Client, statement: &Statement) -> Result<(), Fault> {
        let Self { view, view_version, tenants, streams, versions, positions } = self;
        client.execute(statement, &[view, view_version, tenants, streams, versions, positions]).await?;
        Ok(())
    }
}

impl Share<'_> {
    fn last(&self) -> &Recorded<RawEvent> {
        &self.events[self.events.len() - 1]
    }

    async fn event_at(&self, position: Position) -> Result<Recorded<RawEvent>, Fault> {
        let params: [&(dyn ToSql + Sync); 1] = [&vec![integer(position.0)]];
        let statement = self.link.prepared(sql::EVENTS_AT_ANYWHERE).await?;
        let rows = stream(&self.link.client, &statement, &params).await?;
        let event = Reading::of_all().events(rows).await?.pop();
        event.ok_or_else(|| Fault::Corrupt(format!("the log has nothing at position {position}")))
    }

    /// The events of a stream after a version and before an event: those in the log, and those of the batch.
    async fn log_before(
        &self,
        before: &Recorded<RawEvent>,
        after: Version,
    ) -> Result<Vec<Recorded<RawEvent>>, Fault> {
        let until = Version(before.version.0 - 1);
        if after >= until {
            return Ok(Vec::new());
        }
        let (tenant, of) = (&before.tenant, &before.stream);
        let params: [&(dyn ToSql + Sync); 5] =
            [&tenant.as_str(), &of.aggregate(), &of.id(), &integer(after.0), &integer(until.0)];
        let statement = self.link.prepared(sql::STREAM).await?;
        let rows = stream(&self.link.client, &statement, &params).await?;
        let mut earlier = Reading::of(tenant, of).events(rows).await?;
        debug_assert!(
            earlier.iter().all(|event| event.position <= self.head),
            "the batch is not written yet"
        );
        let own = self.earlier.iter().copied().flatten().filter(|event| {
            event.tenant == before.tenant && event.stream == before.stream && event.version > after
        });
        earlier.extend(own.cloned());
        Ok(earlier)
    }
}

/// The kinds of events that a wholly synchronous view has to have taken in, if its query is of kinds alone.
fn kinds(projection: &dyn Projection) -> Option<Vec<&EventKind>> {
    let kinds = event_query::kinds_alone(projection.query())?;
    (!matches!(projection.sync(), SyncMode::Events(_)) && !kinds.is_empty()).then_some(kinds)
}

/// Whether a view has taken in all that it means of an append.
pub(crate) fn keeps_up(view: &Arc<dyn Projection>, append: &Append) -> bool {
    let query = view.query();
    let is_meant = |new: &NewEvent| query.matches(&append.stream, &new.event.name, &new.tags);
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

fn changed(changes: Vec<RowChange>) -> impl Iterator<Item = (RowId, Option<StoredRow>)> {
    changes.into_iter().map(|change| (change.id, change.row))
}

fn must_be_keyed_by_stream(folding: &Folding<'_>) -> Result<(), Stop<FoldError>> {
    for (place, id) in folding.ids().enumerate() {
        let event = folding.first_event(place);
        if id.key != [Cell::Uuid(event.stream.id())] {
            let reason = "a view that is synchronous for some events must be keyed by their stream";
            return Err(Stop::Refused(FoldError::new(event, reason)));
        }
    }
    Ok(())
}

fn behind(share: &Share<'_>, missed: &Recorded<RawEvent>) -> FoldError {
    let view = share.projection.schema().view;
    FoldError::new(missed, format!("`{view}` has not taken it in yet and must be caught up first"))
}
