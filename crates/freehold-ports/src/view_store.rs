//! The tables of the read models.

use std::sync::Arc;

use async_trait::async_trait;
use freehold_domain::{Position, Selection, TenantId};

use crate::{Batch, FoldError, Projection, StoreError, StoredRow};

/// The tables of the read models, in the same database as the log.
///
/// Obligations, each a test of `freehold_testkit::conformance`: a batch, its rows and its checkpoint land together or
/// not at all; rows equal a fold over the log however events are batched; no row of another tenant is ever read or
/// touched; lists are ordered totally, so that pages neither skip nor repeat a row that does not change.
#[async_trait]
pub trait ViewStore: Send + Sync + 'static {
    /// How far the projection of this view and version has come; [`Position::START`] if it has not begun.
    ///
    /// For one that is wholly synchronous, appends move it too. It has to be caught up by [`apply`](Self::apply)
    /// before the first append that names it: one that still lacks an earlier event is refused with
    /// [`AppendError::Inline`](crate::AppendError::Inline), since its rows would be wrong.
    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError>;

    /// Folds a batch that was read after the projection's checkpoint into its rows, and moves the checkpoint to
    /// `batch.read_to`. Does nothing if the checkpoint is no longer at `after`, and says so.
    ///
    /// Of a view with [`SyncMode::Events`](freehold_domain::SyncMode::Events) it leaves out what appends have taken
    /// in already.
    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        after: Position,
        batch: Batch,
    ) -> Result<(), ApplyError>;

    /// The rows of a tenant that are asked for, in order.
    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError>;
}

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// An event cannot be taken in.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// Somebody else has moved the checkpoint.
    #[error("the checkpoint of `{view}` is at {actual}, not at {expected}")]
    Moved {
        /// The view.
        view: &'static str,
        /// Where it was expected.
        expected: Position,
        /// Where it is.
        actual: Position,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
