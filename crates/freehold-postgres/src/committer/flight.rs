//! A batch that is under way: it was sent on what is known, and what becomes of it is not known yet.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

use freehold_ports::{Append, Outcome};
use futures_util::{
    FutureExt,
    future::{BoxFuture, MaybeDone, maybe_done},
};
use tokio::time::Instant;

use super::Order;
use crate::{
    append::{self, MovedViews},
    batch::Batch,
    fault::{Fault, other},
    inline::{Changes, Rows, Unread, Views},
    knowledge::{End, Found, Knowledge},
    transaction::{self, Broken, Link},
};

pub(super) struct Flight<'l> {
    /// When it was sent.
    pub(super) sent: Instant,
    orders: Vec<Order>,
    /// What it does to views.
    changes: Option<Arc<Changes>>,
    /// What each append leads to, if the batch is written.
    outcomes: Vec<Outcome>,
    answer: MaybeDone<Writing<'l>>,
}

/// A batch that can be sent.
struct Prepared<'l> {
    changes: Option<Arc<Changes>>,
    outcomes: Vec<Outcome>,
    writing: Writing<'l>,
}

/// What becomes of a batch that is sent: where the log ended before it, or `None` if nothing was written.
type Writing<'l> = BoxFuture<'l, Result<Option<Found>, Broken>>;

impl<'l> Flight<'l> {
    /// Sends them as a batch that relies on what is known, which counts it as written, and on rows that were read since. They
    /// come back if they are no such batch, with the rows that have to be read if that is all.
    pub(super) async fn send(
        link: &'l Link,
        knowledge: &mut Knowledge,
        orders: Vec<Order>,
        read: Rows,
    ) -> Result<Self, (Vec<Order>, Option<Unread>)> {
        let appends: Vec<_> = orders.iter().map(|order| &order.append).collect();
        match prepare(link, knowledge, &appends, read) {
            Some(Ok(Prepared { changes, outcomes, writing })) => {
                let (sent, answer) = (Instant::now(), on_its_way(writing).await);
                Ok(Self { sent, orders, changes, outcomes, answer })
            }
            Some(Err(unread)) => Err((orders, Some(unread))),
            None => Err((orders, None)),
        }
    }

    /// How many appends it has.
    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    /// How many rows of views it writes.
    pub(super) fn rows(&self) -> usize {
        self.changes.as_ref().map_or(0, |changes| changes.rows())
    }

    /// Whether it does something to rows that are to be read.
    pub(super) fn touches(&self, unread: &Unread) -> bool {
        self.changes.as_ref().is_some_and(|changes| unread.is_touched_by(changes))
    }

    /// Until it is known what became of it.
    pub(super) async fn answered(&mut self) {
        (&mut self.answer).await;
    }

    /// What each append led to, or `None` if nothing was written.
    pub(super) async fn landed(self) -> (Vec<Order>, Result<Option<Vec<Outcome>>, Broken>) {
        let Self { orders, outcomes, mut answer, .. } = self;
        (&mut answer).await;
        let gone = || Err(Fault::Store(other("what became of a batch was asked twice")).into());
        let found = Pin::new(&mut answer).take_output().unwrap_or_else(gone);
        (orders, found.map(|found| found.map(|_| outcomes)))
    }
}

fn prepare<'l>(
    link: &'l Link,
    knowledge: &mut Knowledge,
    appends: &[&Append],
    read: Rows,
) -> Option<Result<Prepared<'l>, Unread>> {
    let end = knowledge.end()?;
    let batch = Batch::of(appends.iter().copied(), Some(knowledge))?;
    // Without an event nothing behind it would rely on it, and could be written though it is not.
    batch.last_event()?;
    let outcomes = batch.outcomes(end.position);
    if appends.iter().all(|append| append.inline.is_empty()) {
        // What cannot be told to the database is found out again when nothing is relied on.
        let call = link.statements.append(&batch, Some(end)).ok()?;
        knowledge.send(&batch, None);
        let writing: Writing<'l> = Box::pin(async move { Ok(append::write(&link.client, call).await?) });
        Some(Ok(Prepared { changes: None, outcomes, writing }))
    } else {
        let (changes, moved) = match views(link, knowledge, &batch, end, read)? {
            Ok(worked_out) => worked_out,
            Err(unread) => return Some(Err(unread)),
        };
        let call = link.statements.append_with_views(&batch, Some(end), &moved).ok()?;
        knowledge.send(&batch, Some(&changes));
        let changes = Arc::new(changes);
        let writing: Writing<'l> = Box::pin(transaction::write_known(link, call, Arc::clone(&changes)));
        Some(Ok(Prepared { changes: Some(changes), outcomes, writing }))
    }
}

/// What a batch does to its views, if all that it takes is known, but for rows perhaps. What is wrong with an append is told
/// when it is found out again.
fn views(
    link: &Link,
    knowledge: &Knowledge,
    batch: &Batch<'_>,
    end: End,
    read: Rows,
) -> Option<Result<(Changes, MovedViews), Unread>> {
    let appends: Vec<_> = batch.appends.iter().map(|placed| placed.append).collect();
    let verdicts = batch.verdicts(end.position);
    let views = match Views::known(&appends, &verdicts, knowledge, read)? {
        Ok(views) => views,
        Err(unread) => return Some(Err(unread)),
    };
    // With all known there is nothing to wait for.
    let worked_out = views.work_out(link, &appends, &verdicts, end.position).now_or_never()?;
    let changes = worked_out.ok()?.ok()?;
    let moved = views.moved(&changes);
    Some(Ok((changes, moved)))
}

/// It is on its way as soon as it is polled.
async fn on_its_way(writing: Writing<'_>) -> MaybeDone<Writing<'_>> {
    let mut answer = maybe_done(writing);
    poll_fn(|context| {
        let _ = Pin::new(&mut answer).poll(context);
        Poll::Ready(())
    })
    .await;
    answer
}
