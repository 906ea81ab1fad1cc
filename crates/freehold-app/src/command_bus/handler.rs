//! The end of the command bus: load, decide, append.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use async_trait::async_trait;
use freehold_domain::{
    Aggregate, Change, Command, Create, Creation, Decide, Event, EventId, Events, Invalid, Metadata,
    Position, StreamId, Timestamp, UniqueKey, Version,
};
use freehold_ports::{
    Append, AppendError, Clock, Conflict, Database, EventQuery, Expected, Fingerprint, IdSource, NewEvent,
    Outcome, Projection, Unless,
};
use uuid::Uuid;

use super::{AnyRejection, CommandRequest, DispatchError, Receipt};
use crate::repository::{Address, Loaded, Repository};

/// What handlers work with.
pub(crate) struct Log {
    pub(crate) database: Arc<dyn Database>,
    pub(crate) repository: Arc<Repository>,
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
        let mut known = Known::default();
        loop {
            let before = log.repository.load(&address).await?;
            let (decided, after) = self.decide(before, request, log)?;
            match append(decided, &address, request, log, &known).await? {
                Ok(outcome) => {
                    // What was carried out before under the same command id has not led to this state.
                    if !outcome.replayed {
                        log.repository.keep(&address, &after);
                    }
                    return Ok(receipt(&outcome));
                }
                Err(released) => known.0.push(released),
            }
        }
    }
}

/// What a decision leads to, and the version that it was taken at.
struct Decided {
    version: Version,
    now: Timestamp,
    events: Vec<NewEvent>,
    claims: Vec<UniqueKey>,
    fingerprint: Option<Fingerprint>,
}

/// Unique keys that were found to have been given back, each with the position of that.
#[derive(Default)]
struct Known(Vec<(UniqueKey, Position)>);

impl Known {
    fn position_of(&self, key: &UniqueKey) -> Position {
        let positions = self.0.iter().filter(|(known, _)| known == key).map(|(_, position)| *position);
        positions.max().unwrap_or(Position::START)
    }
}

impl<C: Sendable<Kind>, Kind: 'static> Deciding<C, Kind> {
    /// What the command leads to, and the aggregate as it will stand then.
    fn decide(
        &self,
        before: Loaded<C::Aggregate>,
        request: &CommandRequest,
        log: &Log,
    ) -> Result<(Decided, Loaded<C::Aggregate>), DispatchError> {
        let version = before.version;
        if let Some(expected) = request.expected
            && expected != version
        {
            return Err(DispatchError::VersionMismatch { expected, actual: version });
        }
        let now = log.clock.now();
        let aggregate = C::Aggregate::NAME;
        let absent = if C::CREATES {
            DispatchError::Exists { aggregate }
        } else {
            DispatchError::NotFound { aggregate }
        };
        let decision = self.0.clone().decide_on(before.state.as_ref(), now).ok_or(absent)?;
        let events = decision
            .map_err(|rejection| DispatchError::Rejected(Box::new(rejection) as Box<dyn AnyRejection>))?;
        let mut after = before;
        let (events, claims) = prepare(&mut after, events, log)?;
        let fingerprint = request.once.then(|| self.fingerprint((!C::CREATES).then_some(request.target)));
        Ok((Decided { version, now, events, claims, fingerprint }, after))
    }
}

/// The events as they are written, with a tag where one takes or gives back what is unique, and all that is taken and
/// was not held before. The aggregate takes them in.
fn prepare<A: Aggregate>(
    aggregate: &mut Loaded<A>,
    events: Events<A>,
    log: &Log,
) -> Result<(Vec<NewEvent>, Vec<UniqueKey>), DispatchError> {
    let (mut prepared, mut claims) = (Vec::new(), Vec::new());
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
        claims.extend(taken.filter(|key| !held.contains(key)).cloned());
        let raw = event.encode().map_err(|error| DispatchError::Fault(error.to_string()))?;
        prepared.push(NewEvent { id, event: raw, tags });
        before = after;
    }
    Ok((prepared, claims))
}

/// Writes what was decided. The inner error is a unique key that was only seemingly taken.
async fn append(
    decided: Decided,
    address: &Address,
    request: &CommandRequest,
    log: &Log,
    known: &Known,
) -> Result<Result<Outcome, (UniqueKey, Position)>, DispatchError> {
    let Decided { version, now, events, claims, fingerprint } = decided;
    let unless = claims
        .iter()
        .map(|key| Unless { query: EventQuery::tag(key.claim()), after: known.position_of(key) })
        .collect();
    let inline = log.inline.get(request.info.aggregate).cloned().unwrap_or_default();
    let append = Append {
        tenant: address.tenant.clone(),
        stream: address.stream.clone(),
        expected: Expected::Version(version),
        unless,
        events,
        metadata: metadata(request, now),
        once: fingerprint,
        inline,
    };
    match log.database.append(append).await {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(AppendError::Conflict(Conflict::Query { index, found })) => {
            let key = claims[index].clone();
            let released = released_after(&key, found, request, log).await?;
            Ok(Err((key, released)))
        }
        Err(error) => Err(dispatch_error(error)),
    }
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
