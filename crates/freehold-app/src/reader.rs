//! Reading the log in order, page by page, and waiting at its end until it grows.

use std::sync::Arc;

use freehold_domain::Position;
use freehold_ports::{Batch, Database, EventQuery, Scope, StoreError};
use tokio::sync::watch;

/// Reads on from a position.
pub(crate) struct Reader {
    database: Arc<dyn Database>,
    head: watch::Receiver<Position>,
    pages: Pages,
    position: Position,
}

/// What is read, and how much of it at once.
pub(crate) struct Pages {
    pub(crate) scope: Scope,
    pub(crate) query: EventQuery,
    pub(crate) limit: usize,
}

impl Reader {
    pub(crate) fn new(database: Arc<dyn Database>, pages: Pages, after: Position) -> Self {
        Self { head: database.head(), database, pages, position: after }
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

    /// The next page.
    pub(crate) async fn read(&mut self) -> Result<Batch, StoreError> {
        let Pages { scope, query, limit } = &self.pages;
        let batch = self.database.read_all(scope, self.position, query, *limit).await?;
        self.position = batch.read_to;
        Ok(batch)
    }
}
