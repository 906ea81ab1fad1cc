//! Appending: conditions first, then everything is worked out, and only then written, so that nothing is written by
//! halves.

use freehold_domain::{CommandId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{Append, AppendError, Conflict, EventQuery, Fingerprint, Outcome};

use crate::{inline, memory::State};

/// Writes the events if all conditions hold.
pub(crate) fn append(state: &mut State, append: Append) -> Result<Outcome, AppendError> {
    let command = append.metadata.command;
    if let Some(outcome) = replayed(state, &append.tenant, command, append.once)? {
        return Ok(outcome);
    }
    let version = state.version(&append.tenant, &append.stream);
    check(state, &append, version)?;
    let events = record(&append, version, state.head());
    let inline = inline::work_out(state, &append, &events)?;

    let outcome = outcome_of(state, &append, version, &events);
    for (event, new) in events.into_iter().zip(append.events) {
        state.push(event, new.tags);
    }
    inline::write(state, inline);
    if let Some(fingerprint) = append.once {
        let recorded = Outcome { replayed: true, ..outcome.clone() };
        state.outcomes.insert((append.tenant, command), (fingerprint, recorded));
    }
    Ok(outcome)
}

/// Closes a stream that is at this version.
pub(crate) fn archive(
    state: &mut State,
    tenant: &TenantId,
    stream: &StreamId,
    at: Version,
) -> Result<(), Conflict> {
    let actual = state.version(tenant, stream);
    if at == Version::NONE || at != actual {
        return Err(Conflict::Version { expected: at, actual });
    }
    state.archived.insert((tenant.clone(), stream.clone()));
    Ok(())
}

/// The position of the last event of a tenant after a position that matches.
pub(crate) fn last_match(
    state: &State,
    tenant: &TenantId,
    query: &EventQuery,
    after: Position,
) -> Option<Position> {
    let mut latest_first = state.after(after).iter().rev();
    let last = latest_first.find(|logged| logged.event.tenant == *tenant && logged.is_meant_by(query))?;
    Some(last.event.position)
}

/// What the same command led to before.
fn replayed(
    state: &State,
    tenant: &TenantId,
    command: CommandId,
    once: Option<Fingerprint>,
) -> Result<Option<Outcome>, AppendError> {
    let Some(fingerprint) = once else { return Ok(None) };
    match state.outcomes.get(&(tenant.clone(), command)) {
        Some((recorded, _)) if *recorded != fingerprint => Err(AppendError::CommandIdReused(command)),
        Some((_, outcome)) => Ok(Some(outcome.clone())),
        None => Ok(None),
    }
}

fn check(state: &State, append: &Append, actual: Version) -> Result<(), Conflict> {
    if state.archived.contains(&(append.tenant.clone(), append.stream.clone())) {
        return Err(Conflict::Archived { at: actual });
    }
    append.expected.check(actual, || state.last_event(&append.tenant, &append.stream))?;
    for (index, unless) in append.unless.iter().enumerate() {
        if let Some(found) = last_match(state, &append.tenant, &unless.query, unless.after) {
            return Err(Conflict::Query { index, found });
        }
    }
    Ok(())
}

/// The events with their places behind a version of their stream and a head of the log.
fn record(append: &Append, version: Version, head: Position) -> Vec<Recorded<RawEvent>> {
    let numbered = (1..).zip(&append.events);
    let recorded = numbered.map(|(number, new)| Recorded {
        event: new.event.clone(),
        id: new.id,
        tenant: append.tenant.clone(),
        stream: append.stream.clone(),
        version: Version(version.0 + number),
        position: Position(head.0 + number),
        metadata: append.metadata.clone(),
    });
    recorded.collect()
}

fn outcome_of(state: &State, append: &Append, version: Version, events: &[Recorded<RawEvent>]) -> Outcome {
    let (version, position) = match events.last() {
        Some(last) => (last.version, last.position),
        None => (version, state.head()),
    };
    Outcome { stream: append.stream.clone(), version, position, replayed: false }
}
