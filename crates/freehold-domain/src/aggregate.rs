//! Aggregates: state that is folded from events, and the decisions that are taken on it.

use crate::{Command, Event, Id, Rejection, Snapshots, Timestamp, UniqueKey};

/// A consistency boundary whose state is folded from the events of one stream.
///
/// A stream without events has no value of this type: an aggregate that does not exist is not a state of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    note = "implement `freehold::Aggregate` for it: what it is called, how it begins and how events change it"
)]
pub trait Aggregate: Clone + Send + Sync + Sized + 'static {
    /// The stable name that its streams carry in the log, with the context before it: `shipping.Shipment`.
    const NAME: &'static str;
    /// What identifies one of them.
    type Id: Id;
    /// What can happen to one of them.
    type Event: Event<Aggregate = Self>;
    /// Why it may refuse a command.
    type Rejection: Rejection;

    /// The state after the first event of a stream, or `None` if no stream begins with this event.
    fn begin(event: &Self::Event) -> Option<Self>;

    /// Takes in what happened. An event is a fact: nothing is checked and nothing can fail here.
    fn evolve(&mut self, event: &Self::Event);

    /// What no other live stream of the tenant may share with this one; nothing once its life has ended.
    fn unique(&self) -> Vec<UniqueKey> {
        Vec::new()
    }

    /// Whether its state is kept every so many events, so that long streams need not be read from their beginning.
    fn snapshots() -> Snapshots<Self> {
        Snapshots::none()
    }

    /// Folds the events of a stream from its beginning.
    fn fold<'e>(events: impl IntoIterator<Item = &'e Self::Event>) -> Option<Self> {
        events.into_iter().fold(None, Self::apply)
    }

    /// Takes one more event in. An event that no stream begins with leaves nothing as nothing.
    fn apply(state: Option<Self>, event: &Self::Event) -> Option<Self> {
        match state {
            Some(mut state) => {
                state.evolve(event);
                Some(state)
            }
            None => Self::begin(event),
        }
    }
}

/// Decides on a command that begins a stream.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide on the creating command `{C}`",
    note = "implement `freehold::Create<{C}>` for `{Self}`"
)]
pub trait Create<C: Command<Aggregate = Self>>: Aggregate {
    /// What happens, or why it does not. The first event must be one that a stream begins with.
    fn decide(command: C, now: Timestamp) -> Result<Events<Self>, Self::Rejection>;
}

/// Decides on a command to an aggregate that exists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide on the command `{C}`",
    note = "implement `freehold::Decide<{C}>` for `{Self}`"
)]
pub trait Decide<C: Command<Aggregate = Self>>: Aggregate {
    /// What happens, or why it does not.
    fn decide(&self, command: C, now: Timestamp) -> Result<Events<Self>, Self::Rejection>;
}

/// What a decision makes happen, in order; possibly nothing.
#[derive(Clone, Debug)]
pub struct Events<A: Aggregate>(Vec<A::Event>);

impl<A: Aggregate> Events<A> {
    /// Nothing happens.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// The same, and this after it.
    #[must_use]
    pub fn and(mut self, event: A::Event) -> Self {
        self.0.push(event);
        self
    }

    /// The same, and this after it if the condition holds.
    #[must_use]
    pub fn and_when(self, condition: bool, event: impl FnOnce() -> A::Event) -> Self {
        if condition { self.and(event()) } else { self }
    }

    /// The events, in order.
    pub fn as_slice(&self) -> &[A::Event] {
        &self.0
    }

    /// The events, in order.
    pub fn into_vec(self) -> Vec<A::Event> {
        self.0
    }
}

impl<A: Aggregate<Event = E>, E: Event<Aggregate = A>> From<E> for Events<A> {
    fn from(event: E) -> Self {
        Self(vec![event])
    }
}
