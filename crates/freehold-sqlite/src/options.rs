//! What can be chosen when a database is opened.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Where a database is, and how it is kept. A path alone is enough.
///
/// ```
/// use freehold_sqlite::{Durability, Options};
///
/// let options = Options::new("data/shop.db").durability(Durability::Crash).readers(4);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) path: PathBuf,
    pub(crate) durability: Durability,
    pub(crate) readers: usize,
    pub(crate) queue: usize,
    pub(crate) busy_timeout: Duration,
}

/// What an append that has returned survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Everything that the disk survives: each commit is flushed (`synchronous = FULL`).
    #[default]
    PowerLoss,
    /// The end of the process, `kill -9` too, but not a power failure: the last commits before that may be gone
    /// (`synchronous = NORMAL`). What is there after it is still whole, since commits are lost only from the end.
    Crash,
}

impl Options {
    /// The database in this file. It and the folder that it lies in are made if they are missing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            durability: Durability::default(),
            readers: 8,
            queue: 1024,
            busy_timeout: Duration::from_secs(5),
        }
    }

    /// What appends survive.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How many reads run at the same time at most; further ones wait. At least 1.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many writes wait for the writer at most; further callers wait for a place. At least 1.
    #[must_use]
    pub fn queue(mut self, queue: usize) -> Self {
        self.queue = queue.max(1);
        self
    }

    /// How long to wait for another program, such as the `sqlite3` shell, that has locked the file.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }
}

macro_rules! from_paths {
    ($($path:ty),+) => {$(
        impl From<$path> for Options {
            fn from(path: $path) -> Self {
                Self::new(path)
            }
        }
    )+};
}

from_paths! { &str, String, &Path, PathBuf, &PathBuf }
