//! Given what has happened, when a command comes, then this follows: tests of decisions, without a store.

use std::fmt::Debug;

use freehold_app::Sendable;
use freehold_domain::{Aggregate, Command, EventId, Invalid, SnapshotForm, Timestamp};
use uuid::Uuid;

/// The moment of decision unless a test says otherwise: 2026-01-15, 9:00 UTC.
pub fn now() -> Timestamp {
    Timestamp::from_micros(1_768_467_600_000_000)
}

/// Begins a test of an aggregate to which this has happened; nothing, if it does not exist yet.
///
/// ```ignore
/// given::<Shipment>([booked()]).when(DispatchShipment { carrier: Carrier::Dhl }).then([dispatched()]);
/// ```
///
/// # Panics
/// If no stream begins with the first event.
#[track_caller]
pub fn given<A: Aggregate>(history: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let history: Vec<A::Event> = history.into_iter().collect();
    let state = A::fold(&history);
    assert!(state.is_some() || history.is_empty(), "no `{}` begins with {:?}", A::NAME, history[0]);
    Given { history, state, now: now() }
}

/// An aggregate with a history. Next: [`when`](Self::when), or
/// [`then_snapshots_change_nothing`](Self::then_snapshots_change_nothing).
#[must_use = "go on with `when`"]
pub struct Given<A: Aggregate> {
    history: Vec<A::Event>,
    state: Option<A>,
    now: Timestamp,
}

impl<A: Aggregate> Given<A> {
    /// The command comes at this moment.
    pub fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// The command comes.
    ///
    /// # Panics
    /// If it creates and the history is not empty, or if it changes and there is nothing to change.
    #[track_caller]
    pub fn when<C>(self, command: C) -> When<A>
    where
        C: Command<Aggregate = A> + Sendable<<C as Command>::Kind>,
    {
        if let Err(report) = command.validate() {
            return When { decision: Err(Refusal::Invalid(report.into())) };
        }
        let Some(decision) = command.decide_on(self.state.as_ref(), self.now) else {
            panic!("`{}` creates, and there is a history; or it changes, and there is none", C::NAME);
        };
        When { decision: decision.map(freehold_domain::Events::into_vec).map_err(Refusal::Rejected) }
    }

    /// The state is the same, whether it is folded from all events or read from a snapshot behind any of them.
    ///
    /// ```ignore
    /// given::<Shipment>([booked(), dispatched()]).then_snapshots_change_nothing();
    /// ```
    ///
    /// # Panics
    /// If it is not, if the aggregate is not snapshotted, or if nothing has happened to it.
    #[track_caller]
    pub fn then_snapshots_change_nothing(self)
    where
        A: Debug + PartialEq,
    {
        let Some(form) = A::snapshots().form() else { panic!("`{}` is not snapshotted", A::NAME) };
        assert!(!self.history.is_empty(), "of what does not exist there is no snapshot");
        for at in 1..=self.history.len() {
            let (before, behind) = self.history.split_at(at);
            let kept = A::fold(before).map(|state| kept(&form, &state));
            same(&behind.iter().fold(kept, A::apply), &self.state);
        }
    }
}

/// The state as it comes back from a snapshot.
#[track_caller]
fn kept<A: Aggregate>(form: &SnapshotForm<A>, state: &A) -> A {
    let kept = form.encode(state, EventId(Uuid::nil())).and_then(|json| form.decode(&json));
    kept.unwrap_or_else(|error| panic!("a snapshot of `{}` does not come back: {error}", A::NAME)).0
}

/// A decision. Next: one of its `then`s.
#[must_use = "go on with one of the `then`s"]
pub struct When<A: Aggregate> {
    decision: Result<Vec<A::Event>, Refusal<A::Rejection>>,
}

/// Why nothing happens.
#[derive(Debug, PartialEq)]
enum Refusal<R> {
    Invalid(Invalid),
    Rejected(R),
}

impl<A: Aggregate> When<A> {
    /// Exactly this happens.
    ///
    /// # Panics
    /// If anything else does.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = A::Event>) {
        let expected: Vec<A::Event> = expected.into_iter().collect();
        same(&self.decision, &Ok(expected));
    }

    /// Nothing happens, and nobody refuses.
    ///
    /// # Panics
    /// If anything happens, or the command is refused.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then([]);
    }

    /// The aggregate refuses, for this reason.
    ///
    /// # Panics
    /// If it does not, or for another one.
    #[track_caller]
    pub fn then_rejected(self, expected: A::Rejection) {
        same(&self.decision, &Err(Refusal::Rejected(expected)));
    }

    /// The command breaks the bounds of the field at this path, and nothing is decided.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn then_invalid(self, path: &str) {
        match self.decision {
            Err(Refusal::Invalid(invalid))
                if invalid.violations.iter().any(|violation| violation.path == path) => {}
            other => panic!("`{path}` was expected to be refused; instead: {other:?}"),
        }
    }
}

#[track_caller]
fn same<T: Debug + PartialEq>(actual: &T, expected: &T) {
    assert!(actual == expected, "\nexpected: {expected:#?}\n  actual: {actual:#?}");
}
