//! The tables of the read models.

use std::sync::Arc;

use async_trait::async_trait;
use freehold_domain::{Position, Selection, TenantId};

use crate::{
    Batch, DeadLetter, DeadLetterQuery, Dialect, FoldError, Lease, Projection, Share, StoreError,
    StoredPartitions, StoredRow, TakeUp, TakenUp,
};

/// The tables of the read models, in the same database as the log.
///
/// Obligations, each a test of `freehold_testkit::conformance`: a batch, its rows and its checkpoint land together or
/// not at all; rows equal a fold over the log however events are batched; no row of another tenant is ever read or
/// touched; lists are ordered totally, so that pages neither skip nor repeat a row that does not change.
#[async_trait]
pub trait ViewStore: Send + Sync + 'static {
    /// Which SQL it understands; none, if it has no SQL projections.
    fn dialect(&self) -> Option<Dialect>;

    /// How far the projection of this view and version has come, in all of its partitions; [`Position::START`] if it has
    /// not begun.
    ///
    /// For one that is wholly synchronous, appends move it too. It has to be caught up by [`apply`](Self::apply)
    /// before the first append that names it: one that still lacks an earlier event is refused with
    /// [`AppendError::Inline`](crate::AppendError::Inline), since its rows would be wrong.
    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError>;

    /// Folds a batch into the rows of partitions, and moves their checkpoints to `batch.read_to`. Does nothing if one of
    /// the partitions is not where it is said to be, or is held by another, and says so.
    ///
    /// An event that a row cannot take in is parked in the [dead letters](DeadLetter) in the same transaction, and those
    /// of the row that come later behind it; all other rows go on. Of a wholly synchronous view nothing is parked, and
    /// the first such event is the error. Of a view with [`SyncMode::Events`](freehold_domain::SyncMode::Events) it
    /// leaves out what appends have taken in already.
    ///
    /// Of a projection that is written in SQL, the [scripts](crate::Scripts) of the events run in the transaction, one after
    /// the other. If one of them fails, or the database says that a statement broke a rule of a table, nothing is written
    /// and the error is [`ApplyError::Refused`].
    ///
    /// Returns why rows were parked by it that were not before.
    async fn apply(&self, projection: &Arc<dyn Projection>, work: Work)
    -> Result<Vec<FoldError>, ApplyError>;

    /// The rows of a tenant that are asked for, in order, each with the columns that are asked for.
    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError>;

    /// How many rows of a tenant match the comparisons and the search of a selection, wherever a page of them begins and
    /// ends. Counting ends at `most`, so that it costs no more than reading so many.
    async fn count(&self, tenant: &TenantId, selection: &Selection, most: u32) -> Result<u32, StoreError>;

    /// The dead letters that are asked for, in the order of their numbers.
    async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError>;

    /// Folds what waits in a dead letter of this view into its row, the oldest first, some hundreds of events at most in
    /// one transaction; when nothing is left, the letter is gone and the row goes on with the others. If an event cannot
    /// be taken in, the letter tells why, and what came before it stays taken in.
    async fn take_up(
        &self,
        projection: &Arc<dyn Projection>,
        letter: u64,
        how: TakeUp,
    ) -> Result<TakenUp, StoreError>;
}

/// A batch of events for partitions of a view.
#[derive(Clone, Debug)]
pub struct Work {
    /// The partitions.
    pub share: Share,
    /// Where all of them stand.
    pub after: Position,
    /// What was read after that.
    pub batch: Batch,
    /// A reason to park all rows of the partitions that the batch touches, instead of folding them: when it is known that
    /// the table does not take them.
    pub park: Option<String>,
}

impl Work {
    /// A batch for a view that has one partition, which nobody has ever taken: how one that appends bring up to date is
    /// caught up.
    pub fn whole(after: Position, batch: Batch) -> Self {
        Self { share: Share::whole(), after, batch, park: None }
    }
}

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// An event cannot be taken in.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The table does not take what an event of the batch does to a row, or what is run for an event fails.
    #[error("`{view}` does not take it in: {reason}")]
    Refused {
        /// The view.
        view: &'static str,
        /// What the database or the code of the projection says, without values.
        reason: String,
    },
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
    /// Somebody else has taken a partition.
    #[error("partition {partition} of `{view}` was taken by another")]
    Lost {
        /// The view.
        view: &'static str,
        /// The first that was taken.
        partition: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Share {
    /// Holds it against the partitions of a view as they are stored. A view that has none stands at the beginning of the
    /// log in one that nobody has taken.
    ///
    /// Errors: one is held by another, or stands elsewhere.
    pub fn check(
        &self,
        view: &'static str,
        after: Position,
        stored: &StoredPartitions,
    ) -> Result<(), ApplyError> {
        for &Lease { partition, epoch } in &self.leases {
            let (known, actual) = match stored.by_number.get(&partition) {
                Some(&stored) => stored,
                None if stored.of == 0 => (0, Position::START),
                None => return Err(ApplyError::Lost { view, partition }),
            };
            if epoch != known || self.of != stored.of.max(1) {
                return Err(ApplyError::Lost { view, partition });
            }
            if actual != after {
                return Err(ApplyError::Moved { view, expected: after, actual });
            }
        }
        Ok(())
    }
}
