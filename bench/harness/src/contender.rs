//! What takes part in the benchmark.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Account, Asked, Balance, Case, Deposit, Fill, Metadata, Opening, Rows, Setup, ViewCase};

/// A way to keep events, over a database of its own.
pub trait Contender: Send + Sync + Sized + 'static {
    /// The ways in which this library takes part.
    fn variants() -> Vec<Variant>;

    /// Opens the database, which is empty, and creates what it needs.
    fn open(setup: &Setup) -> impl Future<Output = anyhow::Result<Self>> + Send;

    /// Writes accounts of so many events, the opening among them, past every cache that the contender has in memory.
    fn fill(&self, fill: Fill) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Loads the account, decides, and appends one event.
    fn deposit(
        &self,
        account: &Account,
        deposit: Deposit,
        metadata: Metadata,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Loads the account.
    fn load(&self, account: &Account) -> impl Future<Output = Result<Balance, Failure>> + Send;

    /// How many events the account has, however many it should have.
    fn count(&self, account: &Account) -> impl Future<Output = Result<u64, Failure>> + Send {
        async { Ok(self.load(account).await?.events) }
    }

    /// Leaves a snapshot of the account at its last event, in whichever way the library makes them. Says how many events
    /// it had to append for that.
    fn snapshot(&self, _account: &Account) -> impl Future<Output = anyhow::Result<u64>> + Send {
        async { anyhow::bail!("there are no snapshots") }
    }

    /// Loads the account from memory. Says how long that took, where more has to be done than that.
    fn recall(
        &self,
        account: &Account,
    ) -> impl Future<Output = Result<(Balance, Option<Duration>), Failure>> + Send {
        async { Ok((self.load(account).await?, None)) }
    }

    /// Reads the whole log in order and folds it.
    fn scan(&self) -> impl Future<Output = Result<Balance, Failure>> + Send {
        async { Err(Failure::unsupported()) }
    }

    /// Opens an account on the condition that no other has its nickname.
    fn claim(
        &self,
        _account: &Account,
        _opening: Opening,
        _metadata: Metadata,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Err(Failure::unsupported()) }
    }

    /// How the rows of the view of the setup are looked at, where it keeps one.
    fn rows(&self) -> Option<Rows> {
        None
    }

    /// Begins to bring the view of the setup up to date, from where it stands, and goes on as the log grows.
    fn follow(&self) -> impl Future<Output = anyhow::Result<()>> + Send {
        async { anyhow::bail!("there are no such views") }
    }

    /// Brings it up to date no further.
    fn rest(&self) -> impl Future<Output = anyhow::Result<()>> + Send {
        async { anyhow::bail!("there are no such views") }
    }

    /// Builds the view of the setup anew from the whole log and puts it into its place, while it is followed and the log grows.
    fn rebuild(&self) -> impl Future<Output = anyhow::Result<()>> + Send {
        async { anyhow::bail!("views are not built anew") }
    }

    /// The statement that writes the rows of holders, where it keeps them: those of the numbers 1 to `$1`, a `bigint`.
    fn fill_holders(&self) -> Option<&'static str> {
        None
    }

    /// The numbers of the rows that answer the question, in order.
    fn ask(&self, _asked: Asked) -> impl Future<Output = Result<Vec<u64>, Failure>> + Send {
        async { Err(Failure::unsupported()) }
    }
}

/// Why an operation did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Another caller was faster. The operation is begun again at once.
    Conflict,
    /// Anything else.
    Failed(anyhow::Error),
}

impl Failure {
    /// The contender has no such operation, and was asked although it says so.
    pub fn unsupported() -> Self {
        Self::Failed(anyhow::anyhow!("not supported"))
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// One way in which a library takes part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Variant {
    /// What it is called in tables.
    pub name: String,
    /// The packages that it is about, whose versions are told.
    pub packages: Vec<String>,
    /// How it was set up, and why so.
    pub setup: String,
    /// The databases that it runs on: `postgres`, `sqlite`.
    pub databases: Vec<String>,
    /// What it can load from beside the events, in case C.
    pub shortcuts: Vec<crate::Shortcut>,
    /// The cases that it does not run, each with the reason.
    pub refuses: Vec<(Case, String)>,
    /// The accounts that it does not load, in case C: those of more events than this, with the reason.
    pub longest: Option<(u64, String)>,
    /// The cases of views that it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<ViewCase>,
    /// How its views are set up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub view_setup: String,
    /// The cases of views that it does not run, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<(ViewCase, String)>,
    /// How many events it catches up with at most, where more would take too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catches_up: Option<u64>,
    /// What else a reader of its figures should know.
    pub remarks: Vec<String>,
    /// What it is to the others.
    pub kind: Kind,
}

/// What a contender is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// What all this is about.
    Own,
    /// No library, but a measure for them.
    Limit,
    /// Another library.
    Peer,
}

impl Variant {
    /// One that runs everything on PostgreSQL.
    pub fn new(name: &str, packages: &[&str], setup: &str) -> Self {
        Self {
            name: name.to_owned(),
            packages: packages.iter().map(|&package| package.to_owned()).collect(),
            setup: setup.to_owned(),
            databases: vec!["postgres".to_owned()],
            shortcuts: vec![crate::Shortcut::None],
            refuses: Vec::new(),
            longest: None,
            views: Vec::new(),
            view_setup: String::new(),
            without: Vec::new(),
            catches_up: None,
            remarks: Vec::new(),
            kind: Kind::Peer,
        }
    }

    /// The same, which does not run these cases.
    #[must_use]
    pub fn refuses(mut self, cases: &[Case], reason: &str) -> Self {
        self.refuses.extend(cases.iter().map(|&case| (case, reason.to_owned())));
        self
    }

    /// The same, on these databases.
    #[must_use]
    pub fn on(mut self, databases: &[&str]) -> Self {
        self.databases = databases.iter().map(|&database| database.to_owned()).collect();
        self
    }

    /// The same, which can also load from these.
    #[must_use]
    pub fn loads_from(mut self, shortcuts: &[crate::Shortcut]) -> Self {
        self.shortcuts.extend(shortcuts);
        self
    }

    /// The same, which never loads from events alone.
    #[must_use]
    pub fn from_snapshots_only(mut self) -> Self {
        self.shortcuts = vec![crate::Shortcut::Snapshot];
        self
    }

    /// The same, which loads no longer accounts.
    #[must_use]
    pub fn at_most(mut self, events: u64, reason: &str) -> Self {
        self.longest = Some((events, reason.to_owned()));
        self
    }

    /// The same, which keeps views in these cases, set up like this.
    #[must_use]
    pub fn views(mut self, cases: &[ViewCase], setup: &str) -> Self {
        self.views = cases.to_vec();
        setup.clone_into(&mut self.view_setup);
        self
    }

    /// The same, which does not run these cases of views.
    #[must_use]
    pub fn without(mut self, cases: &[ViewCase], reason: &str) -> Self {
        self.without.extend(cases.iter().map(|&case| (case, reason.to_owned())));
        self
    }

    /// The same, which catches up with no more events.
    #[must_use]
    pub fn catches_up_with(mut self, events: u64) -> Self {
        self.catches_up = Some(events);
        self
    }

    /// The same, with a remark.
    #[must_use]
    pub fn remark(mut self, remark: &str) -> Self {
        self.remarks.push(remark.to_owned());
        self
    }

    /// The same, as something else than a peer.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
}
