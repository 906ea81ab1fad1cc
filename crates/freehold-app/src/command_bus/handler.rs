//! The end of the command bus: load, decide, append.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use async_trait::async_trait;
use freehold_domain::{
    Aggregate, Change, Command, Create, Creation, Decide, Event, EventId, Events, Invalid, Metadata,
    Position, StreamId, Timestamp, UniqueKey,
};
use freehold_ports::{
    Append, AppendError, Clock, Conflict, Database, EventQuery, Expected, Fingerprint, IdSource, NewEvent,
    Outcome, Projection, Unless,
};
use uuid::Uuid;

use super::{AnyRejection, CommandRequest, DispatchError, Receipt};
use crate::{
    hot_state::{Certainty, HotState, Lane, Tip},
    repository::{Address, Loaded, Repository},
};

/// What handlers work with.
pub(crate) struct Log {
    pub(crate) database: Arc<dyn Database>,
    pub(crate) repository: Arc<Repository>,
    pub(crate) hot: HotState,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    /// By aggregate, the views with a synchronous share, those of higher priority first.
    pub(crate) inline: HashMap<String, Vec<Arc<dyn Projection>>>,
}

/// A command with what decides on it.
#[async_trait]
pub(crate) trait Handler: Send + Sync {
    fn validate(&self) -> Result<(), Invalid>;
    fn fingerprint(&self, target: Option<Uuid>) -> Fingerprint;
    fn creates(&self) -> bool;
    async fn handle(&self, request: &CommandRequest, log: &Log) -> Result<Receipt, DispatchError>;
}

/// A command that its aggregate decides on, by creating ([`Creation`]) or on what there is ([`Change`]).
pub trait Sendable<Kind>: Command {
    #[doc(hidden)]
    const CREATES: bool;

    #[doc(hidden)]
    fn decide_on(self, state: Option<&Self::Aggregate>, now: Timestamp) -> Option<Decision<Self>>;
}

type Decision<C> =
    Result<Events<<C as Command>::Aggregate>, <<C as Command>::Aggregate as Aggregate>::Rejection>;

impl<C: Command, Kind> Sendable<Kind> for C
where
    C::Kind: Decides<C, Kind>,
{
    const CREATES: bool = <C::Kind as Decides<C, Kind>>::CREATES;

    fn decide_on(self, state: Option<&C::Aggregate>, now: Timestamp) -> Option<Decision<C>> {
        <C::Kind as Decides<C, Kind>>::decide(self, state, now)
    }
}

/// How a kind of command is decided on. A step of its own, so that the compiler can tell a command of the wrong kind
/// from one that nothing decides on.
#[diagnostic::on_unimplemented(
    message = "`{C}` is a command of the other kind",
    label = "not with this command",
    note = "a command with `#[command(creates = ..)]` goes to `create`, one with `#[command(on = ..)]` to `send`"
)]
pub trait Decides<C: Command, Kind> {
    #[doc(hidden)]
    const CREATES: bool;

    #[doc(hidden)]
    fn decide(command: C, state: Option<&C::Aggregate>, now: Timestamp) -> Option<Decision<C>>;
}

impl<C: Command> Decides<C, Creation> for Creation
where
    C::Aggregate: Create<C>,
{
    const CREATES: bool = true;

    fn decide(command: C, state: Option<&C::Aggregate>, now: Timestamp) -> Option<Decision<C>> {
        state.is_none().then(|| <C::Aggregate as Create<C>>::decide(command, now))
    }
}

impl<C: Command> Decides<C, Change> for Change
where
    C::Aggregate: Decide<C>,
{
    const CREATES: bool = false;

    fn decide(command: C, state: Option<&C::Aggregate>, now: Timestamp) -> Option<Decision<C>> {
        state.map(|state| Decide::<C>::decide(state, command, now))
    }
}

/// The handler of one command.
pub(super) struct Deciding<C, Kind>(C, PhantomData<fn() -> Kind>);

impl<C, Kind> Deciding<C, Kind> {
    pub(super) fn new(command: C) -> Self {
        Self(command, PhantomData)
    }
}

#[async_trait]
impl<C: Sendable<Kind>, Kind: 'static> Handler for Deciding<C, Kind> {
    fn validate(&self) -> Result<(), Invalid> {
        self.0.validate().map_err(Invalid::from)
    }

    fn fingerprint(&self, target: Option<Uuid>) -> Fingerprint {
        let content = serde_json::to_string(&self.0).unwrap_or_default();
        let text = format!("{} {target:?} {content}", C::NAME);
        Fingerprint(Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()))
    }

    fn creates(&self) -> bool {
        C::CREATES
    }

    async fn handle(&self, request: &CommandRequest, log: &Log) -> Result<Receipt, DispatchError> {
        let stream = StreamId::new(C::Aggregate::NAME, request.target);
        let address = Address { tenant: request.caller.tenant.clone(), stream };
        let lane = log.hot.lane::<C::Aggregate>(&address);
        let on = On { lane: &lane, address: &address, request, log };
        let mut released = Released::default();
        loop {
            if let Some(receipt) = self.attempt(&on, &mut released).await? {
                return Ok(receipt);
            }
        }
    }
}

/// What a command is decided on, and what with.
struct On<'a, A: Aggregate> {
    lane: &'a Lane<A>,
    address: &'a Address,
    request: &'a CommandRequest,
    log: &'a Log,
}

/// What a decision leads to.
struct Prepared<A: Aggregate> {
    new: Vec<NewEvent>,
    claims: Vec<UniqueKey>,
    taken_in: Vec<(A::Event, EventId)>,
}

/// Unique keys that were found to have been given back, each with the position of that.
#[derive(Default)]
struct Released(Vec<(UniqueKey, Position)>);

impl Released {
    fn position_of(&self, key: &UniqueKey) -> Position {
        let positions = self.0.iter().filter(|(known, _)| known == key).map(|(_, position)| *position);
        positions.max().unwrap_or(Position::START)
    }

    /// Nobody has taken the key since.
    fn unless(&self, key: &UniqueKey) -> Unless {
        Unless { query: EventQuery::tag(key.claim()), after: self.position_of(key) }
    }
}

impl<C: Sendable<Kind>, Kind: 'static> Deciding<C, Kind> {
    /// Decides, and has it written. `None` if it has to be decided again, on what has become known meanwhile.
    async fn attempt(
        &self,
        on: &On<'_, C::Aggregate>,
        released: &mut Released,
    ) -> Result<Option<Receipt>, DispatchError> {
        let On { lane, address, request, log } = *on;
        let turn = lane.turn().await;
        let is_new = C::CREATES && log.hot.is_on();
        let Tip { mut loaded, certainty } = turn.tip(&log.repository, address, is_new).await?;
        let now = log.clock.now();
        let events = match self.decide(&loaded, request, now) {
            Ok(events) => events,
            Err(refusal) => {
                let decided = turn.leave(loaded);
                let is_certain = certainty == Certainty::Read
                    || Box::pin(lane.confirm(&log.repository, address, decided)).await?;
                return if is_certain { Err(refusal) } else { Ok(None) };
            }
        };
        let (version, last) = (loaded.version, loaded.last);
        let Prepared { new, claims, taken_in } = prepare(&mut loaded, events, log)?;
        let append = Append {
            tenant: address.tenant.clone(),
            stream: address.stream.clone(),
            expected: last.map_or(Expected::Version(version), |last| Expected::Event(version, last)),
            unless: claims.iter().map(|key| released.unless(key)).collect(),
            events: new,
            metadata: metadata(request, now),
            once: request.once.then(|| self.fingerprint((!C::CREATES).then_some(request.target))),
            inline: log.inline.get(request.info.aggregate).cloned().unwrap_or_default(),
        };
        let pending = log.database.submit(append).await;
        let flight = turn.advance(loaded, taken_in);
        match pending.await {
            Ok(outcome) => {
                // What was carried out before under the same command id has not led to this state.
                if !outcome.replayed {
                    flight.land(|loaded| log.repository.keep(address, loaded));
                }
                Ok(Some(receipt(&outcome)))
            }
            Err(AppendError::Conflict(conflict)) => {
                drop(flight);
                match conflict {
                    Conflict::Query { index, found } => {
                        let key = claims[index].clone();
                        let position = released_after(&key, found, request, log).await?;
                        released.0.push((key, position));
                    }
                    Conflict::Version { .. } | Conflict::Event { .. } if certainty == Certainty::Expected => {
                    }
                    // What was expected may not be what was closed.
                    Conflict::Archived { .. }
                        if certainty == Certainty::Expected
                            && !log.repository.ends_with(address, version, last).await? => {}
                    conflict => return Err(DispatchError::Conflict(conflict)),
                }
                Ok(None)
            }
            Err(error) => Err(dispatch_error(error)),
        }
    }

    /// What the command leads to, or why it does not.
    fn decide(
        &self,
        before: &Loaded<C::Aggregate>,
        request: &CommandRequest,
        now: Timestamp,
    ) -> Result<Events<C::Aggregate>, DispatchError> {
        let actual = before.version;
        if let Some(expected) = request.expected.filter(|expected| *expected != actual) {
            return Err(DispatchError::VersionMismatch { expected, actual });
        }
        let aggregate = C::Aggregate::NAME;
        let absent = if C::CREATES {
            DispatchError::Exists { aggregate }
        } else {
            DispatchError::NotFound { aggregate }
        };
        let decision = self.0.clone().decide_on(before.state.as_ref(), now).ok_or(absent)?;
        decision.map_err(|rejection| DispatchError::Rejected(Box::new(rejection) as Box<dyn AnyRejection>))
    }
}

/// The events as they are written, with a tag where one takes or gives back what is unique, and all that is taken and
/// was not held before. The aggregate takes them in.
fn prepare<A: Aggregate>(
    aggregate: &mut Loaded<A>,
    events: Events<A>,
    log: &Log,
) -> Result<Prepared<A>, DispatchError> {
    let mut prepared = Prepared { new: Vec::new(), claims: Vec::new(), taken_in: Vec::new() };
    let held = aggregate.state.as_ref().map_or_else(Vec::new, A::unique);
    let mut before = held.clone();
    for event in events.into_vec() {
        let id = EventId(log.ids.next());
        aggregate.take_in(&event, id);
        let Some(current) = &aggregate.state else {
            let name = event.event_type().name;
            return Err(DispatchError::Fault(format!("no `{}` begins with the event `{name}`", A::NAME)));
        };
        let after = current.unique();
        let taken = after.iter().filter(|key| !before.contains(key));
        let given_back = before.iter().filter(|key| !after.contains(key));
        let tags = taken.clone().map(UniqueKey::claim).chain(given_back.map(UniqueKey::release)).collect();
        prepared.claims.extend(taken.filter(|key| !held.contains(key)).cloned());
        let raw = event.encode().map_err(|error| DispatchError::Fault(error.to_string()))?;
        prepared.new.push(NewEvent { id, event: raw, tags });
        prepared.taken_in.push((event, id));
        before = after;
    }
    Ok(prepared)
}

/// The position at which a key was given back after it was last taken, or that it is taken.
async fn released_after(
    key: &UniqueKey,
    taken: Position,
    request: &CommandRequest,
    log: &Log,
) -> Result<Position, DispatchError> {
    let released =
        log.database.last_position(&request.caller.tenant, &EventQuery::tag(key.release())).await?;
    let free = released.filter(|released| *released > taken);
    free.ok_or(DispatchError::Taken { aggregate: request.info.aggregate, key: key.name() })
}

fn metadata(request: &CommandRequest, time: Timestamp) -> Metadata {
    Metadata {
        time,
        actor: request.caller.actor.clone(),
        correlation: request.caller.correlation,
        causation: request.caller.causation,
        command: request.command_id,
    }
}

pub(super) fn receipt(outcome: &Outcome) -> Receipt {
    Receipt {
        id: outcome.stream.id(),
        version: outcome.version,
        position: outcome.position,
        replayed: outcome.replayed,
    }
}

fn dispatch_error(error: AppendError) -> DispatchError {
    match error {
        AppendError::Conflict(conflict) => DispatchError::Conflict(conflict),
        AppendError::CommandIdReused(id) => DispatchError::CommandIdReused(id),
        AppendError::Inline { view, error } => DispatchError::Inline { view, error },
        AppendError::Store(error) => DispatchError::Store(error),
    }
}
