//! A view as its store sees it: events decoded, rows encoded.

use std::{marker::PhantomData, time::Duration};

use freehold_domain::{Cell, EventSet, RawEvent, Recorded, RowKey, Schema, SyncMode, View};
use freehold_ports::{EventKind, EventQuery, FoldError, Projection};

/// The projection of the view `V`.
pub(crate) struct ViewProjection<V> {
    query: EventQuery,
    view: PhantomData<fn() -> V>,
}

impl<V: View> ViewProjection<V> {
    pub(crate) fn new() -> Self {
        Self { query: EventQuery::kinds(kinds::<V::Event>()), view: PhantomData }
    }
}

/// Every kind of event in the set, by its name of today and those of before.
pub(crate) fn kinds<E: EventSet>() -> Vec<EventKind> {
    let kinds = E::sources().into_iter().flat_map(|(aggregate, types)| {
        let names = types.iter().flat_map(|kind| kind.was.iter().chain([&kind.name]));
        names.map(move |name| EventKind { aggregate: aggregate.to_owned(), name: (*name).to_owned() })
    });
    kinds.collect()
}

fn decode<V: View>(event: &Recorded<RawEvent>) -> Result<Option<Recorded<V::Event>>, FoldError> {
    V::Event::decode_recorded(event).transpose().map_err(|error| FoldError::new(event, error))
}

impl<V: View> Projection for ViewProjection<V> {
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

    fn key(&self, event: &Recorded<RawEvent>) -> Result<Option<Vec<Cell>>, FoldError> {
        let event = decode::<V>(event)?;
        Ok(event.and_then(|event| V::key(&event)).map(RowKey::into_cells))
    }

    fn fold(
        &self,
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        let unreadable = |error| FoldError::new(events[0], error);
        let mut row = row.map(V::from_cells).transpose().map_err(unreadable)?;
        for event in events {
            if let Some(event) = decode::<V>(event)? {
                row = V::evolve(row, &event);
            }
        }
        Ok(row.as_ref().map(V::to_cells))
    }
}
