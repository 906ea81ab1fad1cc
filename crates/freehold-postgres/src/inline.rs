//! Inline views: brought up to date in the transaction of the appends.
//!
//! Their rows are read once for all appends of the batch, folded here append by append, each on what the one before it
//! leaves, and written once. An append whose view fails is left out, and the others are worked out again.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_domain::{Cell, Position, RawEvent, Recorded, Schema, SyncMode, Version};
use freehold_ports::{
    Append, AppendError, FoldError, Folding, InlineError, Projection, RowChange, RowId, Scope, StoredRow,
};
use tokio_postgres::types::ToSql;

use crate::{
    apply, event_query,
    events::{self, integer},
    fault::{Fault, Stop},
    resolution::Verdict,
    rows, sql,
    transaction::{Broken, Link},
};

/// The name and the version of a view.
type ViewKey = (&'static str, u32);

/// An append that could not be taken in, by its place, and why.
type Failed = (usize, AppendError);

/// The views that appends name, and what was read of them.
pub(crate) struct Views<'l> {
    link: &'l Link,
    checkpoints: HashMap<ViewKey, Position>,
    rows: HashMap<ViewKey, HashMap<RowId, Option<StoredRow>>>,
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
    projection: &'s Arc<dyn Projection>,
    events: &'s [Recorded<RawEvent>],
    /// What the appends before it write.
    earlier: &'s [&'s [Recorded<RawEvent>]],
}

/// The longest that a view of the appends may take, if they name any.
pub(crate) fn timeout(appends: &[&Append]) -> Option<Duration> {
    appends.iter().flat_map(|append| &append.inline).map(|projection| projection.timeout()).max()
}

fn key(projection: &dyn Projection) -> ViewKey {
    (projection.schema().view, projection.schema().version)
}

impl<'l> Views<'l> {
    /// Nobody else writes the rows of these views until the transaction ends.
    pub(crate) async fn lock(link: &'l Link, appends: &[&Append]) -> Result<Self, Broken> {
        let named = appends.iter().flat_map(|append| &append.inline);
        let projections: BTreeMap<ViewKey, &Arc<dyn Projection>> =
            named.map(|projection| (key(projection.as_ref()), projection)).collect();
        let mut checkpoints = HashMap::new();
        // In one order for all, so that nobody waits for someone who waits.
        for (view, projection) in projections {
            let at = |fault| Broken { view: Some(view.0), fault };
            apply::lock(link, projection.as_ref()).await.map_err(at)?;
            let position = apply::checkpoint(link, projection.as_ref()).await.map_err(at)?;
            checkpoints.insert(view, position);
        }
        Ok(Self { link, checkpoints, rows: HashMap::new() })
    }

    /// What the appends that are to be written do to their views, those of higher priority first.
    pub(crate) async fn work_out(
        &mut self,
        appends: &[&Append],
        verdicts: &[Verdict],
        head: Position,
    ) -> Result<Result<Changes, Failed>, Broken> {
        if self.checkpoints.is_empty() {
            return Ok(Ok(Changes::default()));
        }
        if let Err(failed) = self.load(appends, verdicts).await? {
            return Ok(Err(failed));
        }
        let mut changes = Changes::default();
        let mut earlier: Vec<&[Recorded<RawEvent>]> = Vec::new();
        for (place, (append, verdict)) in appends.iter().zip(verdicts).enumerate() {
            let Verdict::Written(written) = verdict else { continue };
            for projection in by_priority(append) {
                let Some(events) = synchronous(projection.as_ref(), &written.events) else { continue };
                let share = Share { projection, events, earlier: &earlier };
                let view = projection.schema().view;
                if let Err(error) = self.take_in(&share, &mut changes, head).await? {
                    return Ok(Err((place, AppendError::Inline { view, error })));
                }
            }
            earlier.push(&written.events);
        }
        Ok(Ok(changes))
    }

    /// Reads the rows that the appends touch, one statement a view.
    async fn load(
        &mut self,
        appends: &[&Append],
        verdicts: &[Verdict],
    ) -> Result<Result<(), Failed>, Broken> {
        let mut wanted: HashMap<ViewKey, (&'static Schema, Vec<RowId>)> = HashMap::new();
        for (place, (append, verdict)) in appends.iter().zip(verdicts).enumerate() {
            let Verdict::Written(written) = verdict else { continue };
            for projection in by_priority(append) {
                let Some(events) = synchronous(projection.as_ref(), &written.events) else { continue };
                let view = key(projection.as_ref());
                match Folding::new(projection.as_ref(), events) {
                    Ok(folding) => {
                        let known = self.rows.entry(view).or_default();
                        let (_, ids) = wanted.entry(view).or_insert((projection.schema(), Vec::new()));
                        ids.extend(folding.ids().filter(|id| !known.contains_key(id)).cloned());
                    }
                    Err(error) => {
                        let error = InlineError::Failed(error.to_string());
                        return Ok(Err((place, AppendError::Inline { view: view.0, error })));
                    }
                }
            }
        }
        for (view, (schema, mut ids)) in wanted {
            ids.sort_by(|a, b| (&a.tenant, &a.key.len()).cmp(&(&b.tenant, &b.key.len())));
            ids.dedup();
            self.load_rows(view, schema, ids).await.map_err(|fault| Broken { view: Some(view.0), fault })?;
        }
        Ok(Ok(()))
    }

    async fn load_rows(
        &mut self,
        view: ViewKey,
        schema: &'static Schema,
        ids: Vec<RowId>,
    ) -> Result<(), Fault> {
        let loaded = rows::load(self.link, schema, &ids.iter().collect::<Vec<_>>()).await?;
        self.rows.entry(view).or_default().extend(ids.into_iter().zip(loaded));
        Ok(())
    }

    /// A fold cannot be cut short; that it took too long is found out afterwards.
    async fn take_in(
        &self,
        share: &Share<'_>,
        changes: &mut Changes,
        head: Position,
    ) -> Result<Result<(), InlineError>, Broken> {
        let (begun, limit) = (Instant::now(), share.projection.timeout());
        let view = changes.of(share.projection, || self.checkpoint(share.projection.as_ref()));
        let done = match share.projection.sync() {
            SyncMode::Events(_) => self.catch_up_and_fold(share, view, head).await,
            _ => self.fold(share, view, head).await,
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

    fn checkpoint(&self, projection: &dyn Projection) -> Position {
        self.checkpoints.get(&key(projection)).copied().unwrap_or_default()
    }

    /// A wholly synchronous view: the rows move with the log, and the checkpoint with the rows.
    async fn fold(
        &self,
        share: &Share<'_>,
        view: &mut ViewChange,
        head: Position,
    ) -> Result<(), Stop<FoldError>> {
        self.must_have_taken_in(share, view, head).await?;
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
        head: Position,
    ) -> Result<(), Stop<FoldError>> {
        let query = share.projection.query();
        if view.taken_in < head {
            let part = event_query::Part { after: view.taken_in, until: head, limit: 1 };
            let missed = event_query::positions(self.link, &Scope::EveryTenant, part, query).await?;
            if let Some(missed) = missed.first() {
                let missed = self.event_at(*missed).await?;
                return Err(Stop::Refused(behind(share, &missed)));
            }
            view.taken_in = head;
        }
        let meant = |event: &&Recorded<RawEvent>| {
            event.position > view.taken_in && query.matches(&event.stream, &event.event.name, &[])
        };
        match share.earlier.iter().copied().flatten().find(meant) {
            Some(missed) => Err(Stop::Refused(behind(share, missed))),
            None => Ok(()),
        }
    }

    async fn event_at(&self, position: Position) -> Result<Recorded<RawEvent>, Fault> {
        let rows =
            event_query::query(self.link, sql::EVENTS_AT_ANYWHERE, &[&vec![integer(position.0)]]).await?;
        let event = events::read_rows(&rows)?.pop();
        event.ok_or_else(|| Fault::Corrupt(format!("the log has nothing at position {position}")))
    }

    /// A view that is synchronous for some events: it first takes in those of the stream that its worker has not come
    /// to.
    async fn catch_up_and_fold(
        &self,
        share: &Share<'_>,
        view: &mut ViewChange,
        head: Position,
    ) -> Result<(), Stop<FoldError>> {
        let mut folding = Folding::new(share.projection.as_ref(), share.events).map_err(Stop::Refused)?;
        must_be_keyed_by_stream(&folding)?;
        let rows = self.rows(view, folding.ids());
        let Some(row) = rows.first() else { return Ok(()) };
        let taken_in = row.as_ref().map_or(Version::NONE, |row| row.version);
        let earlier = self.earlier(share, folding.first_event(0), taken_in, head).await?;
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

    /// The events of a stream after a version and before an event: those in the log, and those of the batch.
    async fn earlier(
        &self,
        share: &Share<'_>,
        before: &Recorded<RawEvent>,
        after: Version,
        head: Position,
    ) -> Result<Vec<Recorded<RawEvent>>, Fault> {
        let until = Version(before.version.0 - 1);
        if after >= until {
            return Ok(Vec::new());
        }
        let (tenant, stream) = (before.tenant.as_str(), &before.stream);
        let params: [&(dyn ToSql + Sync); 5] =
            [&tenant, &stream.aggregate(), &stream.id(), &integer(after.0), &integer(until.0)];
        let rows = event_query::query(self.link, sql::STREAM, &params).await?;
        let mut earlier = events::read_rows(&rows)?;
        debug_assert!(earlier.iter().all(|event| event.position <= head), "the batch is not written yet");
        let own = share.earlier.iter().copied().flatten().filter(|event| {
            event.tenant == before.tenant && event.stream == *stream && event.version > after
        });
        earlier.extend(own.cloned());
        Ok(earlier)
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

    /// Writes all of it.
    pub(crate) async fn write(&self, link: &Link) -> Result<(), Broken> {
        for view in &self.views {
            view.write(link)
                .await
                .map_err(|fault| Broken { view: Some(view.projection.schema().view), fault })?;
        }
        Ok(())
    }
}

impl ViewChange {
    async fn write(&self, link: &Link) -> Result<(), Fault> {
        let changes: Vec<RowChange> =
            self.rows.iter().map(|(id, row)| RowChange { id: id.clone(), row: row.clone() }).collect();
        rows::write(link, self.projection.schema(), &changes).await?;
        match self.projection.sync() {
            SyncMode::Events(_) => self.leave_tombstones(link).await,
            _ => apply::move_checkpoint(link, self.projection.as_ref(), self.taken_in).await,
        }
    }

    /// Remembers which events deleted rows have taken in, for the worker that has still to come to them.
    async fn leave_tombstones(&self, link: &Link) -> Result<(), Fault> {
        let left = self.tombstones.iter().filter_map(|(id, place)| match id.key.as_slice() {
            [Cell::Uuid(stream)] => Some((id.tenant.as_str(), *stream, place)),
            _ => None,
        });
        let (mut tenants, mut streams, mut versions, mut positions) = (vec![], vec![], vec![], vec![]);
        for (tenant, stream, (version, position)) in left {
            tenants.push(tenant);
            streams.push(stream);
            versions.push(integer(version.0));
            positions.push(integer(position.0));
        }
        if tenants.is_empty() {
            return Ok(());
        }
        let (view, version) = (self.projection.schema().view, apply::version(self.projection.as_ref()));
        let params: [&(dyn ToSql + Sync); 6] = [&view, &version, &tenants, &streams, &versions, &positions];
        event_query::query(link, sql::LEAVE_TOMBSTONES, &params).await?;
        Ok(())
    }
}

impl Share<'_> {
    fn last(&self) -> &Recorded<RawEvent> {
        &self.events[self.events.len() - 1]
    }
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
