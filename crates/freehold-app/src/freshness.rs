//! How far views have come, as queries need to know it: who has written reads what they have written.

use std::{collections::HashMap, sync::Arc, time::Duration};

use freehold_domain::Position;
use freehold_ports::{Database, Projection};
use tokio::time::timeout;

use crate::{follower::Follower, query_bus::QueryError};

/// What is known of each view.
pub(crate) struct Freshness {
    database: Arc<dyn Database>,
    views: HashMap<&'static str, View>,
    limit: Duration,
}

enum View {
    /// A worker brings it up to date.
    Followed(Follower),
    /// Appends do, so that it is where the log is.
    Synchronous,
}

impl Freshness {
    /// Of these views, those that have a worker with what it shows of itself. Nobody waits longer for one than the limit.
    pub(crate) fn new(
        database: Arc<dyn Database>,
        projections: &[Arc<dyn Projection>],
        followers: &[Follower],
        limit: Duration,
    ) -> Self {
        let synchronous = projections.iter().map(|projection| (projection.schema().view, View::Synchronous));
        let followed = followers.iter().map(|follower| (follower.view(), View::Followed(follower.clone())));
        Self { database, views: synchronous.chain(followed).collect(), limit }
    }

    /// Up to where rows that are read from now on have taken events in, at least.
    pub(crate) fn position(&self, view: &str) -> Position {
        match self.views.get(view) {
            Some(View::Followed(follower)) => follower.position(),
            Some(View::Synchronous) => *self.database.head().borrow(),
            None => Position::START,
        }
    }

    /// Waits until the view has taken in what lies at or before a position. One that the log does not have is not waited for.
    pub(crate) async fn reach(&self, view: &'static str, asked: Position) -> Result<(), QueryError> {
        if self.position(view) >= asked {
            return Ok(());
        }
        let end = self.database.end().await?;
        if asked > end {
            return Err(QueryError::BeyondTheLog { asked, end });
        }
        let reason = match self.views.get(view) {
            Some(View::Synchronous) => return Ok(()),
            Some(View::Followed(follower)) => match self.wait_for(follower, asked).await {
                None => return Ok(()),
                Some(reason) => reason,
            },
            None => "nothing brings it up to date".to_owned(),
        };
        Err(QueryError::Behind { view, position: self.position(view), asked, reason })
    }

    /// What keeps it from getting there.
    async fn wait_for(&self, follower: &Follower, asked: Position) -> Option<String> {
        let otherwise = match timeout(self.limit, follower.gets_to(asked)).await {
            Ok(true) => return None,
            Ok(false) => "its worker has stopped".to_owned(),
            Err(_) => format!("it did not get there within {:?}", self.limit),
        };
        Some(follower.status().error.unwrap_or(otherwise))
    }
}
