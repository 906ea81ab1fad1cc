//! The registration of a bounded context.

use std::sync::Arc;

use freehold_domain::FanOut;
use freehold_ports::{Migration, Migrations, Projection};

use crate::projection::ViewProjection;

/// What a service has to know of a bounded context: its views and its tables.
///
/// Commands and queries are not registered: their types say what handles them, so none can be forgotten.
pub struct Context {
    pub(crate) migrations: Migrations,
    pub(crate) projections: Vec<Arc<dyn Projection>>,
}

impl Context {
    /// The context of this name, with nothing in it yet.
    pub fn new(name: &'static str) -> Self {
        Self { migrations: Migrations::none(name), projections: Vec::new() }
    }

    /// The same, with this view.
    #[must_use]
    pub fn view<V: FanOut>(mut self) -> Self {
        self.projections.push(Arc::new(ViewProjection::<V>::new()));
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
