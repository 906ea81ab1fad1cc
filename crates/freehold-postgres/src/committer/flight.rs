//! A batch that is under way: it was sent on what is known, and what becomes of it is not known yet.

use std::{future::poll_fn, pin::Pin, task::Poll};

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
    inline::{Changes, Views},
    knowledge::{End, Found, Knowledge},
    transaction::{self, Broken, Link},
};

pub(super) struct Flight<'l> {
    /// When it was sent.
    pub(super) sent: Instant,
    orders: Vec<Order>,
    /// What each append leads to, if the batch is written.
    outcomes: Vec<Outcome>,
    answer: MaybeDone<Writing<'l>>,
}

/// What becomes of a batch that is sent: where the log ended before it, or `None` if nothing was written.
type Writing<'l> = BoxFuture<'l, Result<Option<Found>, Broken>>;

impl<'l> Flight<'l> {
    /// Sends them as a batch that relies on what is known, which counts it as written. They come back if they are no
    /// such batch.
    pub(super) async fn send(
        link: &'l Link,
        knowledge: &mut Knowledge,
        orders: Vec<Order>,
    ) -> Result<Self, Vec<Order>> {
        let appends: Vec<_> = orders.iter().map(|order| &order.append).collect();
        match prepare(link, knowledge, &appends) {
            Some((outcomes, writing)) => {
                Ok(Self { sent: Instant::now(), orders, outcomes, answer: sent(writing).await })
            }
            None => Err(orders),
        }
    }

    /// How many appends it has.
    pub(super) fn len(&self) -> usize {
        self.orders.len()
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
) -> Option<(Vec<Outcome>, Writing<'l>)> {
    let end = knowledge.end()?;
    let batch = Batch::of(appends.iter().copied(), Some(knowledge))?;
    // Without an event nothing behind it would rely on it, and could be written though it is not.
    batch.last_event()?;
    let writing: Writing<'l> = if appends.iter().all(|append| append.inline.is_empty()) {
        // What cannot be told to the database is found out again when nothing is relied on.
        let call = link.statements.append(&batch, Some(end)).ok()?;
        knowledge.send(&batch, None);
        Box::pin(async move { Ok(append::write(&link.client, call).await?) })
    } else {
        let (changes, moved) = views(link, knowledge, &batch, end)?;
        let call = link.statements.append_with_views(&batch, Some(end), &moved).ok()?;
        knowledge.send(&batch, Some(&changes));
        Box::pin(transaction::write_known(link, call, changes))
    };
    Some((batch.outcomes(end.position), writing))
}

/// What a batch does to its views, if all that it takes is known. What is wrong with an append is told when it is found out
/// again.
fn views(link: &Link, knowledge: &Knowledge, batch: &Batch<'_>, end: End) -> Option<(Changes, MovedViews)> {
    let appends: Vec<_> = batch.appends.iter().map(|placed| placed.append).collect();
    let verdicts = batch.verdicts(end.position);
    let views = Views::known(&appends, &verdicts, knowledge)?;
    // With all known there is nothing to wait for.
    let worked_out = views.work_out(link, &appends, &verdicts, end.position).now_or_never()?;
    let changes = worked_out.ok()?.ok()?;
    let moved = views.moved(&changes);
    Some((changes, moved))
}

/// It is on its way as soon as it is polled.
async fn sent(writing: Writing<'_>) -> MaybeDone<Writing<'_>> {
    let mut answer = maybe_done(writing);
    poll_fn(|context| {
        let _ = Pin::new(&mut answer).poll(context);
        Poll::Ready(())
    })
    .await;
    answer
}
