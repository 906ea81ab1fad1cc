//! What can be chosen when a database is opened.

use std::{fmt, time::Duration};

/// Where a database is, and how it is used. A URL alone is enough.
///
/// ```
/// use std::time::Duration;
///
/// use freehold_postgres::Options;
///
/// let options = Options::new("postgres://shop@db.internal/shop?sslmode=verify-full")
///     .owner("postgres://shop_owner@db.internal/shop?sslmode=verify-full")
///     .readers(16)
///     .statement_timeout(Duration::from_secs(10));
/// ```
///
/// URLs are those of `libpq`, with `sslmode` as `disable`, `prefer`, `require` or `verify-full`, and `sslrootcert` as
/// the file of the certificates to trust in the place of the system's. As with `libpq`, only `verify-full` proves that
/// the server is the one that is meant; `prefer`, which is what holds if nothing is said, and `require` encrypt.
#[derive(Clone)]
pub struct Options {
    pub(crate) url: String,
    pub(crate) owner: Option<String>,
    pub(crate) readers: usize,
    pub(crate) queue: usize,
    pub(crate) batch: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) wait_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) tick: Duration,
    pub(crate) poll: Duration,
}

impl Options {
    /// The database of this URL: `postgres://user:password@host:5432/name`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            owner: None,
            readers: 8,
            queue: 1024,
            batch: 256,
            connect_timeout: Duration::from_secs(5),
            wait_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            tick: Duration::from_millis(20),
            poll: Duration::from_secs(1),
        }
    }

    /// The URL by which tables are made and changed; that of the service itself unless said.
    ///
    /// With two roles the service owns nothing: it can neither change a table nor write to the log past the functions
    /// that are made for it. The owner needs the right to create in the database; it grants the service what it needs.
    #[must_use]
    pub fn owner(mut self, url: impl Into<String>) -> Self {
        self.owner = Some(url.into());
        self
    }

    /// How many connections read at the same time at most; further reads wait. At least 1. Besides there is one
    /// that appends, one that listens, and one that reads rows of synchronous views before they are written, if there are any.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many appends wait at most; further callers wait for a place. At least 1.
    #[must_use]
    pub fn queue(mut self, queue: usize) -> Self {
        self.queue = queue.max(1);
        self
    }

    /// How many appends share a transaction at most. At least 1.
    #[must_use]
    pub fn batch(mut self, batch: usize) -> Self {
        self.batch = batch.max(1);
        self
    }

    /// How long connecting may take; 5 s unless said.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a read may wait for a free connection; 5 s unless said.
    #[must_use]
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.wait_timeout = timeout;
        self
    }

    /// How long a statement may take on the server, waiting for locks included; 30 s unless said. Migrations are not
    /// limited.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// How often at most other nodes are told that the log has grown; 20 ms unless said.
    #[must_use]
    pub fn tick(mut self, tick: Duration) -> Self {
        self.tick = tick;
        self
    }

    /// How often the head of the log is looked at, in case a notification was lost; 1 s unless said.
    #[must_use]
    pub fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }
}

impl From<&str> for Options {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Options {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl fmt::Debug for Options {
    /// Without the URLs, which may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("readers", &self.readers).finish_non_exhaustive()
    }
}
