//! A store for each of a few connections, lent and given back.

use std::sync::{Arc, Mutex, PoisonError};

use eventually_postgres::EventStoreBuilder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::{Client, NoTls};

use crate::{Store, ledger::Ledger};

#[derive(Clone)]
pub(crate) struct Pool {
    client: Arc<Client>,
    free: Arc<Mutex<Vec<Store>>>,
    permits: Arc<Semaphore>,
}

/// A store that goes back when it is dropped.
pub(crate) struct Lent {
    store: Store,
    free: Arc<Mutex<Vec<Store>>>,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(crate) async fn open(url: String, connections: usize) -> anyhow::Result<Self> {
        let mut stores = Vec::new();
        for _ in 0..connections {
            let mut client = connect(&url).await?;
            let builder = EventStoreBuilder::migrate_database(&mut client).await?.builder(Arc::new(client));
            stores.push(builder.for_aggregate("account", &Ledger).await?);
        }
        let client = Arc::new(connect(&url).await?);
        let permits = Arc::new(Semaphore::new(connections));
        Ok(Self { client, free: Arc::new(Mutex::new(stores)), permits })
    }

    /// A connection that is no store's.
    pub(crate) fn client(&self) -> Arc<Client> {
        self.client.clone()
    }

    pub(crate) async fn lend(&self) -> Lent {
        let permit = self.permits.clone().acquire_owned().await;
        let store = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let store = store.expect("there are as many permits as stores");
        Lent { store, free: self.free.clone(), _permit: permit }
    }
}

impl Lent {
    pub(crate) fn store(&self) -> Store {
        self.store.clone()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.store.clone());
    }
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("a connection ended: {error}");
        }
    });
    Ok(client)
}
