//! Events as rows of the log.

use std::{fmt::Display, str::FromStr};

use freehold_domain::{
    ActorId, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent, Recorded, StreamId, Tag,
    TenantId, Version,
};
use freehold_ports::Versions;
use rusqlite::{Connection, Params, Row, named_params, params, types::ValueRef};
use serde_json::json;
use uuid::Uuid;

use crate::{
    event_query::{Bounds, Part},
    fault::Fault,
    session::{execute, position, query_first, read_rows},
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
    list(connection, sql::STREAM, params)
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
    list(connection, sql::EVENTS, params)
}

/// The events at positions that are known to be taken, in order.
pub(crate) fn at(connection: &Connection, positions: &[Position]) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let wanted = json!(positions.iter().map(|position| position.0).collect::<Vec<_>>()).to_string();
    let mut events = list(connection, sql::EVENTS_AT, [wanted])?;
    // In order already, but for those that come from the other table.
    events.sort_by_key(|event| event.position);
    let is_there = |position: &Position| events.iter().any(|event| event.position == *position);
    if events.len() < positions.len()
        && let Some(missing) = positions.iter().find(|position| !is_there(position))
    {
        return Err(Fault::Corrupt(format!("the log has nothing at position {missing}")));
    }
    Ok(events)
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

/// The events that a statement finds.
fn list(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let mut reader = Reader::default();
    read_rows(&mut connection.prepare_cached(sql)?, params, |row| reader.read(row))
}

/// Reads events one after the other.
///
/// Neighbours are mostly of one tenant and by one actor. They share these texts, which saves a tenth of the time.
#[derive(Default)]
struct Reader {
    last: Option<(TenantId, ActorId)>,
}

impl Reader {
    fn read(&mut self, row: &Row<'_>) -> Result<Recorded<RawEvent>, Fault> {
        let uuid = |column| parse::<Uuid>(row, column);
        let (tenant, actor) = self.whose(row)?;
        let causation = match row.get_ref(12)? {
            ValueRef::Null => None,
            _ => Some(EventId(uuid(12)?)),
        };
        Ok(Recorded {
            position: Position(row.get(0)?),
            tenant,
            stream: StreamId::new(row.get::<_, String>(2)?, uuid(3)?),
            version: Version(row.get(4)?),
            id: EventId(uuid(5)?),
            event: RawEvent { name: row.get(6)?, version: row.get(7)?, payload: row.get(8)? },
            metadata: Metadata {
                time: parse(row, 9)?,
                actor,
                correlation: CorrelationId(uuid(11)?),
                causation,
                command: CommandId(uuid(13)?),
            },
        })
    }

    fn whose(&mut self, row: &Row<'_>) -> Result<(TenantId, ActorId), Fault> {
        let (tenant, actor) = (text(row, 1)?, text(row, 10)?);
        let last = self.last.as_ref();
        let last = last.filter(|last| last.0.as_str() == tenant && last.1.as_str() == actor);
        let whose = match last {
            Some(whose) => whose.clone(),
            None => (parse(row, 1)?, ActorId::new(actor)),
        };
        self.last = Some(whose.clone());
        Ok(whose)
    }
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
