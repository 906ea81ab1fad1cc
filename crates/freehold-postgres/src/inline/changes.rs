//! What appends do to views, and the statements that write it.

use std::{collections::HashMap, sync::Arc};

use freehold_domain::{Cell, Position, SyncMode, Version};
use freehold_ports::{Projection, RowId, StoredRow};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::{ViewKey, key, kinds};
use crate::{
    append::MovedView,
    apply,
    call::Call,
    events::integer,
    fault::Fault,
    rows::{self, Prepares},
    sql,
    transaction::{Broken, Link},
};

/// What appends do to views.
#[derive(Default)]
pub(crate) struct Changes {
    views: Vec<ViewChange>,
}

/// What appends do to one view.
pub(super) struct ViewChange {
    pub(super) projection: Arc<dyn Projection>,
    pub(super) rows: HashMap<RowId, Option<StoredRow>>,
    /// Up to where a wholly synchronous view has taken the log in.
    pub(super) taken_in: Position,
    pub(super) tombstones: HashMap<RowId, (Version, Position)>,
}

/// A statement that brings a view up to date.
pub(crate) struct Write {
    view: &'static str,
    call: Call,
}

/// Deleted rows with the events that they have taken in, for the worker that has still to come to them: a list a column.
struct Tombstones<'c> {
    view: &'static str,
    view_version: i32,
    tenants: Vec<&'c str>,
    streams: Vec<Uuid>,
    versions: Vec<i64>,
    positions: Vec<i64>,
}

impl Changes {
    /// What becomes of a view, which has come so far if nothing did before.
    pub(super) fn of(
        &mut self,
        projection: &Arc<dyn Projection>,
        taken_in: impl FnOnce() -> Position,
    ) -> &mut ViewChange {
        let known =
            self.views.iter().position(|view| key(view.projection.as_ref()) == key(projection.as_ref()));
        let place = known.unwrap_or_else(|| {
            self.views.push(ViewChange {
                projection: Arc::clone(projection),
                rows: HashMap::new(),
                taken_in: taken_in(),
                tombstones: HashMap::new(),
            });
            self.views.len() - 1
        });
        &mut self.views[place]
    }

    /// The statements that write all of it.
    pub(crate) async fn writes(&self, link: &Link) -> Result<Vec<Write>, Broken> {
        let mut writes = Vec::new();
        for view in &self.views {
            let of_view = view.writes(link).await;
            let at = |fault| Broken { view: Some(view.projection.schema().view), fault };
            writes.extend(of_view.map_err(at)?);
        }
        Ok(writes)
    }

    /// How far wholly synchronous views have come, in one order for all, given where they are if that is relied on.
    pub(crate) fn moved(&self, known: impl Fn(ViewKey) -> Option<Position>) -> Option<Vec<MovedView>> {
        let wholly = self.views.iter().filter(|view| !matches!(view.projection.sync(), SyncMode::Events(_)));
        let mut moved: Vec<_> = wholly.map(|view| view.moved(known(key(view.projection.as_ref())))).collect();
        moved.sort_by_key(|moved| (moved.view, moved.version));
        (!moved.is_empty()).then_some(moved)
    }

    /// Whether a row of a view is among them.
    pub(super) fn touch(&self, view: ViewKey, id: &RowId) -> bool {
        self.views
            .iter()
            .any(|change| key(change.projection.as_ref()) == view && change.rows.contains_key(id))
    }

    /// How many rows they write.
    pub(crate) fn rows(&self) -> usize {
        self.views.iter().map(|view| view.rows.len()).sum()
    }

    /// The views that depend on nothing but kinds of events, all of them synchronous, with how far they have come and
    /// what has become of rows.
    pub(crate) fn in_step(
        &self,
    ) -> impl Iterator<Item = (&Arc<dyn Projection>, Position, &HashMap<RowId, Option<StoredRow>>)> {
        let in_step = self.views.iter().filter(|view| kinds(view.projection.as_ref()).is_some());
        in_step.map(|view| (&view.projection, view.taken_in, &view.rows))
    }
}

impl ViewChange {
    fn moved(&self, known: Option<Position>) -> MovedView {
        let (view, version) = (self.projection.schema().view, apply::version(self.projection.as_ref()));
        MovedView { view, version, known: known.map(|at| integer(at.0)), position: integer(self.taken_in.0) }
    }

    async fn writes(&self, link: &Link) -> Result<Vec<Write>, Fault> {
        let schema = self.projection.schema();
        let changes = self.rows.iter().map(|(id, row)| (id, row.as_ref()));
        let mut calls = rows::writes(link, schema, changes).await?;
        if !self.tombstones.is_empty() {
            calls.push(self.tombstones().leave(&link.prepared(sql::LEAVE_TOMBSTONES).await?)?);
        }
        Ok(calls.into_iter().map(|call| Write { view: schema.view, call }).collect())
    }

    fn tombstones(&self) -> Tombstones<'_> {
        let (view, view_version) = (self.projection.schema().view, apply::version(self.projection.as_ref()));
        let (tenants, streams, versions, positions) = (vec![], vec![], vec![], vec![]);
        let mut left = Tombstones { view, view_version, tenants, streams, versions, positions };
        for (id, (version, position)) in &self.tombstones {
            let [Cell::Uuid(stream)] = id.key.as_slice() else { continue };
            left.tenants.push(id.tenant.as_str());
            left.streams.push(*stream);
            left.versions.push(integer(version.0));
            left.positions.push(integer(position.0));
        }
        left
    }
}

impl Write {
    pub(crate) async fn run(&self, client: &Client) -> Result<(), Broken> {
        self.call.run(client).await.map_err(|fault| Broken { view: Some(self.view), fault })
    }
}

impl Tombstones<'_> {
    fn leave(&self, statement: &Statement) -> Result<Call, Fault> {
        let Self { view, view_version, tenants, streams, versions, positions } = self;
        Call::new(statement, &[view, view_version, tenants, streams, versions, positions])
    }
}
