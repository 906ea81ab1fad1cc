//! SQL projections and reactions as their store sees them: events decoded, code that runs statements.

use std::{marker::PhantomData, time::Duration};

use freehold_domain::{Cell, EventSet, RawEvent, Recorded, Schema, SyncMode};
use freehold_ports::{
    Dialect, EventQuery, FoldError, Lane, Projection, Reaction, Script, Scripts, Sql, SqlError, SqlProjection,
};

use crate::projection::{decode, kinds};

/// The projection of the table `P`.
pub(crate) struct TableProjection<P> {
    query: EventQuery,
    projection: PhantomData<fn() -> P>,
}

/// The projection of the reaction `R`, which has no table.
pub(crate) struct ReactionProjection<R> {
    query: EventQuery,
    reaction: PhantomData<fn() -> R>,
}

impl<P: SqlProjection> TableProjection<P> {
    pub(crate) fn new() -> Self {
        Self { query: EventQuery::kinds(kinds::<P::Event>()), projection: PhantomData }
    }
}

impl<R: Reaction> ReactionProjection<R> {
    /// What stands for its table: there are no rows of it.
    const SCHEMA: &'static Schema = &Schema { view: R::NAME, version: 1, table: "", columns: &[], key: &[] };

    pub(crate) fn new() -> Self {
        Self { query: EventQuery::kinds(kinds::<R::Event>()), reaction: PhantomData }
    }
}

/// The one key of an event: its lane.
fn keys<E: EventSet>(
    event: &Recorded<RawEvent>,
    lane: impl Fn(&Recorded<E>) -> Option<Lane>,
) -> Result<Vec<Vec<Cell>>, FoldError> {
    let lane = decode::<E>(event)?.and_then(|event| lane(&event));
    Ok(lane.map(Lane::into_cells).into_iter().collect())
}

/// What a code runs for an event: nothing, if it is not for it.
fn script<E: EventSet, F>(
    event: &Recorded<RawEvent>,
    dialect: Dialect,
    code: impl Fn(Recorded<E>, Sql) -> F,
) -> Result<Script, FoldError>
where
    F: Future<Output = Result<(), SqlError>> + Send + 'static,
{
    Ok(match decode::<E>(event)? {
        Some(event) => Script::new(dialect, |sql| code(event, sql)),
        None => Script::new(dialect, async |_| Ok(())),
    })
}

fn is_not_folded<T>(event: &Recorded<RawEvent>) -> Result<T, FoldError> {
    Err(FoldError::new(event, "what is written in SQL is not folded"))
}

macro_rules! scripted {
    ($type:ident<$code:ident: $trait:ident>, $run:ident, $schema:expr, is_reaction = $is_reaction:literal) => {
        impl<$code: $trait> Scripts for $type<$code> {
            fn script(&self, event: &Recorded<RawEvent>, dialect: Dialect) -> Result<Script, FoldError> {
                script(event, dialect, $code::$run)
            }
        }

        impl<$code: $trait> Projection for $type<$code> {
            fn schema(&self) -> &'static Schema {
                $schema
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
                $is_reaction
            }

            fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
                keys(event, $code::lane)
            }

            fn fold(
                &self,
                _: &[Cell],
                _: Option<Vec<Cell>>,
                events: &[&Recorded<RawEvent>],
            ) -> Result<Option<Vec<Cell>>, FoldError> {
                is_not_folded(events[0])
            }
        }
    };
}

scripted! { TableProjection<P: SqlProjection>, apply, P::SCHEMA, is_reaction = false }
scripted! { ReactionProjection<R: Reaction>, react, Self::SCHEMA, is_reaction = true }
