//! Archival, inside a transaction: the events of a closed stream go to a table of their own.

use freehold_domain::{StreamId, TenantId, Version};
use freehold_ports::{AppendError, Conflict};
use rusqlite::params;

use crate::{
    fault::Stop,
    session::{Session, execute},
    sql,
    streams::{self, Place},
};

/// Closes a stream that is at this version and moves its events.
pub(crate) fn archive(
    session: &Session<'_>,
    tenant: &TenantId,
    stream: &StreamId,
    at: Version,
) -> Result<(), Stop<AppendError>> {
    let connection = session.connection();
    let place = streams::place(connection, tenant, stream)?;
    if at == Version::NONE || at != place.version() {
        let conflict = Conflict::Version { expected: at, actual: place.version() };
        return Err(Stop::Refused(conflict.into()));
    }
    if let Place::Open(_) = place {
        let id = stream.id().to_string();
        execute(connection, sql::ARCHIVE_STREAM, params![tenant.as_str(), stream.aggregate(), id])?;
        execute(connection, sql::DELETE_STREAM, params![tenant.as_str(), stream.aggregate(), id])?;
    }
    Ok(())
}
