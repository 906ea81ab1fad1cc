//! A few connections for many callers.

use std::{
    ops::Deref,
    sync::{Mutex, PoisonError},
};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{Client, NoTls};

/// Opens a connection.
pub(super) async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("a connection ended: {error}");
        }
    });
    Ok(client)
}

/// Connections that are opened once, lent and given back, the last one first.
pub(super) struct Pool<T> {
    free: Mutex<Vec<T>>,
    permits: Semaphore,
}

impl<T> Pool<T> {
    pub(super) fn new(connections: Vec<T>) -> Self {
        Self { permits: Semaphore::new(connections.len()), free: Mutex::new(connections) }
    }

    pub(super) async fn lend(&self) -> anyhow::Result<Lent<'_, T>> {
        let permit = self.permits.acquire().await?;
        let connection = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Lent { connection, pool: self, _permit: permit })
    }
}

/// A connection that goes back when it is dropped.
pub(super) struct Lent<'p, T> {
    connection: Option<T>,
    pool: &'p Pool<T>,
    _permit: SemaphorePermit<'p>,
}

impl<T> Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.connection.as_ref().expect("there are as many permits as connections")
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).extend(self.connection.take());
    }
}
