//! A batch that is under way: it was sent on what is known, and what becomes of it is not known yet.

use std::task::Poll;

use freehold_ports::{Append, Outcome};
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};

use super::Order;
use crate::{
    append::{self, Call},
    batch::Batch,
    fault::Fault,
    knowledge::{Found, Knowledge},
    transaction::Link,
};

pub(super) struct Flight<'l> {
    orders: Vec<Order>,
    /// What each append leads to, if the batch is written.
    outcomes: Vec<Outcome>,
    answer: MaybeDone<BoxFuture<'l, Result<Option<Found>, Fault>>>,
}

impl<'l> Flight<'l> {
    /// Sends them as a batch that relies on what is known, which counts it as written. They come back if they are no
    /// such batch.
    pub(super) async fn send(
        link: &'l Link,
        knowledge: &mut Knowledge,
        orders: Vec<Order>,
    ) -> Result<Self, Vec<Order>> {
        let appends = orders.iter().map(|order| &order.append);
        match prepare(link, knowledge, appends) {
            Some((outcomes, call)) => Ok(Self { orders, outcomes, answer: sent(link, call).await }),
            None => Err(orders),
        }
    }

    /// How many appends it has.
    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    /// What each append led to, or `None` if nothing was written.
    pub(super) async fn landed(self) -> (Vec<Order>, Result<Option<Vec<Outcome>>, Fault>) {
        let Self { orders, outcomes, mut answer } = self;
        (&mut answer).await;
        let gone = || Err(Fault::Store(crate::fault::other("what became of a batch was asked twice")));
        let found = std::pin::Pin::new(&mut answer).take_output().unwrap_or_else(gone);
        (orders, found.map(|found| found.map(|_| outcomes)))
    }
}

fn prepare<'l, 'a>(
    link: &'l Link,
    knowledge: &mut Knowledge,
    appends: impl Iterator<Item = &'a Append>,
) -> Option<(Vec<Outcome>, Call<'l>)> {
    let end = knowledge.end()?;
    let batch = Batch::of(appends, Some(knowledge))?;
    // Without an event nothing behind it would rely on it, and could be written though it is not.
    batch.last_event()?;
    // What cannot be told to the database is found out again when nothing is relied on.
    let call = link.statements.append(&batch, Some(end)).ok()?;
    knowledge.send(&batch);
    Some((batch.outcomes(end.position), call))
}

/// It is on its way as soon as it is polled.
async fn sent<'l>(link: &'l Link, call: Call<'l>) -> MaybeDone<BoxFuture<'l, Result<Option<Found>, Fault>>> {
    let answer: BoxFuture<'l, _> = Box::pin(async move { append::found(&call.run(&link.client).await?) });
    let mut answer = maybe_done(answer);
    std::future::poll_fn(|context| {
        let _ = std::pin::Pin::new(&mut answer).poll(context);
        Poll::Ready(())
    })
    .await;
    answer
}
