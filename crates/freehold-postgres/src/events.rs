//! Events as rows of the log.

use std::{fmt::Display, pin::pin, str::FromStr, sync::Arc};

use bytes::{BufMut, BytesMut};
use freehold_domain::{
    ActorId, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent, Recorded, StreamId, TenantId,
    Timestamp, Version,
};
use freehold_ports::{Fold, StreamEvent};
use futures_util::TryStreamExt;
use tokio_postgres::{
    Row, RowStream,
    types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked},
};
use uuid::Uuid;

use crate::fault::Fault;

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// Where PostgreSQL begins to count, in microseconds since 1970: the beginning of the year 2000.
const BEGINNING: i64 = 946_684_800_000_000;

/// A moment, as a column of type `timestamptz` holds it: in microseconds, which is all that is done here. The conversions of
/// the library go by way of calendars.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl ToSql for Moment {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.put_i64(self.0.as_micros() - BEGINNING);
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'r> FromSql<'r> for Moment {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Failure> {
        let micros = i64::from_be_bytes(raw.try_into()?).saturating_add(BEGINNING);
        let moment = Timestamp::from_micros(micros);
        // The nearest that there is has another number.
        if moment.as_micros() == micros {
            Ok(Self(moment))
        } else {
            Err("it lies beyond the calendar".into())
        }
    }

    accepts!(TIMESTAMPTZ);
}

/// Text of a column of type `json`, as it was written.
pub(crate) struct JsonText<'r>(pub(crate) &'r str);

impl<'r> FromSql<'r> for JsonText<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Failure> {
        Ok(Self(std::str::from_utf8(raw)?))
    }

    accepts!(JSON);
}

/// Reads events that follow one another. Most share their actor and their tenant with the one before, which are then not
/// read again.
pub(crate) struct Reading<'s> {
    /// The stream that all of them are of, if it is one; else the last columns of each name it.
    stream: Option<(&'s TenantId, &'s StreamId)>,
    tenant: Option<TenantId>,
    actor: Option<ActorId>,
}

impl<'s> Reading<'s> {
    /// Of rows that name the stream of each.
    pub(crate) fn of_all() -> Self {
        Self { stream: None, tenant: None, actor: None }
    }

    /// Of rows of one stream.
    pub(crate) fn of(tenant: &'s TenantId, stream: &'s StreamId) -> Self {
        Self { stream: Some((tenant, stream)), ..Self::of_all() }
    }

    /// Every event, as its row comes in.
    pub(crate) async fn events(mut self, rows: RowStream) -> Result<Vec<Recorded<RawEvent>>, Fault> {
        let (mut rows, mut events) = (pin!(rows), Vec::new());
        while let Some(row) = rows.try_next().await? {
            events.push(self.event(&row)?);
        }
        Ok(events)
    }

    fn event(&mut self, row: &Row) -> Result<Recorded<RawEvent>, Fault> {
        let uuid = |column| row.try_get::<_, Uuid>(column);
        let (tenant, stream) = self.stream(row)?;
        Ok(Recorded {
            position: Position(number(row, 0)?),
            version: Version(number(row, 1)?),
            id: EventId(uuid(2)?),
            event: RawEvent {
                name: row.try_get(3)?,
                version: shape(row, 4)?,
                payload: row.try_get::<_, JsonText<'_>>(5)?.0.to_owned(),
            },
            metadata: Metadata {
                time: row.try_get::<_, Moment>(6)?.0,
                actor: self.actor(row)?,
                correlation: CorrelationId(uuid(8)?),
                causation: row.try_get::<_, Option<Uuid>>(9)?.map(EventId),
                command: CommandId(uuid(10)?),
            },
            tenant,
            stream,
        })
    }

    fn stream(&mut self, row: &Row) -> Result<(TenantId, StreamId), Fault> {
        if let Some((tenant, stream)) = self.stream {
            return Ok((tenant.clone(), stream.clone()));
        }
        Ok((self.tenant(row)?, StreamId::new(row.try_get::<_, &str>(12)?, row.try_get(13)?)))
    }

    fn tenant(&mut self, row: &Row) -> Result<TenantId, Fault> {
        let text: &str = row.try_get(11)?;
        match &self.tenant {
            Some(tenant) if tenant.as_str() == text => Ok(tenant.clone()),
            _ => Ok(self.tenant.insert(parse(row, 11)?).clone()),
        }
    }

    fn actor(&mut self, row: &Row) -> Result<ActorId, Fault> {
        let text: &str = row.try_get(7)?;
        match &self.actor {
            Some(actor) if actor.as_str() == text => Ok(actor.clone()),
            _ => Ok(self.actor.insert(ActorId::new(Arc::<str>::from(text))).clone()),
        }
    }
}

/// Hands the events of one stream after a version to a fold as their rows come in, all of them in the same piece of memory:
/// those of `fold.sql`, which leave out the version since versions are dense. Says whether there was any.
pub(crate) async fn fold(rows: RowStream, after: Version, fold: &mut Fold<'_>) -> Result<bool, Fault> {
    let mut rows = pin!(rows);
    let nothing = RawEvent { name: String::new(), version: 0, payload: String::new() };
    let mut event = StreamEvent { id: EventId(Uuid::nil()), version: after, event: nothing };
    while let Some(row) = rows.try_next().await? {
        read(&mut event, &row)?;
        fold(&event).map_err(Fault::Store)?;
    }
    Ok(event.version > after)
}

fn read(into: &mut StreamEvent, row: &Row) -> Result<(), Fault> {
    let StreamEvent { id, version, event: RawEvent { name, version: shaped, payload } } = into;
    *version = version.next();
    *id = EventId(row.try_get(0)?);
    row.try_get::<_, &str>(1)?.clone_into(name);
    *shaped = shape(row, 2)?;
    row.try_get::<_, JsonText<'_>>(3)?.0.clone_into(payload);
    Ok(())
}

/// The version of the shape of an event: the first if the column is NULL.
fn shape(row: &Row, column: usize) -> Result<u32, Fault> {
    let version: Option<i32> = row.try_get(column)?;
    u32::try_from(version.unwrap_or(1)).map_err(|_| unreadable(row, column))
}

/// What the text in a column says.
pub(crate) fn parse<T: FromStr<Err: Display>>(row: &Row, column: usize) -> Result<T, Fault> {
    row.try_get::<_, &str>(column)?.parse().map_err(|_| unreadable(row, column))
}

/// The position, version or count in a column.
pub(crate) fn number(row: &Row, column: usize) -> Result<u64, Fault> {
    u64::try_from(row.try_get::<_, i64>(column)?).map_err(|_| unreadable(row, column))
}

fn unreadable(row: &Row, column: usize) -> Fault {
    Fault::Corrupt(format!("the column `{}` of the log cannot be read", row.columns()[column].name()))
}

/// As a column holds it. No table grows past the largest number that a column can hold, so that what lies beyond is
/// as good as that.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What a column holds that is never negative.
pub(crate) fn unsigned(number: i64) -> Result<u64, Fault> {
    u64::try_from(number)
        .map_err(|_| Fault::Corrupt("a position or version in the log is negative".to_owned()))
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use freehold_domain::Timestamp;
    use tokio_postgres::types::{FromSql, ToSql, Type};

    use super::Moment;

    /// The last moment that the calendar has.
    fn last() -> i64 {
        jiff::Timestamp::MAX.as_microsecond()
    }

    #[test]
    fn moments_are_told_and_understood_as_the_library_does() {
        let first = jiff::Timestamp::MIN.as_microsecond();
        for micros in [first, -1, 0, 1, super::BEGINNING, 1_768_471_800_123_456, last()] {
            let moment = Timestamp::from_micros(micros);
            let (mut own, mut theirs) = (BytesMut::new(), BytesMut::new());
            Moment(moment).to_sql(&Type::TIMESTAMPTZ, &mut own).unwrap();
            (*moment).to_sql(&Type::TIMESTAMPTZ, &mut theirs).unwrap();
            assert_eq!(own, theirs, "{moment}");
            assert_eq!(Moment::from_sql(&Type::TIMESTAMPTZ, &own).unwrap().0, moment);
        }
    }

    #[test]
    fn what_is_no_moment_of_the_calendar_is_an_error() {
        for micros in [i64::MAX, i64::MIN, last() - super::BEGINNING + 1_000_000] {
            Moment::from_sql(&Type::TIMESTAMPTZ, &micros.to_be_bytes()).unwrap_err();
        }
        Moment::from_sql(&Type::TIMESTAMPTZ, &[0; 7]).unwrap_err();
    }
}
