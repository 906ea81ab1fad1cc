//! The writer: the one thread that writes, and how it is asked to.
//!
//! Group commit: what waits when the thread is free is written as one transaction and flushed once. Each task works
//! under a savepoint and has an outcome of its own. Nobody is answered before the commit. If the transaction as a
//! whole cannot be committed, each task is tried in one of its own, so that what spoils one spoils no other.

mod handle;
mod task;
#[cfg(test)]
mod tests;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use freehold_domain::Position;
use freehold_ports::StoreError;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use handle::Handle;
use task::Task;

use crate::{
    Options,
    connection::{self, Writing},
    fault::{Fault, Stop, other},
    lock::Lock,
    migrator,
    session::{Session, Verdict},
};

/// How many tasks share a transaction at most.
const BATCH: usize = 256;

/// What waits in the queue.
enum Order {
    Task(Box<dyn Task>),
    /// Finish what was accepted, accept nothing more.
    Close,
}

/// What the thread owns.
struct Writer {
    writing: Writing,
    path: Arc<Path>,
    head: Arc<watch::Sender<Position>>,
    orders: mpsc::Receiver<Order>,
    /// Last, so that it is given up when the connection is closed.
    _lock: Lock,
}

/// Why a transaction did not come about.
enum Failure {
    /// It could not be begun: no task has been tried.
    Begin(Fault),
    /// It broke under a task.
    Broken(Fault),
    /// It broke under a task that knows why.
    Lost,
}

/// What the thread needs to begin.
struct Start {
    path: Arc<Path>,
    options: Options,
    head: Arc<watch::Sender<Position>>,
    orders: mpsc::Receiver<Order>,
    ready: oneshot::Sender<Result<(), StoreError>>,
}

/// The life of the thread: why it has ended.
fn live(start: Start) -> String {
    match catch_unwind(AssertUnwindSafe(|| work(start))) {
        Ok(()) => "the database was closed".to_owned(),
        Err(panic) => format!("its writer has panicked: {}", task::text_of(panic.as_ref())),
    }
}

/// Whoever opens may have stopped waiting; then the queue is closed, and the thread ends at once.
fn work(start: Start) {
    match Writer::open(start.path, &start.options, start.head, start.orders) {
        Ok(mut writer) => {
            start.ready.send(Ok(())).ok();
            writer.run();
        }
        Err(error) => {
            start.ready.send(Err(error)).ok();
        }
    }
}

impl Writer {
    fn open(
        path: Arc<Path>,
        options: &Options,
        head: Arc<watch::Sender<Position>>,
        orders: mpsc::Receiver<Order>,
    ) -> Result<Self, StoreError> {
        let lock = Lock::take(&path)?;
        let writing = connection::writing(&path, options).map_err(|fault| fault.at(&path))?;
        let writer = Self { writing, path, head, orders, _lock: lock };
        writer.prepare().map_err(|stop| stop.at(&writer.path))?;
        Ok(writer)
    }

    /// The tables of the adapter, and how far the log goes.
    fn prepare(&self) -> Result<(), Stop<StoreError>> {
        let session = Session::begin(&self.writing)?;
        migrator::prepare(&session).map_err(|stop| match stop {
            Stop::Refused(error) => Stop::Refused(other(format!("`{}`: {error}", self.path.display()))),
            Stop::Fault(fault) => Stop::Fault(fault),
        })?;
        session.head()?;
        self.announce(session.commit()?);
        Ok(())
    }

    /// Until the queue is closed and empty.
    fn run(&mut self) {
        while let Some(order) = self.orders.blocking_recv() {
            let batch = self.gather(order);
            self.write(batch);
        }
    }

    /// What waits now, as far as it shares a transaction.
    fn gather(&mut self, first: Order) -> Vec<Box<dyn Task>> {
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(order) = next.take() {
            match order {
                Order::Task(task) => batch.push(task),
                Order::Close => self.orders.close(),
            }
            if batch.len() < BATCH {
                next = self.orders.try_recv().ok();
            }
        }
        batch
    }

    /// All of it in one transaction, or else each task in one of its own. Nobody is answered before the commit, and
    /// nobody before those who wait for the head are told.
    fn write(&self, mut batch: Vec<Box<dyn Task>>) {
        match self.commit(&mut batch) {
            Ok(head) => self.announce(head),
            Err(Failure::Begin(fault)) => self.fail(&mut batch, fault),
            Err(_) if batch.len() > 1 => return self.write_one_by_one(batch),
            Err(Failure::Broken(fault)) => self.fail(&mut batch, fault),
            Err(Failure::Lost) => {}
        }
        for task in batch {
            task.answer();
        }
    }

    fn write_one_by_one(&self, batch: Vec<Box<dyn Task>>) {
        for task in batch {
            self.write(vec![task]);
        }
    }

    /// Everything in one transaction: the head of the log after it, where a task has asked for it.
    fn commit(&self, batch: &mut [Box<dyn Task>]) -> Result<Option<Position>, Failure> {
        let session = Session::begin(&self.writing).map_err(Failure::Begin)?;
        for task in batch {
            let verdict = session.attempt(|session| task.run(session)).map_err(Failure::Broken)?;
            if verdict == Verdict::Undo && session.is_lost() {
                return Err(Failure::Lost);
            }
        }
        session.commit().map_err(Failure::Broken)
    }

    fn fail(&self, batch: &mut [Box<dyn Task>], fault: Fault) {
        let error = fault.at(&self.path);
        for task in batch {
            task.fail(repeated(&error));
        }
    }

    /// Tells those who wait how far the log goes now.
    fn announce(&self, head: Option<Position>) {
        let Some(head) = head else { return };
        self.head.send_if_modified(|known| std::mem::replace(known, head) != head);
    }
}

/// The same error for another task.
fn repeated(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable { reason } => StoreError::Unavailable { reason: reason.clone() },
        StoreError::Full { reason } => StoreError::Full { reason: reason.clone() },
        StoreError::Corrupt { reason } => StoreError::Corrupt { reason: reason.clone() },
        StoreError::Other(source) => other(source.to_string()),
    }
}
