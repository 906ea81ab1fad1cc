//! Readers: a few connections that cannot write, used on threads where waiting is allowed.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use freehold_ports::StoreError;
use rusqlite::Connection;
use tokio::{sync::Semaphore, task};

use crate::{
    Options, connection,
    fault::{Fault, other, unavailable},
};

/// Connections are opened when they are first needed, and kept.
pub(crate) struct Readers {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
}

struct Shared {
    path: Arc<Path>,
    options: Options,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: Arc<Path>, options: Options) -> Self {
        let permits = Arc::new(Semaphore::new(options.readers));
        Self { shared: Arc::new(Shared { path, options, idle: Mutex::default() }), permits }
    }

    /// Reads, when a connection is free.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| unavailable("the database was closed"))?;
        let shared = Arc::clone(&self.shared);
        let reading = task::spawn_blocking(move || {
            let read = shared.with_connection(work).map_err(|fault| fault.at(&shared.path));
            drop(permit);
            read
        });
        reading.await.unwrap_or_else(|_| Err(other("a read panicked")))
    }

    /// Waits for the reads that are under way and closes all connections.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.shared.options.readers).unwrap_or(u32::MAX);
        let permits = self.permits.acquire_many(all).await;
        self.permits.close();
        drop(permits);
        self.shared.idle().clear();
    }
}

impl Shared {
    /// A connection whose work panics is not used again.
    fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let idle = self.idle().pop();
        let connection = idle.map_or_else(|| connection::reading(&self.path, &self.options), Ok)?;
        let read = work(&connection);
        self.idle().push(connection);
        read
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
