//! SQL projections and reactions as their store sees them: events decoded, code that runs statements.

use std::time::Duration;

use freehold_domain::{Cell, EventSet, RawEvent, Recorded, Schema, SyncMode};
use freehold_ports::{
    Dialect, EventQuery, FoldError, Lane, Projection, Reaction, Script, Scripts, Sql, SqlError, SqlProjection,
};

use crate::projection::{decode, kinds};

/// What is written in SQL.
struct Scripted<E, C> {
    schema: &'static Schema,
    is_reaction: bool,
    query: EventQuery,
    lane: fn(&Recorded<E>) -> Option<Lane>,
    code: C,
}

/// The projection of the table `P`.
pub(crate) fn table<P: SqlProjection>() -> impl Projection {
    let query = EventQuery::kinds(kinds::<P::Event>());
    Scripted { schema: P::SCHEMA, is_reaction: false, query, lane: P::lane, code: P::apply }
}

/// The projection of the reaction `R`, of which there are no rows.
pub(crate) fn reaction<R: Reaction>() -> impl Projection {
    let schema = const { &Schema { view: R::NAME, version: 1, table: "", columns: &[], key: &[] } };
    let query = EventQuery::kinds(kinds::<R::Event>());
    Scripted { schema, is_reaction: true, query, lane: R::lane, code: R::react }
}

impl<E, C, F> Scripts for Scripted<E, C>
where
    E: EventSet,
    C: Fn(Recorded<E>, Sql) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), SqlError>> + Send + 'static,
{
    fn script(&self, event: &Recorded<RawEvent>, dialect: Dialect) -> Result<Script, FoldError> {
        Ok(match decode::<E>(event)? {
            Some(event) => Script::new(dialect, |sql| (self.code)(event, sql)),
            None => Script::new(dialect, async |_| Ok(())),
        })
    }
}

impl<E, C, F> Projection for Scripted<E, C>
where
    E: EventSet,
    C: Fn(Recorded<E>, Sql) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), SqlError>> + Send + 'static,
{
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn query(&self) -> &EventQuery {
        &self.query
    }

    fn sync(&self) -> SyncMode {
        SyncMode::Async
    }

    fn priority(&self) -> i32 {
        0
    }

    fn timeout(&self) -> Duration {
        Duration::ZERO
    }

    fn scripts(&self) -> Option<&dyn Scripts> {
        Some(self)
    }

    fn is_reaction(&self) -> bool {
        self.is_reaction
    }

    /// The one key of an event is its lane.
    fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        let lane = decode::<E>(event)?.and_then(|event| (self.lane)(&event));
        Ok(lane.map(Lane::into_cells).into_iter().collect())
    }

    fn fold(
        &self,
        _: &[Cell],
        _: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        Err(FoldError::new(events[0], "what is written in SQL is not folded"))
    }
}
