//! Tasks: pieces of work for the writer, each with someone who waits for its outcome.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use freehold_ports::StoreError;
use tokio::sync::oneshot;

use crate::{
    fault::{Stop, other},
    session::{Session, Verdict},
};

/// Work inside a transaction, with its type erased.
pub(super) trait Task: Send {
    /// Does the work and holds its outcome. Done again if the transaction was not committed.
    fn run(&mut self, session: &Session<'_>) -> Verdict;
    /// Puts an error in the place of the outcome.
    fn fail(&mut self, error: StoreError);
    /// Gives the outcome to whoever waits. That nobody does any more changes nothing of it.
    fn answer(self: Box<Self>);
}

/// Work with its outcome.
pub(super) struct Request<W, T, E> {
    work: W,
    path: Arc<Path>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Request<W, T, E> {
    pub(super) fn new(work: W, path: Arc<Path>, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { work, path, outcome: None, reply }
    }
}

impl<W, T, E> Task for Request<W, T, E>
where
    W: FnMut(&Session<'_>) -> Result<T, Stop<E>> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, session: &Session<'_>) -> Verdict {
        let worked = catch_unwind(AssertUnwindSafe(|| (self.work)(session)));
        let outcome = match worked {
            Ok(outcome) => outcome.map_err(|stop| stop.at(&self.path)),
            Err(panic) => Err(other(format!("the work has panicked: {}", text_of(panic.as_ref()))).into()),
        };
        let verdict = if outcome.is_ok() { Verdict::Keep } else { Verdict::Undo };
        self.outcome = Some(outcome);
        verdict
    }

    fn fail(&mut self, error: StoreError) {
        self.outcome = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            self.reply.send(outcome).ok();
        }
    }
}

/// What a panic says.
pub(super) fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text")
}
