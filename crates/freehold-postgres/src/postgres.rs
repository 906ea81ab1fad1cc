//! The database: a handle to what appends, reads and listens.

use std::{fmt, sync::Arc};

use freehold_domain::Position;
use freehold_ports::{Append, Pending, StoreError};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    Options,
    committer::{self, Committer},
    connection::{Address, Purpose},
    migrator,
    readers::{Reader, Readers},
    signal::Signal,
};

/// A database of a PostgreSQL server. Its clones are handles to the same one.
///
/// Freehold's own tables lie in the schema `freehold`, those of contexts where the search path of the URL's role leads,
/// which is `public` unless said. People can read all of them.
///
/// ```no_run
/// use freehold_domain::Position;
/// use freehold_ports::EventStore;
/// use freehold_postgres::Postgres;
///
/// # async fn open() -> Result<(), freehold_ports::StoreError> {
/// let database = Postgres::open("postgres://shop:secret@localhost/shop").await?;
/// assert!(*database.head().borrow() >= Position::START);
/// database.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Postgres {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    owner: Address,
    /// Whom the service connects as, where that is not the owner.
    service: Option<String>,
    readers: Readers,
    committer: committer::Handle,
    signal: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    head: Arc<watch::Sender<Position>>,
    stop: CancellationToken,
}

impl Postgres {
    /// Opens a database, and makes the tables of the log if they are not there.
    ///
    /// Errors: [`StoreError::Unavailable`] if the server cannot be reached or does not let the role in, and whatever
    /// keeps its tables from being brought up to date.
    pub async fn open(options: impl Into<Options>) -> Result<Self, StoreError> {
        let options = options.into();
        let address = Address::parse(&options.url, options.connect_timeout)?;
        let owner = match &options.owner {
            Some(url) => Address::parse(url, options.connect_timeout)?,
            None => address.clone(),
        };
        let service = address.user().filter(|user| owner.user() != Some(user)).map(str::to_owned);
        migrator::prepare(&owner, service.as_deref()).await?;
        let purpose = Purpose::Read { statement: options.statement_timeout };
        let readers = Readers::new(&address, purpose, options.readers, &options)?;
        let head = readers.get().await?.head().await?;
        let (head, stop) = (Arc::new(watch::Sender::new(head)), CancellationToken::new());
        let committer = Committer::start(address.clone(), &options, Arc::clone(&head)).await?;
        let signal = Signal::new(address, &options, Arc::clone(&head), stop.clone());
        let signal = tokio::sync::Mutex::new(Some(tokio::spawn(signal.run())));
        let shared = Shared { options, owner, service, readers, committer, signal, head, stop };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Finishes what was accepted and closes all connections. Other handles find the database unavailable from then
    /// on. Dropping the last handle does the same, but nobody can wait for it.
    pub async fn close(self) {
        self.shared.committer.close().await;
        self.shared.stop.cancel();
        if let Some(signal) = self.shared.signal.lock().await.take() {
            // It ends when it is told to; that it panicked changes nothing of it.
            signal.await.ok();
        }
        self.shared.readers.close();
    }

    /// Hands an append over to the committer.
    pub(crate) async fn hand_over(&self, append: Append) -> Pending {
        self.shared.committer.submit(append).await
    }

    /// A connection for everything but appending.
    pub(crate) async fn reader(&self) -> Result<Reader, StoreError> {
        self.shared.readers.get().await
    }

    /// A connection that may change tables, and whom they have to be opened to.
    pub(crate) fn owner(&self) -> (&Address, Option<&str>) {
        (&self.shared.owner, self.shared.service.as_deref())
    }

    pub(crate) fn watch_head(&self) -> watch::Receiver<Position> {
        self.shared.head.subscribe()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("options", &self.shared.options).finish_non_exhaustive()
    }
}
