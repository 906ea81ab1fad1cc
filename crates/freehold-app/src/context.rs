//! The registration of a bounded context.

use std::sync::Arc;

use freehold_domain::{EventSet, FanOut};
use freehold_ports::{Migration, Migrations, Projection, Reaction, SqlProjection};

use crate::{
    projection::{ViewProjection, is_empty, unpublished},
    scripted,
};

/// What a service has to know of a bounded context: its views and its tables.
///
/// Commands and queries are not registered: their types say what handles them, so none can be forgotten.
pub struct Context {
    pub(crate) migrations: Migrations,
    pub(crate) projections: Vec<Arc<dyn Projection>>,
    /// Events of other contexts that are asked for and do not leave theirs.
    pub(crate) trespasses: Vec<Trespass>,
    /// Views that ask for no event at all.
    pub(crate) idle: Vec<&'static str>,
}

/// A view that asks for an event which does not leave its context.
pub(crate) struct Trespass {
    pub(crate) view: &'static str,
    pub(crate) aggregate: &'static str,
    pub(crate) event: &'static str,
}

impl Context {
    /// The context of this name, with nothing in it yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            migrations: Migrations::none(name),
            projections: Vec::new(),
            trespasses: Vec::new(),
            idle: Vec::new(),
        }
    }

    /// The same, with this view.
    #[must_use]
    pub fn view<V: FanOut>(self) -> Self {
        self.projection::<V::Event>(ViewProjection::<V>::new())
    }

    /// The same, with this read model that is written by SQL. No store without SQL takes it.
    #[must_use]
    pub fn sql_projection<P: SqlProjection>(self) -> Self {
        self.projection::<P::Event>(scripted::table::<P>())
    }

    /// The same, with this reaction. No store without SQL takes it.
    #[must_use]
    pub fn reaction<R: Reaction>(self) -> Self {
        self.projection::<R::Event>(scripted::reaction::<R>())
    }

    fn projection<E: EventSet>(mut self, projection: impl Projection) -> Self {
        let view = projection.schema().view;
        let unpublished = unpublished::<E>(self.name());
        self.trespasses.extend(unpublished.map(|(aggregate, event)| Trespass { view, aggregate, event }));
        self.idle.extend(is_empty::<E>().then_some(view));
        self.projections.push(Arc::new(projection));
        self
    }

    /// The same, with these migrations for SQLite.
    #[must_use]
    pub fn sqlite(mut self, migrations: &'static [Migration]) -> Self {
        self.migrations.sqlite = migrations;
        self
    }

    /// The same, with these migrations for PostgreSQL.
    #[must_use]
    pub fn postgres(mut self, migrations: &'static [Migration]) -> Self {
        self.migrations.postgres = migrations;
        self
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.migrations.context
    }
}

#[cfg(test)]
mod tests {
    use freehold_ports::Migration;

    use super::Context;

    #[test]
    fn a_context_has_its_own_steps_for_each_kind_of_database() {
        const SQLITE: &[Migration] = &[Migration { name: "0001_bank", sql: "for SQLite" }];
        const POSTGRES: &[Migration] = &[Migration { name: "0001_bank", sql: "for PostgreSQL" }];
        let context = Context::new("bank").sqlite(SQLITE).postgres(POSTGRES);
        assert_eq!((context.migrations.sqlite, context.migrations.postgres), (SQLITE, POSTGRES));
        assert_eq!(context.name(), "bank");
    }
}
