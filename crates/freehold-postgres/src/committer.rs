//! The committer: the one task of a node that appends, and how it is asked to.
//!
//! Group commit: what waits when the task is free is written as one transaction. Nobody is answered before its commit.
//! If the transaction as a whole fails, each append is tried in one of its own, so that what spoils one spoils no
//! other. The task polls its connection itself: between a request and its answer lies no other task.

mod handle;

use std::{sync::Arc, time::Duration};

use freehold_domain::Position;
use freehold_ports::{Append, AppendError, Outcome, StoreError};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};
use tokio_postgres::Client;

pub(crate) use handle::Handle;

use crate::{
    Options,
    batch::Batch,
    connection::{Address, Purpose, Wire},
    fault::{Fault, repeated, unavailable},
    transaction::{self, Broken, Link},
};

/// How long it waits after the first failure to connect, twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How long it waits at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// An append that waits, and who waits for it.
struct Order {
    append: Append,
    reply: oneshot::Sender<Answer>,
}

type Answer = Result<Outcome, AppendError>;

/// What waits in the queue.
enum Message {
    Append(Box<Order>),
    /// Finish what was accepted, accept nothing more.
    Close,
}

/// What the task owns.
pub(crate) struct Committer {
    address: Address,
    purpose: Purpose,
    head: Arc<watch::Sender<Position>>,
    queue: mpsc::Receiver<Message>,
    limit: usize,
}

/// Why a connection is no longer served.
enum End {
    /// The queue is closed and empty.
    Done,
    /// The connection is lost.
    Lost,
}

impl Committer {
    /// Starts the task, once it is connected.
    pub(crate) async fn start(
        address: Address,
        options: &Options,
        head: Arc<watch::Sender<Position>>,
    ) -> Result<Handle, StoreError> {
        let (orders, queue) = mpsc::channel(options.queue);
        let purpose = Purpose::Append { statement: options.statement_timeout };
        let committer = Self { address, purpose, head, queue, limit: options.batch };
        let first = committer.address.connect(purpose).await?;
        Ok(Handle::new(orders, tokio::spawn(committer.run(first))))
    }

    /// Until the queue is closed and empty.
    async fn run(mut self, first: (Client, Wire)) {
        let mut connected = Some(first);
        let mut pause = FIRST_PAUSE;
        while !(self.queue.is_closed() && self.queue.is_empty()) {
            let connection = match connected.take() {
                Some(connection) => Ok(connection),
                None => self.address.connect(self.purpose).await,
            };
            match connection {
                Ok((client, wire)) => match self.serve_on(client, wire, &mut pause).await {
                    End::Done => break,
                    End::Lost => {}
                },
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be written");
                    self.refuse_all(&error);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Polls the connection and the work over it as one.
    async fn serve_on(&mut self, client: Client, wire: Wire, pause: &mut Duration) -> End {
        let serving = self.serve(client, pause);
        tokio::pin!(serving);
        tokio::select! {
            end = &mut serving => end,
            ended = wire => {
                if let Err(error) = ended {
                    tracing::warn!(error = %crate::fault::chain(&error), "the connection that appends was lost");
                }
                // What is under way finds that out and says so to who waits.
                serving.await
            }
        }
    }

    async fn serve(&mut self, client: Client, pause: &mut Duration) -> End {
        let link = match Link::new(client).await {
            Ok(link) => link,
            Err(fault) => {
                tracing::warn!(error = %StoreError::from(fault), "the log cannot be written");
                sleep(*pause).await;
                *pause = (*pause * 2).min(LONGEST_PAUSE);
                return End::Lost;
            }
        };
        *pause = FIRST_PAUSE;
        let mut messages = Vec::with_capacity(self.limit);
        loop {
            tokio::select! {
                biased;
                // A connection that was lost is not found out by the next append.
                () = closed(&link.client) => return End::Lost,
                received = self.queue.recv_many(&mut messages, self.limit) => {
                    if received == 0 {
                        return End::Done;
                    }
                }
            }
            let orders = self.take(&mut messages);
            if self.write(&link, orders).await.is_err() {
                return End::Lost;
            }
        }
    }

    fn take(&mut self, messages: &mut Vec<Message>) -> Vec<Order> {
        let mut orders = Vec::with_capacity(messages.len());
        for message in messages.drain(..) {
            match message {
                Message::Append(order) => orders.push(*order),
                Message::Close => self.queue.close(),
            }
        }
        orders
    }

    /// All of it in one transaction, or else each append in one of its own. Nobody is answered before the commit, and
    /// nobody before those who wait for the head are told. The error is the loss of the connection.
    async fn write(&self, link: &Link, orders: Vec<Order>) -> Result<(), ()> {
        let appends: Vec<&Append> = orders.iter().map(|order| &order.append).collect();
        let head = *self.head.borrow();
        match commit(link, &appends, head).await {
            Ok(answers) => {
                self.answer(orders, answers);
                Ok(())
            }
            Err(Broken { fault, .. }) if fault.is_loss() => {
                refuse(orders, &lost(fault));
                Err(())
            }
            // One by one they would wait for it as long, each.
            Err(Broken { view: None, fault }) if fault.is_lock_in_vain() => {
                refuse(orders, &fault.into());
                Ok(())
            }
            Err(_) if orders.len() > 1 => self.write_one_by_one(link, orders).await,
            Err(Broken { fault, .. }) => {
                refuse(orders, &fault.into());
                Ok(())
            }
        }
    }

    async fn write_one_by_one(&self, link: &Link, orders: Vec<Order>) -> Result<(), ()> {
        let mut is_lost = false;
        for order in orders {
            if is_lost {
                refuse(
                    vec![order],
                    &unavailable("the connection to PostgreSQL was lost; nothing was written"),
                );
            } else {
                is_lost = Box::pin(self.write(link, vec![order])).await.is_err();
            }
        }
        if is_lost { Err(()) } else { Ok(()) }
    }

    fn answer(&self, orders: Vec<Order>, answers: Vec<Answer>) {
        let positions = answers.iter().flatten().map(|outcome| outcome.position);
        if let Some(head) = positions.max() {
            announce(&self.head, head);
        }
        for (order, answer) in orders.into_iter().zip(answers) {
            order.reply.send(answer).ok();
        }
    }

    /// Nothing can be written: nobody has to wait to hear it.
    fn refuse_all(&mut self, error: &StoreError) {
        while let Ok(message) = self.queue.try_recv() {
            match message {
                Message::Append(order) => refuse(vec![*order], error),
                Message::Close => self.queue.close(),
            }
        }
    }
}

/// One round trip if that can do; else in steps.
async fn commit(link: &Link, appends: &[&Append], head: Position) -> Result<Vec<Answer>, Broken> {
    if let Some(batch) = Batch::of(appends)
        && let Some(outcomes) = link.statements.append(&link.client, &batch).await?
    {
        return Ok(outcomes.into_iter().map(Ok).collect());
    }
    transaction::commit(link, appends, head).await
}

/// Tells those who wait how far the log goes now.
pub(crate) fn announce(head: &watch::Sender<Position>, to: Position) {
    head.send_if_modified(|known| {
        let is_further = to > *known;
        *known = to.max(*known);
        is_further
    });
}

fn refuse(orders: Vec<Order>, error: &StoreError) {
    for order in orders {
        order.reply.send(Err(repeated(error).into())).ok();
    }
}

/// The commit may have come through before the connection went.
fn lost(fault: Fault) -> StoreError {
    unavailable(format!(
        "the connection was lost while the append was under way, and it is not known whether it was written ({})",
        StoreError::from(fault)
    ))
}

/// Until the connection is closed.
async fn closed(client: &Client) {
    std::future::poll_fn(|_| {
        if client.is_closed() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
