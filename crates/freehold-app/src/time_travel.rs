//! Time travel: aggregates as they stood.

use freehold_domain::{Aggregate, StreamId, TenantId, Timestamp, Version};
use freehold_ports::StoreError;

use crate::{Application, repository::Address};

/// A moment in the life of an aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// When it was at this version.
    Version(Version),
    /// When nothing had happened to it that was recorded later than this: before the first event with a later time,
    /// even if one with an earlier time follows on it.
    Time(Timestamp),
}

/// An aggregate as it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateAt<A> {
    /// Its state.
    pub state: A,
    /// The version that it was at.
    pub version: Version,
}

/// Why nothing can be said of a moment.
#[derive(Debug, thiserror::Error)]
pub enum StateAtError {
    /// The version lies ahead.
    #[error("{stream} has not reached version {asked}; it is at version {reached}")]
    NotReached {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The version that was asked for.
        asked: Version,
        /// The version that it is at; [`Version::NONE`] if it does not exist.
        reached: Version,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Application {
    /// An aggregate of a tenant as it stood; `None`, if it did not exist then.
    ///
    /// By version, no more events are read than behind a snapshot from before; by time, all of the stream.
    pub async fn state_at<A: Aggregate>(
        &self,
        tenant: &TenantId,
        id: A::Id,
        at: At,
    ) -> Result<Option<StateAt<A>>, StateAtError> {
        let address = Address { tenant: tenant.clone(), stream: StreamId::of::<A>(id) };
        let loaded = match at {
            At::Version(version) => self.repository.load_until::<A>(&address, version).await?,
            At::Time(time) => self.repository.load_as_of::<A>(&address, time).await?,
        };
        match at {
            At::Version(asked) if asked > loaded.version => {
                Err(StateAtError::NotReached { stream: address.stream, asked, reached: loaded.version })
            }
            _ => Ok(loaded.state.map(|state| StateAt { state, version: loaded.version })),
        }
    }
}
