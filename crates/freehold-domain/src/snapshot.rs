//! Snapshots: when and how the state of an aggregate is kept, so that a long stream need not be folded from its
//! beginning.

use std::{
    fmt,
    num::NonZeroU64,
    panic::{AssertUnwindSafe, catch_unwind},
};

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use uuid::Uuid;

use crate::{Aggregate, Event, EventId, Version, event::unfit};

/// Whether the states of an aggregate are kept, and how; see [`Aggregate::snapshots`].
///
/// A snapshot is only ever a shortcut: it is read if it fits the code of today, and otherwise the state is folded from
/// its events, with the same result. It fits if the [fingerprint](SnapshotForm::fingerprint) under which it was kept
/// is that of today, which covers the shape of the state and the versions of the events. What it cannot see is a change
/// of what `evolve`, `begin` or an upcast do: with one, raise the [`version`](Self::version).
///
/// ```
/// use freehold::{EventId, Version, prelude::*};
/// # #[derive(Id)]
/// # pub struct AccountId(Uuid);
/// # #[derive(Clone, Debug, PartialEq, Event)]
/// # #[event(of = Account)]
/// # pub enum AccountEvent { Opened, Deposited { amount: i64 } }
/// # #[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)]
/// # pub enum AccountRejection {}
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
/// pub struct Account {
///     pub balance: i64,
/// }
///
/// impl Aggregate for Account {
///     // ..
/// #     const NAME: &'static str = "bank.Account";
/// #     type Id = AccountId;
/// #     type Event = AccountEvent;
/// #     type Rejection = AccountRejection;
/// #     fn begin(event: &AccountEvent) -> Option<Self> {
/// #         matches!(event, AccountEvent::Opened).then_some(Self { balance: 0 })
/// #     }
/// #     fn evolve(&mut self, event: &AccountEvent) {
/// #         if let AccountEvent::Deposited { amount } = event { self.balance += amount }
/// #     }
///     fn snapshots() -> Snapshots<Self> {
///         Snapshots::every(200).version(2) // deposits are counted otherwise since then
///     }
/// }
///
/// let form = Account::snapshots().form().expect("it is snapshotted");
/// assert!(form.is_due(Version(198), Version(201)) && !form.is_due(Version(201), Version(399)));
///
/// let (state, last) = (Account { balance: 7 }, EventId(Uuid::nil()));
/// let kept = form.encode(&state, last)?;
/// assert_eq!(form.decode(&kept)?, (state, last));
/// # Ok::<(), freehold::SnapshotError>(())
/// ```
pub struct Snapshots<A> {
    form: Option<SnapshotForm<A>>,
}

impl<A: Aggregate> Snapshots<A> {
    /// No state is kept: every stream is folded from its beginning.
    pub fn none() -> Self {
        Self { form: None }
    }

    /// The state is kept whenever so many events have been added to a stream; with 0, never.
    ///
    /// What the state serializes to must read back as the same state.
    pub fn every(events: u64) -> Self
    where
        A: Serialize + DeserializeOwned + JsonSchema,
    {
        let form = NonZeroU64::new(events).map(|every| SnapshotForm {
            every,
            version: 1,
            schema: schema::<A>,
            encode: |state, last| serde_json::to_string(&Kept { last, state }),
            decode: |json| serde_json::from_str(json),
        });
        Self { form }
    }

    /// The same, with the version of what is folded: 1 unless said. Another version makes every snapshot of before
    /// unfit.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        Self { form: self.form.map(|form| SnapshotForm { version, ..form }) }
    }

    /// How snapshots are taken and read, if they are.
    pub fn form(self) -> Option<SnapshotForm<A>> {
        self.form
    }
}

impl<A> fmt::Debug for Snapshots<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshots").field("form", &self.form).finish()
    }
}

/// How snapshots of an aggregate are taken and read.
pub struct SnapshotForm<A> {
    every: NonZeroU64,
    version: u32,
    schema: fn() -> Schema,
    encode: fn(&A, EventId) -> serde_json::Result<String>,
    decode: fn(&str) -> serde_json::Result<Kept<A>>,
}

/// What is written of a snapshot.
#[derive(Serialize, Deserialize)]
struct Kept<S> {
    last: EventId,
    state: S,
}

impl<A: Aggregate> SnapshotForm<A> {
    /// Whether a stream that has grown to this version since its last snapshot ([`Version::NONE`] without one) should
    /// have another.
    pub fn is_due(&self, last: Version, now: Version) -> bool {
        last.0 / self.every < now.0 / self.every
    }

    /// What tells whether a snapshot was kept by code that folds as that of today: the UUID of version 5 (RFC 9562) over
    /// the name of the aggregate, the JSON schema of its state with all types in it, the names and versions of its
    /// events, and the version of its snapshots. It takes a while: to be worked out once and remembered.
    pub fn fingerprint(&self) -> Uuid {
        let mut events: Vec<_> = A::Event::TYPES.iter().map(|kind| (kind.name, kind.version)).collect();
        events.sort_unstable();
        let text = json!([A::NAME, (self.schema)(), events, self.version]).to_string();
        Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes())
    }

    /// What is kept of a state and of the id of the last event in it, as JSON.
    pub fn encode(&self, state: &A, last: EventId) -> Result<String, SnapshotError> {
        guarded(|| (self.encode)(state, last))
    }

    /// Reads back what was kept. The id tells whether a stream is still the one that the state was folded from.
    pub fn decode(&self, json: &str) -> Result<(A, EventId), SnapshotError> {
        guarded(|| (self.decode)(json)).map(|Kept { last, state }| (state, last))
    }
}

impl<A> fmt::Debug for SnapshotForm<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { every, version, .. } = self;
        f.debug_struct("SnapshotForm").field("every", every).field("version", version).finish_non_exhaustive()
    }
}

/// Why a state cannot be kept, or what was kept cannot be read: without anything of its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SnapshotError {
    reason: String,
}

/// Code of a state that panics is code that cannot keep or read it.
fn guarded<T>(code: impl FnOnce() -> serde_json::Result<T>) -> Result<T, SnapshotError> {
    let reason = match catch_unwind(AssertUnwindSafe(code)) {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => unfit(&error),
        Err(_) => "its code panicked".to_owned(),
    };
    Err(SnapshotError { reason })
}

/// The shape of a type and of all types in it, without what is only said about them.
fn schema<T: JsonSchema>() -> Schema {
    let silent = RecursiveTransform(|schema: &mut Schema| {
        for word in ["title", "description", "examples"] {
            schema.remove(word);
        }
    });
    SchemaSettings::draft2020_12().with_transform(silent).into_generator().into_root_schema_for::<T>()
}
