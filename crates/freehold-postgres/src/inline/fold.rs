//! Folding: what appends that hold do to their views, append by append.

use std::{sync::Arc, time::Instant};

use freehold_domain::{Cell, Position, RawEvent, Recorded, SyncMode, Version};
use freehold_ports::{
    Append, AppendError, FoldError, Folding, InlineError, Projection, RowChange, RowId, Scope, StoredRow,
};
use postgres_types::ToSql;

use super::{
    Failed, ViewState, Views, by_priority,
    changes::{Changes, ViewChange},
    key, kinds, synchronous,
};
use crate::{
    event_query,
    events::{Reading, integer},
    fault::{Fault, Stop},
    readers::stream,
    resolution::Verdict,
    rows::Prepares,
    sql,
    transaction::{Broken, Link},
};

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

impl Views {
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
