//! Readers: a few connections that cannot write, used on threads where waiting is allowed.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use freehold_ports::StoreError;
use rusqlite::Connection;
use tokio::{sync::Semaphore, task};

use crate::{
    Options,
    connection::{self, Reading, Waiting},
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
    idle: Mutex<Vec<Reading>>,
}

impl Readers {
    pub(crate) fn new(path: Arc<Path>, options: Options) -> Self {
        let permits = Arc::new(Semaphore::new(options.readers));
        Self { shared: Arc::new(Shared { path, options, idle: Mutex::default() }), permits }
    }

    /// Reads, when a connection is free. Who stops waiting ends the read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| unavailable("the database was closed"))?;
        let shared = Arc::clone(&self.shared);
        let waiting = Arc::new(());
        let is_waited_for = Arc::downgrade(&waiting);
        let reading = task::spawn_blocking(move || {
            let read = shared.with_connection(is_waited_for, work).map_err(|fault| fault.at(&shared.path));
            drop(permit);
            read
        });
        let read = reading.await.unwrap_or_else(|_| Err(other("a read panicked")));
        drop(waiting);
        read
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
    fn with_connection<T>(
        &self,
        waiting: Waiting,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let idle = self.idle().pop();
        let reading = idle.map_or_else(|| connection::reading(&self.path, &self.options), Ok)?;
        reading.begin(waiting);
        let read = work(&reading.connection);
        self.idle().push(reading);
        read
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    const ENDLESS: &str =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    fn number(connection: &Connection, sql: &str) -> Result<i64, Fault> {
        Ok(connection.query_row(sql, [], |row| row.get(0))?)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_read_that_nobody_waits_for_any_more_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("database");
        let options = Options::new(&path).readers(1);
        drop(connection::writing(&path, &options).unwrap());
        let readers = Arc::new(Readers::new(path.into(), options));
        let (begun, has_begun) = oneshot::channel();
        let endless = tokio::spawn({
            let readers = readers.clone();
            async move {
                let read = |connection: &Connection| {
                    begun.send(()).unwrap();
                    number(connection, ENDLESS)
                };
                readers.read(read).await
            }
        });
        has_begun.await.unwrap();
        endless.abort();
        // There is one connection.
        let read = readers.read(|connection| number(connection, "SELECT 1")).await;
        assert_eq!(read.unwrap(), 1);
    }
}
