//! Events as rows of the log.

use std::{fmt::Display, str::FromStr};

use freehold_domain::{
    ActorId, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent, Recorded, StreamId, Tag,
    TenantId, Version,
};
use freehold_ports::Versions;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::{
    fault::Fault,
    session::{execute, query_first, query_row, read_rows},
    sql,
};

/// The position of the last event in the log.
pub(crate) fn head(connection: &Connection) -> Result<Position, Fault> {
    query_row(connection, sql::HEAD, [], |row| row.get(0).map(Position))
}

/// The version of a stream.
pub(crate) fn stream_version(
    connection: &Connection,
    tenant: &TenantId,
    stream: &StreamId,
) -> Result<Version, Fault> {
    let params = params![tenant.as_str(), stream.aggregate(), stream.id().to_string()];
    query_row(connection, sql::STREAM_VERSION, params, |row| row.get(0).map(Version))
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

/// The event at a position that is known to be taken.
pub(crate) fn at(connection: &Connection, position: Position) -> Result<Recorded<RawEvent>, Fault> {
    let event = query_first(connection, sql::EVENT, [sql::integer(position.0)], |row| Ok(read(row)))?;
    event.unwrap_or_else(|| {
        Err(Fault::Corrupt(format!("`freehold_events` has nothing at position {position}")))
    })
}

/// Writes an event and its tags.
pub(crate) fn insert(connection: &Connection, event: &Recorded<RawEvent>, tags: &[Tag]) -> Result<(), Fault> {
    let Metadata { time, actor, correlation, causation, command } = &event.metadata;
    let position = sql::integer(event.position.0);
    let params = params![
        position,
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
        execute(connection, sql::INSERT_EVENT_TAG, params![event.tenant.as_str(), tag.as_str(), position])?;
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
