//! Events as rows of the log.

use std::{fmt::Display, str::FromStr};

use freehold_domain::{
    ActorId, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent, Recorded, StreamId, Tag,
    TenantId, Version,
};
use freehold_ports::{Append, Expected, Versions};
use rusqlite::{Connection, Row, named_params, params};
use serde_json::json;
use uuid::Uuid;

use crate::{
    event_query::{Bounds, Part},
    fault::Fault,
    session::{execute, position, query_first, query_row, read_rows},
    sql,
};

/// The position of the last event in the log.
pub(crate) fn head(connection: &Connection) -> Result<Position, Fault> {
    Ok(query_first(connection, sql::HEAD, [], position)?.unwrap_or_default())
}

/// The position of the last event of a tenant after a position.
pub(crate) fn last(
    connection: &Connection,
    tenant: &TenantId,
    after: Position,
) -> Result<Option<Position>, Fault> {
    query_first(connection, sql::LAST, params![tenant.as_str(), sql::integer(after.0)], position)
}

/// Where a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It goes on from here, or begins.
    Open(Version),
    /// It was closed here.
    Archived(Version),
}

impl Place {
    pub(crate) fn version(self) -> Version {
        match self {
            Self::Open(version) | Self::Archived(version) => version,
        }
    }
}

/// Where a stream ends.
pub(crate) fn place(connection: &Connection, tenant: &TenantId, stream: &StreamId) -> Result<Place, Fault> {
    let params = params![tenant.as_str(), stream.aggregate(), stream.id().to_string()];
    query_row(connection, sql::STREAM_PLACE, params, |row| {
        let archived: Option<u64> = row.get(1)?;
        let open = row.get::<_, Option<u64>>(0)?.unwrap_or_default();
        Ok(archived.map_or(Place::Open(Version(open)), |version| Place::Archived(Version(version))))
    })
}

/// The last event of the stream of an append that expects one.
pub(crate) fn last_expected(
    connection: &Connection,
    append: &Append,
    version: Version,
) -> Result<Option<EventId>, Fault> {
    let Expected::Event(..) = append.expected else { return Ok(None) };
    let (aggregate, id) = (append.stream.aggregate(), append.stream.id().to_string());
    let params = params![append.tenant.as_str(), aggregate, id, sql::integer(version.0)];
    let id = query_first(connection, sql::EVENT_OF_VERSION, params, |row| Ok(parse::<Uuid>(row, 0)))?;
    Ok(id.transpose()?.map(EventId))
}

/// The version at which a stream was when the log went up to a position.
///
/// Versions are dense and in the order of the log, so that it is found by halving, without an index of streams by
/// position, which every append would have to pay for.
pub(crate) fn version_at(
    connection: &Connection,
    tenant: &TenantId,
    stream: &StreamId,
    position: Position,
) -> Result<Version, Fault> {
    let (mut before, mut behind) = (0, place(connection, tenant, stream)?.version().0 + 1);
    while behind - before > 1 {
        let middle = before + (behind - before) / 2;
        if position_of(connection, tenant, stream, Version(middle))? <= Some(position) {
            before = middle;
        } else {
            behind = middle;
        }
    }
    Ok(Version(before))
}

fn position_of(
    connection: &Connection,
    tenant: &TenantId,
    stream: &StreamId,
    version: Version,
) -> Result<Option<Position>, Fault> {
    let (aggregate, id) = (stream.aggregate(), stream.id().to_string());
    let params = params![tenant.as_str(), aggregate, id, sql::integer(version.0)];
    query_first(connection, sql::POSITION_OF_VERSION, params, position)
}

/// The tenants that have events, one after the other.
pub(crate) fn tenants(connection: &Connection) -> Result<Vec<TenantId>, Fault> {
    let mut tenants: Vec<TenantId> = Vec::new();
    loop {
        let last = tenants.last().map_or("", TenantId::as_str);
        let next = query_first(connection, sql::TENANT_AFTER, [last], |row| Ok(parse(row, 0)))?;
        let Some(next) = next.transpose()? else { return Ok(tenants) };
        tenants.push(next);
    }
}

/// The events of a stream within a range.
pub(crate) fn stream(
    connection: &Connection,
    tenant: &TenantId,
    stream: &StreamId,
    range: Versions,
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let (after, until) = (sql::integer(range.after.0), sql::integer(range.until.0));
    let params = params![tenant.as_str(), stream.aggregate(), stream.id().to_string(), after, until];
    read_rows(&mut connection.prepare_cached(sql::STREAM)?, params, read)
}

/// The events in a part of the log, of one tenant or of all.
pub(crate) fn within(
    connection: &Connection,
    tenant: Option<&TenantId>,
    part: Part,
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let tenant = tenant.map(TenantId::as_str);
    let Bounds { after, until, limit } = part.bounds();
    let params = named_params! { ":tenant": tenant, ":after": after, ":until": until, ":limit": limit };
    read_rows(&mut connection.prepare_cached(sql::EVENTS)?, params, read)
}

/// The events at positions that are known to be taken, in order.
pub(crate) fn at(connection: &Connection, positions: &[Position]) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let list = json!(positions.iter().map(|position| position.0).collect::<Vec<_>>()).to_string();
    let mut events = read_rows(&mut connection.prepare_cached(sql::EVENTS_AT)?, [list], read)?;
    // In order already, but for those that come from the other table.
    events.sort_by_key(|event| event.position);
    match positions.iter().zip(&events).find(|(position, event)| **position != event.position) {
        None if events.len() == positions.len() => Ok(events),
        missing => {
            let position = missing.map_or(positions[events.len()], |(position, _)| *position);
            Err(Fault::Corrupt(format!("the log has nothing at position {position}")))
        }
    }
}

/// Writes an event and its tags.
pub(crate) fn insert(connection: &Connection, event: &Recorded<RawEvent>, tags: &[Tag]) -> Result<(), Fault> {
    let Metadata { time, actor, correlation, causation, command } = &event.metadata;
    let at = sql::integer(event.position.0);
    let params = params![
        at,
        event.tenant.as_str(),
        event.stream.aggregate(),
        event.stream.id().to_string(),
        sql::integer(event.version.0),
        event.id.to_string(),
        event.event.name,
        event.event.version,
        event.event.payload,
        time.to_string(),
        actor.as_str(),
        correlation.to_string(),
        causation.map(|id| id.to_string()),
        command.to_string(),
    ];
    execute(connection, sql::INSERT_EVENT, params)?;
    for tag in tags {
        execute(connection, sql::INSERT_EVENT_TAG, params![event.tenant.as_str(), tag.as_str(), at])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Recorded<RawEvent>, Fault> {
    let uuid = |column| parse::<Uuid>(row, column);
    Ok(Recorded {
        position: Position(row.get(0)?),
        tenant: parse(row, 1)?,
        stream: StreamId::new(row.get::<_, String>(2)?, uuid(3)?),
        version: Version(row.get(4)?),
        id: EventId(uuid(5)?),
        event: RawEvent { name: row.get(6)?, version: row.get(7)?, payload: row.get(8)? },
        metadata: Metadata {
            time: parse(row, 9)?,
            actor: ActorId::new(text(row, 10)?),
            correlation: CorrelationId(uuid(11)?),
            causation: row
                .get_ref(12)?
                .as_str_or_null()
                .ok()
                .flatten()
                .map(|_| uuid(12))
                .transpose()?
                .map(EventId),
            command: CommandId(uuid(13)?),
        },
    })
}

/// What the text in a column says.
pub(crate) fn parse<T: FromStr<Err: Display>>(row: &Row<'_>, column: usize) -> Result<T, Fault> {
    text(row, column)?.parse().map_err(|_| unreadable(row, column))
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, Fault> {
    row.get_ref(column)?.as_str().map_err(|_| unreadable(row, column))
}

fn unreadable(row: &Row<'_>, column: usize) -> Fault {
    let name = row.as_ref().column_name(column).unwrap_or("?");
    let place = row
        .get::<_, i64>("position")
        .map_or_else(|_| String::new(), |position| format!(" at position {position}"));
    Fault::Corrupt(format!("the column `{name}` of the log cannot be read{place}"))
}
