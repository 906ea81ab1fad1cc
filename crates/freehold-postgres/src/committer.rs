//! The committer: the one task of a node that appends, and how it is asked to.
//!
//! Group commit: what waits when the task is free is written as one transaction. Nobody is answered before its commit.
//! If the transaction as a whole fails, each append is tried in one of its own, so that what spoils one spoils no
//! other. The task polls its connection itself: between a request and its answer lies no other task.
//!
//! Under load several batches are under way: while the database writes one, the callers of another decide what comes next.

mod flight;
mod handle;

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use freehold_domain::Position;
use freehold_ports::{Append, AppendError, Outcome, StoreError};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::yield_now,
    time::{Instant, sleep},
};
use tokio_postgres::Client;

pub(crate) use handle::Handle;

use crate::{
    Options, append,
    batch::Batch,
    connection::{Address, Purpose, Wire},
    fault::{Fault, repeated, unavailable},
    inline::{Rows, Unread},
    knowledge::Knowledge,
    readers::Readers,
    together::together,
    transaction::{self, Broken, Link},
};
use flight::Flight;

/// How long it waits after the first failure to connect, twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How long it waits at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How many batches are under way at most.
const FLIGHTS: u32 = 3;

/// How long the database is at an append and at a row of a view, and a caller at an append, about: what is left of the time
/// that a batch takes is spent once a batch, above all on its flush.
const AT_AN_APPEND: Duration = Duration::from_micros(10);
const AT_A_ROW: Duration = Duration::from_micros(15);
const AT_THE_CALLER: Duration = Duration::from_micros(20);
/// Of how many batches it is kept what they took beyond their appends.
const TOLLS: usize = 8;

/// How often others have their turn before a batch is sent without some who are expected.
const PATIENCE: usize = 32;

const NOT_KNOWN: &str =
    "the connection was lost while the append was under way, and it is not known whether it was written";

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
    options: Options,
    head: Arc<watch::Sender<Position>>,
    queue: mpsc::Receiver<Message>,
}

/// A connection that is served.
struct Serving<'l> {
    link: &'l Link,
    /// Reads what a batch needs while others are written. It is of the same age, so that it reads what this one writes and not
    /// what a server has that was taken over from.
    ahead: &'l Readers,
    knowledge: Knowledge,
    /// What is under way, in order.
    flights: VecDeque<Flight<'l>>,
    /// When the last batch landed.
    landed: Instant,
    /// What each of the last batches took beyond what its appends do.
    tolls: VecDeque<Duration>,
    /// How many were answered last.
    answered: usize,
    /// Whether what was sent last was sent on what is known.
    has_flown: bool,
}

/// The connection is lost, and who waited for something that was sent knows it.
struct Lost;

impl Committer {
    /// Starts the task, once it is connected.
    pub(crate) async fn start(
        address: Address,
        options: &Options,
        head: Arc<watch::Sender<Position>>,
    ) -> Result<Handle, StoreError> {
        let (orders, queue) = mpsc::channel(options.queue);
        let committer = Self { address, options: options.clone(), head, queue };
        let first = committer.connect().await?;
        Ok(Handle::new(orders, tokio::spawn(committer.run(first))))
    }

    /// Until the queue is closed and empty.
    async fn run(mut self, first: (Client, Wire)) {
        let mut connected = Some(first);
        let mut pause = FIRST_PAUSE;
        while !(self.queue.is_closed() && self.queue.is_empty()) {
            let connection = match connected.take() {
                Some(connection) => Ok(connection),
                None => self.connect().await,
            };
            match connection {
                Ok((client, wire)) => {
                    if self.serve_on(client, wire, &mut pause).await.is_ok() {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be written");
                    self.refuse_all(&error);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Polls the connection and the work over it as one, until the queue is closed and empty.
    async fn serve_on(&mut self, client: Client, wire: Wire, pause: &mut Duration) -> Result<(), Lost> {
        let wire = async {
            if let Err(error) = wire.await {
                // What is under way finds that out and says so to who waits.
                tracing::warn!(error = %crate::fault::chain(&error), "the connection that appends was lost");
            }
        };
        Box::pin(together(self.serve(client, pause), wire)).await
    }

    async fn serve(&mut self, client: Client, pause: &mut Duration) -> Result<(), Lost> {
        let (link, ahead) = match self.links(client).await {
            Ok(links) => links,
            Err(error) => {
                tracing::warn!(%error, "the log cannot be written");
                self.refuse_all(&error);
                sleep(*pause).await;
                *pause = (*pause * 2).min(LONGEST_PAUSE);
                return Err(Lost);
            }
        };
        *pause = FIRST_PAUSE;
        let mut serving = Serving {
            link: &link,
            ahead: &ahead,
            knowledge: Knowledge::none(),
            flights: VecDeque::new(),
            landed: Instant::now(),
            tolls: VecDeque::with_capacity(TOLLS),
            answered: 0,
            has_flown: false,
        };
        while self.go_on(&mut serving).await? {}
        Ok(())
    }

    async fn connect(&self) -> Result<(Client, Wire), StoreError> {
        self.address.connect(Purpose::Append { statement: self.options.statement_timeout }).await
    }

    async fn links(&self, client: Client) -> Result<(Link, Readers), StoreError> {
        let purpose = Purpose::ReadAhead { statement: self.options.statement_timeout };
        Ok((Link::new(client).await?, Readers::new(&self.address, purpose, 1, &self.options)?))
    }

    /// Sends what waits, or sees to what comes back. Whether there is more to come.
    async fn go_on(&mut self, serving: &mut Serving<'_>) -> Result<bool, Lost> {
        let mut messages = Vec::new();
        if serving.flights.is_empty() {
            tokio::select! {
                biased;
                // A connection that was lost is not found out by the next append.
                () = closed(&serving.link.client) => return Err(Lost),
                received = self.queue.recv_many(&mut messages, self.options.batch) => {
                    if received == 0 {
                        return Ok(false);
                    }
                }
            }
            self.gather(&mut messages, serving.answered).await;
        } else {
            self.land(serving).await?;
            if serving.flights.is_empty() {
                return Ok(true);
            }
            // Those who are answered now are about to come back.
            yield_now().await;
            let under_way = serving.flights.front().map_or(0, Flight::len);
            while messages.len() < self.options.batch
                && self.queue.len() + messages.len() >= under_way.div_ceil(2)
            {
                let Ok(message) = self.queue.try_recv() else { break };
                messages.push(message);
            }
        }
        let orders = self.take(messages);
        serving.answered = orders.len();
        self.send(serving, orders).await?;
        Ok(true)
    }

    /// Those who were answered a moment ago are about to come back. Without waiting for them the first one back would be
    /// written alone, and all others would wait for that.
    async fn gather(&mut self, messages: &mut Vec<Message>, answered: usize) {
        for _ in 0..PATIENCE {
            if messages.len() >= answered.min(self.options.batch) {
                break;
            }
            yield_now().await;
            while messages.len() < self.options.batch
                && let Ok(message) = self.queue.try_recv()
            {
                messages.push(message);
            }
        }
    }

    fn take(&mut self, messages: Vec<Message>) -> Vec<Order> {
        let mut orders = Vec::with_capacity(messages.len());
        for message in messages {
            match message {
                Message::Append(order) => orders.push(*order),
                Message::Close => self.queue.close(),
            }
        }
        orders
    }

    /// As several batches, if that is worth what each of them takes, nothing is under way, and what was sent last was sent on
    /// what is known.
    async fn send(&self, serving: &mut Serving<'_>, mut orders: Vec<Order>) -> Result<(), Lost> {
        if serving.flights.is_empty() && serving.has_flown {
            let size = orders.len().div_ceil(serving.batches(orders.len()));
            while orders.len() > size {
                let rest = orders.split_off(size);
                if self.send_batch(serving, orders).await.is_err() {
                    return lost_before(rest);
                }
                orders = rest;
            }
        }
        self.send_batch(serving, orders).await
    }

    /// On what is known, without waiting for what becomes of it; else when all before it is done.
    async fn send_batch(&self, serving: &mut Serving<'_>, orders: Vec<Order>) -> Result<(), Lost> {
        if orders.is_empty() {
            return Ok(());
        }
        let mut sent = Flight::send(serving.link, &mut serving.knowledge, orders, Rows::new()).await;
        if let Err((orders, Some(unread))) = sent {
            let Ok(read) = self.read_ahead(serving, unread).await else { return lost_before(orders) };
            sent = Flight::send(serving.link, &mut serving.knowledge, orders, read).await;
        }
        match sent {
            Ok(flight) => {
                serving.has_flown = true;
                serving.flights.push_back(flight);
            }
            Err((orders, _)) => {
                serving.has_flown = false;
                while !serving.flights.is_empty() {
                    if self.land(serving).await.is_err() {
                        return lost_before(orders);
                    }
                }
                self.write(serving.link, &mut serving.knowledge, orders).await?;
            }
        }
        Ok(())
    }

    /// Reads rows while what is under way is written, which must not touch them, and is seen to. There are none if they cannot
    /// be had, or if what is known is not what it was.
    async fn read_ahead(&self, serving: &mut Serving<'_>, unread: Unread) -> Result<Rows, Lost> {
        let forgotten = serving.knowledge.forgotten();
        while serving.flights.iter().any(|flight| flight.touches(&unread)) {
            self.land(serving).await?;
        }
        let mut reading = pin!(read(serving.ahead, unread));
        let read = loop {
            match serving.flights.front_mut() {
                None => break reading.await,
                Some(flight) => tokio::select! {
                    biased;
                    read = &mut reading => break read,
                    () = flight.answered() => {}
                },
            }
            self.land(serving).await?;
        };
        Ok(read.filter(|_| serving.knowledge.forgotten() == forgotten).unwrap_or_default())
    }

    /// What became of the first that is under way. Where it was not written as it was sent, what is under way behind it relies
    /// on it and was not written either; that is seen to before anything else is sent, which would overtake it.
    async fn land(&self, serving: &mut Serving<'_>) -> Result<(), Lost> {
        while let Some(flight) = serving.flights.pop_front() {
            let (sent, rows) = (flight.sent, flight.rows());
            let (orders, answer) = flight.landed().await;
            if let Ok(Some(outcomes)) = answer {
                serving.learn_toll(sent, orders.len(), rows);
                self.answer(orders, outcomes.into_iter().map(Ok).collect());
                break;
            }
            serving.knowledge.forget();
            let landed = match answer {
                Err(broken) if broken.fault.is_loss() || broken.is_without_the_lock() => {
                    self.conclude(serving.link, &mut serving.knowledge, orders, Err(broken)).await
                }
                // Why, and because of which of them, is found out again.
                _ => self.write(serving.link, &mut serving.knowledge, orders).await,
            };
            if landed.is_err() {
                while let Some(flight) = serving.flights.pop_front() {
                    refuse(flight.landed().await.0, &unavailable(NOT_KNOWN));
                }
                return landed;
            }
        }
        Ok(())
    }

    /// All of it in one transaction, or else each append in one of its own.
    async fn write(&self, link: &Link, knowledge: &mut Knowledge, orders: Vec<Order>) -> Result<(), Lost> {
        let appends: Vec<&Append> = orders.iter().map(|order| &order.append).collect();
        let head = *self.head.borrow();
        let committed = commit(link, knowledge, &appends, head).await;
        self.conclude(link, knowledge, orders, committed).await
    }

    /// Nobody is answered before the commit, and nobody before those who wait for the head are told.
    async fn conclude(
        &self,
        link: &Link,
        knowledge: &mut Knowledge,
        orders: Vec<Order>,
        committed: Result<Vec<Answer>, Broken>,
    ) -> Result<(), Lost> {
        match committed {
            Ok(answers) => {
                self.answer(orders, answers);
                Ok(())
            }
            Err(Broken { fault, .. }) if fault.is_loss() => {
                refuse(orders, &lost(fault));
                Err(Lost)
            }
            // One by one they would wait for it as long, each.
            Err(broken) if broken.is_without_the_lock() => {
                refuse(orders, &broken.fault.into());
                Ok(())
            }
            Err(_) if orders.len() > 1 => self.write_one_by_one(link, knowledge, orders).await,
            Err(Broken { fault, .. }) => {
                refuse(orders, &fault.into());
                Ok(())
            }
        }
    }

    async fn write_one_by_one(
        &self,
        link: &Link,
        knowledge: &mut Knowledge,
        orders: Vec<Order>,
    ) -> Result<(), Lost> {
        let mut orders = orders.into_iter();
        for order in orders.by_ref() {
            if Box::pin(self.write(link, knowledge, vec![order])).await.is_err() {
                return lost_before(orders.collect());
            }
        }
        Ok(())
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

impl Serving<'_> {
    /// In how many batches so many appends are best written. One more spares callers some of the time in which they wait for
    /// each other's answers, and takes its toll.
    fn batches(&self, appends: usize) -> usize {
        let spared = AT_THE_CALLER * u32::try_from(appends).unwrap_or(u32::MAX);
        // The least: what one of them had to wait for, as a lock, the next one will not.
        let toll = self.tolls.iter().min().map_or(0, Duration::as_micros);
        let worth = spared.as_micros() / toll.max(1);
        usize::try_from(worth.clamp(1, FLIGHTS.into())).unwrap_or(1)
    }

    /// A batch has landed that was sent then; the database began with it when the one before it had landed.
    fn learn_toll(&mut self, sent: Instant, appends: usize, rows: usize) {
        let took = self.landed.max(sent).elapsed();
        let times = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let own = AT_AN_APPEND * times(appends) + AT_A_ROW * times(rows);
        self.tolls.truncate(TOLLS - 1);
        self.tolls.push_front(took.saturating_sub(own));
        self.landed = Instant::now();
    }
}

/// One round trip if that can do; else in steps. Nothing that is known is relied on.
async fn commit(
    link: &Link,
    knowledge: &mut Knowledge,
    appends: &[&Append],
    head: Position,
) -> Result<Vec<Answer>, Broken> {
    let has_views = appends.iter().any(|append| !append.inline.is_empty());
    let batch = if has_views { None } else { Batch::of(appends.iter().copied(), None) };
    if let Some(batch) = batch {
        let call = link.statements.append(&batch, None)?;
        if let Some(found) = append::write(&link.client, call).await? {
            knowledge.learn(&batch, found, None);
            return Ok(batch.outcomes(found.head).into_iter().map(Ok).collect());
        }
    }
    transaction::commit(link, knowledge, appends, head).await
}

/// Tells those who wait how far the log goes now.
pub(crate) fn announce(head: &watch::Sender<Position>, to: Position) {
    head.send_if_modified(|known| {
        let is_further = to > *known;
        *known = to.max(*known);
        is_further
    });
}

/// Rows as they are now, read without a lock.
async fn read(readers: &Readers, unread: Unread) -> Option<Rows> {
    let reader = readers.get().await.ok()?;
    unread.read(&reader).await.ok()
}

fn refuse(orders: Vec<Order>, error: &StoreError) {
    for order in orders {
        order.reply.send(Err(repeated(error).into())).ok();
    }
}

/// The connection went before they were sent.
fn lost_before(orders: Vec<Order>) -> Result<(), Lost> {
    refuse(orders, &unavailable("the connection to PostgreSQL was lost; nothing was written"));
    Err(Lost)
}

/// The commit may have come through before the connection went.
fn lost(fault: Fault) -> StoreError {
    unavailable(format!("{NOT_KNOWN} ({})", StoreError::from(fault)))
}

/// Until the connection is closed.
async fn closed(client: &Client) {
    std::future::poll_fn(|_| {
        if client.is_closed() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
