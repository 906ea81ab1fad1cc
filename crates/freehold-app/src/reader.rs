//! Reading the log in order, page by page, and waiting at its end until it grows.

use std::{panic::resume_unwind, sync::Arc};

use freehold_domain::Position;
use freehold_ports::{Batch, Database, EventQuery, Scope, StoreError};
use tokio::{sync::watch, task::JoinError};
use tokio_util::task::AbortOnDropHandle;

/// Reads on from a position.
pub(crate) struct Reader {
    database: Arc<dyn Database>,
    head: watch::Receiver<Position>,
    pages: Arc<Pages>,
    position: Position,
    /// The next page, which is being read.
    ahead: Option<AbortOnDropHandle<Result<Batch, StoreError>>>,
}

/// What is read, and how much of it at once.
pub(crate) struct Pages {
    pub(crate) scope: Scope,
    pub(crate) query: EventQuery,
    pub(crate) limit: usize,
}

impl Reader {
    pub(crate) fn new(database: Arc<dyn Database>, pages: Pages, after: Position) -> Self {
        Self { head: database.head(), database, pages: Arc::new(pages), position: after, ahead: None }
    }

    /// Nothing at or before this position is left to read.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Whether the log goes further.
    pub(crate) fn is_behind(&self) -> bool {
        self.position < *self.head.borrow()
    }

    /// Waits until the log goes further.
    pub(crate) async fn grown(&mut self) -> Result<(), StoreError> {
        let position = self.position;
        match self.head.wait_for(|head| position < *head).await {
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::Unavailable { reason: "the log has been closed".to_owned() }),
        }
    }

    /// Begins to read the next page, if there is one, so that it is there when it is asked for.
    pub(crate) fn read_ahead(&mut self) {
        if self.ahead.is_none() && self.is_behind() {
            self.ahead = Some(AbortOnDropHandle::new(tokio::spawn(self.page())));
        }
    }

    /// The next page.
    pub(crate) async fn read(&mut self) -> Result<Batch, StoreError> {
        let batch = match &mut self.ahead {
            Some(ahead) => {
                let read = ahead.await;
                self.ahead = None;
                read.unwrap_or_else(|error| Err(not_read(error)))?
            }
            None => self.page().await?,
        };
        self.position = batch.read_to;
        Ok(batch)
    }

    fn page(&self) -> impl Future<Output = Result<Batch, StoreError>> + Send + use<> {
        let (database, pages, after) = (self.database.clone(), self.pages.clone(), self.position);
        async move { database.read_all(&pages.scope, after, &pages.query, pages.limit).await }
    }
}

/// A panic goes on where the page was asked for.
fn not_read(error: JoinError) -> StoreError {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => StoreError::Unavailable { reason: "the runtime is shutting down".to_owned() },
    }
}
