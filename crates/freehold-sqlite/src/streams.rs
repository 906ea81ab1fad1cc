//! Streams: where they end, and where they were.

use freehold_domain::{EventId, Position, StreamId, TenantId, Version};
use freehold_ports::{Append, Expected};
use rusqlite::{Connection, params};

use crate::{
    events,
    fault::Fault,
    session::{position, query_first, query_row},
    sql,
};

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
    let id = query_first(connection, sql::EVENT_OF_VERSION, params, |row| Ok(events::parse(row, 0)))?;
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
