//! A view as its store sees it: events decoded, rows encoded.

use std::{marker::PhantomData, time::Duration};

use freehold_domain::{Cell, EventSet, FanOut, RawEvent, Recorded, RowKey, Schema, SyncMode};
use freehold_ports::{EventKind, EventQuery, FoldError, Projection};

/// The projection of the view `V`.
pub(crate) struct ViewProjection<V> {
    query: EventQuery,
    view: PhantomData<fn() -> V>,
}

impl<V: FanOut> ViewProjection<V> {
    pub(crate) fn new() -> Self {
        Self { query: EventQuery::kinds(kinds::<V::Event>()), view: PhantomData }
    }
}

/// Every kind of event in the set, by its name of today and those of before.
pub(crate) fn kinds<E: EventSet>() -> Vec<EventKind> {
    let kinds = E::sources().into_iter().flat_map(|(aggregate, types)| {
        let names = types.into_iter().flat_map(|kind| kind.was.iter().copied().chain([kind.name]));
        names.map(move |name| EventKind { aggregate: aggregate.to_owned(), name: name.to_owned() })
    });
    kinds.collect()
}

/// Whether there is no event in the set, of any aggregate.
pub(crate) fn is_empty<E: EventSet>() -> bool {
    E::sources().iter().all(|(_, kinds)| kinds.is_empty())
}

/// The first kind of event in the set, with its aggregate, that is of another context than this and does not leave it.
pub(crate) fn unpublished<E: EventSet>(context: &str) -> Option<(&'static str, &'static str)> {
    let is_foreign = |aggregate: &str| aggregate.split_once('.').is_some_and(|(of, _)| of != context);
    let foreign = E::sources().into_iter().filter(|(aggregate, _)| is_foreign(aggregate));
    let mut kinds =
        foreign.flat_map(|(aggregate, kinds)| kinds.into_iter().map(move |kind| (aggregate, kind)));
    kinds.find(|(_, kind)| !kind.published).map(|(aggregate, kind)| (aggregate, kind.name))
}

/// An event of the set, if it is one.
pub(crate) fn decode<E: EventSet>(event: &Recorded<RawEvent>) -> Result<Option<Recorded<E>>, FoldError> {
    E::decode_recorded(event).transpose().map_err(|error| FoldError::new(event, error))
}

impl<V: FanOut> Projection for ViewProjection<V> {
    fn schema(&self) -> &'static Schema {
        V::SCHEMA
    }

    fn query(&self) -> &EventQuery {
        &self.query
    }

    fn sync(&self) -> SyncMode {
        V::SYNC
    }

    fn priority(&self) -> i32 {
        V::PRIORITY
    }

    fn timeout(&self) -> Duration {
        V::TIMEOUT
    }

    fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        let keys = decode::<V::Event>(event)?.map(|event| V::keys(&event)).unwrap_or_default();
        Ok(keys.into_iter().map(RowKey::into_cells).collect())
    }

    fn fold(
        &self,
        key: &[Cell],
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        let unreadable = |error| FoldError::new(events[0], error);
        let key = V::Key::from_cells(key).map_err(unreadable)?;
        let mut row = row.map(V::from_cells).transpose().map_err(unreadable)?;
        for event in events {
            if let Some(event) = decode::<V::Event>(event)? {
                row = V::evolve(&key, row, &event);
            }
        }
        Ok(row.as_ref().map(V::to_cells))
    }
}
