//! The database: a handle to its writer and its readers.

use std::{fmt, path::Path, sync::Arc};

use freehold_domain::Position;
use freehold_ports::StoreError;
use rusqlite::Connection;
use tokio::{sync::watch, task};

use crate::{
    Options,
    fault::{Fault, Stop, other},
    lock,
    nodes::Nodes,
    readers::Readers,
    session::Session,
    writer,
};

/// A database in one SQLite file, for one process. Its clones are handles to the same one.
///
/// Beside the file lie `-wal` and `-shm`, which belong to it, and `.lock`, which keeps a second process from opening
/// it. Other programs, such as the `sqlite3` shell, can read it meanwhile.
///
/// People can read the tables: ids, moments and decimals are text. Lengths of time are kept to the microsecond, and
/// days and moments are sorted as such from the year 0 on.
///
/// ```
/// use freehold_domain::Position;
/// use freehold_ports::EventStore;
/// use freehold_sqlite::Sqlite;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("shop.db");
/// let database = Sqlite::open(&path).await?;
/// assert_eq!(*database.head().borrow(), Position::START);
/// database.close().await;
/// # Ok::<(), freehold_ports::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

struct Shared {
    path: Arc<Path>,
    writer: writer::Handle,
    readers: Readers,
    nodes: Nodes,
}

impl Sqlite {
    /// Opens a database, and makes it if it is not there.
    ///
    /// Errors: [`StoreError::Unavailable`] if the file cannot be opened or another process has it open,
    /// [`StoreError::Corrupt`] if it is no SQLite database or a damaged one.
    pub async fn open(options: impl Into<Options>) -> Result<Self, StoreError> {
        let options = options.into();
        let wanted = options.path.clone();
        let located = task::spawn_blocking(move || lock::locate(&wanted)).await;
        let path: Arc<Path> =
            located.unwrap_or_else(|_| Err(other("opening a database has panicked")))?.into();
        let writer = writer::Handle::start(path.clone(), options.clone()).await?;
        let readers = Readers::new(path.clone(), options);
        Ok(Self { shared: Arc::new(Shared { path, writer, readers, nodes: Nodes::default() }) })
    }

    /// Finishes what was accepted, closes the file and gives its lock up. When this returns it can be opened again.
    ///
    /// Other handles find the database unavailable from then on. Dropping the last handle does the same, but nobody
    /// can wait for it.
    pub async fn close(self) {
        self.shared.readers.close().await;
        self.shared.writer.close().await;
    }

    /// Where it is, through links.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Hands work to the writer: what is returned waits until it is done.
    pub(crate) async fn submit<T, E>(
        &self,
        work: impl FnMut(&Session<'_>) -> Result<T, Stop<E>> + Send + 'static,
    ) -> impl Future<Output = Result<T, E>> + Send + 'static
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.shared.writer.submit(work).await
    }

    /// Has work done by the writer.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnMut(&Session<'_>) -> Result<T, Stop<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit(work).await.await
    }

    /// Has work done by a reader.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.readers.read(work).await
    }

    /// Who is there.
    pub(crate) fn nodes(&self) -> &Nodes {
        &self.shared.nodes
    }

    pub(crate) fn watch_head(&self) -> watch::Receiver<Position> {
        self.shared.writer.head()
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.shared.path).finish_non_exhaustive()
    }
}
