//! How a server is set up.

use std::{ffi::OsString, path::Path};

use crate::{Binaries, Server};

/// What a server is made with. What is not said is as PostgreSQL has it: commits are flushed, text is in the order of
/// its bytes.
///
/// ```no_run
/// use postgres_server::{Binaries, Setup};
///
/// # fn main() -> anyhow::Result<()> {
/// let binaries = Binaries::find().expect("PostgreSQL is installed");
/// let server = Setup::new(binaries).setting("max_connections", "400").start("target".as_ref())?;
/// assert_eq!(server.sql("postgres", "SELECT 1 + 1")?, "2");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Setup {
    pub(crate) binaries: Binaries,
    pub(crate) initdb: Vec<String>,
    pub(crate) settings: Vec<String>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) files: Vec<(String, String)>,
}

impl Setup {
    /// With these programs.
    pub fn new(binaries: Binaries) -> Self {
        Self {
            binaries,
            initdb: Vec::new(),
            settings: Vec::new(),
            environment: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The same, with one more argument for `initdb`.
    #[must_use]
    pub fn initdb(mut self, argument: &str) -> Self {
        self.initdb.push(argument.to_owned());
        self
    }

    /// The same, with a setting as in `postgresql.conf`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push(format!("{name}={value}"));
        self
    }

    /// The same, with a variable in the environment of the server.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The same, with a file among its data that only the server can read, such as `server.key` or `pg_hba.conf`.
    #[must_use]
    pub fn file(mut self, name: &str, content: impl Into<String>) -> Self {
        self.files.push((name.to_owned(), content.into()));
        self
    }

    /// Makes the data of a server in a new folder below this one, and starts it.
    ///
    /// Where the user that the server runs as cannot reach that folder, the data lies with other temporary files.
    pub fn start(self, below: &Path) -> anyhow::Result<Server> {
        Server::create(self, below)
    }
}
