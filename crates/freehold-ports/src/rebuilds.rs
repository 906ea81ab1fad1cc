//! Rebuilds: a view is filled beside the one that serves, compared with it, and takes its place.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use freehold_domain::{Cell, RawEvent, Recorded, Schema, SyncMode, Timestamp};

use crate::{ApplyError, EventQuery, FoldError, Projection, Scripts, StoreError, ViewVersion};

/// Filling views beside those that serve, and putting them into their place.
///
/// A view that is being rebuilt is a view like any other, its [`Shadow`], with a table of its own and partitions that workers
/// hold. Obligations, each a test of `freehold_testkit::conformance`: what takes the place of a view has taken in every event
/// once that the view had, and none is lost or doubled in going on; both change places in one transaction, which readers see
/// whole or not at all; what has been in the place before can be put back.
#[async_trait]
pub trait Rebuilds: Send + Sync + 'static {
    /// Which version of the view its table holds. The first that asks finds its own there.
    async fn live_version(&self, projection: &Arc<dyn Projection>) -> Result<u32, StoreError>;

    /// Begins to fill a view anew, in so many partitions. Does nothing if that is under way for this version, and begins
    /// again if it was ended or has taken over before.
    async fn begin_rebuild(&self, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), StoreError>;

    /// All that are under way or can be rolled back, by view.
    async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError>;

    /// Says whether a rebuild takes over by itself when it is there.
    async fn set_automatic(&self, view: &str, automatic: bool) -> Result<(), StoreError>;

    /// Takes in what the shadow still lacks, and compares it with what serves. Nothing, and nothing is done, if more is
    /// lacking than is taken in at once, or the rebuild is not under way.
    async fn compare(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError>;

    /// The same, and puts it into the place of what serves.
    async fn take_over(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError>;

    /// Puts back what has served before a rebuild of this version took over; it goes on where it was. False, if there is
    /// none.
    ///
    /// Errors: [`ApplyError::Refused`] where appends write, if what has served before cannot be brought to where they are:
    /// if it lacks more than is taken in at once, or is of another version.
    async fn roll_back(&self, shadow: &Shadow) -> Result<bool, ApplyError>;

    /// Ends a rebuild, and removes what was filled or kept.
    async fn end_rebuild(&self, shadow: &Shadow) -> Result<(), StoreError>;
}

/// A rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// The view.
    pub view: String,
    /// The version that is filled.
    pub version: u32,
    /// How far it is.
    pub stage: Stage,
    /// Whether it takes over by itself.
    pub automatic: bool,
    /// When it was begun.
    pub began: Timestamp,
    /// How it compared when that was looked at last.
    pub comparison: Option<Comparison>,
}

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is being filled from the log.
    Filling,
    /// It has been filled and compared, follows the log, and waits for a word.
    Waiting,
    /// It serves; what has served before is kept.
    TakenOver,
    /// What has served before serves again; what was filled is kept.
    RolledBack,
}

impl Stage {
    /// Whether workers fill it.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Filling | Self::Waiting)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filling => "filling",
            Self::Waiting => "waiting",
            Self::TakenOver => "taken-over",
            Self::RolledBack => "rolled-back",
        }
    }

    /// The one of this name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Filling, Self::Waiting, Self::TakenOver, Self::RolledBack]
            .into_iter()
            .find(|stage| stage.name() == name)
    }
}

/// How what was filled differs from what serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Comparison {
    /// How many rows are in either.
    pub rows: u64,
    /// How many are in the new one alone.
    pub added: u64,
    /// How many are in the old one alone.
    pub gone: u64,
    /// How many are in both and not the same.
    pub changed: u64,
    /// Some of those that differ.
    pub samples: Vec<Sample>,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sample {
    /// Whose it is.
    pub tenant: String,
    /// Its key, as [`RowId::key_text`](crate::RowId::key_text) has it.
    pub key: String,
    /// How it differs: `added`, `gone`, or `changed`.
    pub kind: String,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        (self.added, self.gone, self.changed) == (0, 0, 0)
    }
}

/// A view as it is filled beside the one that serves: the same fold, for a table of its own, and by workers alone.
#[derive(Clone)]
pub struct Shadow {
    live: Arc<dyn Projection>,
    schema: &'static Schema,
}

impl Shadow {
    /// What the name of its view and of its table end with.
    const SUFFIX: &'static str = "__rebuild";

    /// The one of this view.
    pub fn of(live: &Arc<dyn Projection>) -> Self {
        Self { live: Arc::clone(live), schema: schema_of(live.schema()) }
    }

    /// The view that serves.
    pub fn live(&self) -> &Arc<dyn Projection> {
        &self.live
    }

    /// What it is called itself.
    pub fn view(&self) -> ViewVersion {
        ViewVersion::of(self.schema)
    }

    /// That what has served before cannot be put back, since appends could not go on from there.
    pub fn stands_too_far_behind(&self) -> ApplyError {
        let reason = "what served before lacks more events than can be taken in at once, or is of another version; \
                      rebuild the view instead";
        ApplyError::Refused { view: self.live.schema().view, reason: reason.to_owned() }
    }

    /// The view that serves, if this is the name of one that is filled.
    pub fn live_name(view: &str) -> Option<&str> {
        view.strip_suffix(Self::SUFFIX)
    }
}

/// A schema is where it is for good, and there is one for each view, however often it is rebuilt.
fn schema_of(live: &'static Schema) -> &'static Schema {
    static KNOWN: LazyLock<Mutex<HashMap<usize, &'static Schema>>> = LazyLock::new(Mutex::default);
    let named = |name: &str| -> &'static str { String::leak(format!("{name}{}", Shadow::SUFFIX)) };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(std::ptr::from_ref(live).addr()).or_insert_with(|| {
        let Schema { view, version, table, columns, key } = *live;
        Box::leak(Box::new(Schema { view: named(view), version, table: named(table), columns, key }))
    })
}

impl Projection for Shadow {
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn query(&self) -> &EventQuery {
        self.live.query()
    }

    fn sync(&self) -> SyncMode {
        SyncMode::Async
    }

    fn priority(&self) -> i32 {
        self.live.priority()
    }

    fn timeout(&self) -> Duration {
        self.live.timeout()
    }

    fn scripts(&self) -> Option<&dyn Scripts> {
        self.live.scripts()
    }

    fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        self.live.keys(event)
    }

    fn fold(
        &self,
        key: &[Cell],
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        self.live.fold(key, row, events)
    }
}
