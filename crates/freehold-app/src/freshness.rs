//! How far views have come, as queries need to know it: who has written reads what they have written.

use std::{collections::HashMap, sync::Arc, time::Duration};

use freehold_domain::Position;
use freehold_ports::{Database, Projection};
use tokio::{sync::watch, time::timeout};

use crate::{query_bus::QueryError, worker::Follower};

/// What is known of each view.
pub(crate) struct Freshness {
    head: watch::Receiver<Position>,
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
        database: &Arc<dyn Database>,
        projections: &[Arc<dyn Projection>],
        followers: &[Follower],
        limit: Duration,
    ) -> Self {
        let synchronous = projections.iter().map(|projection| (projection.schema().view, View::Synchronous));
        let followed = followers.iter().map(|follower| (follower.view(), View::Followed(follower.clone())));
        Self { head: database.head(), views: synchronous.chain(followed).collect(), limit }
    }

    /// Up to where rows that are read from now on have taken events in, at least.
    pub(crate) fn position(&self, view: &str) -> Position {
        match self.views.get(view) {
            Some(View::Followed(follower)) => follower.status().position,
            Some(View::Synchronous) => *self.head.borrow(),
            None => Position::START,
        }
    }

    /// Waits until the view has taken in what lies at or before a position.
    pub(crate) async fn reach(&self, view: &'static str, asked: Position) -> Result<(), QueryError> {
        if self.position(view) >= asked {
            return Ok(());
        }
        let reached = timeout(self.limit, async {
            match self.views.get(view) {
                Some(View::Followed(follower)) => follower.clone().gets_to(asked).await,
                Some(View::Synchronous) => self.head.clone().wait_for(|head| *head >= asked).await.is_ok(),
                None => false,
            }
        });
        match reached.await {
            Ok(true) => Ok(()),
            outcome => Err(QueryError::Behind {
                view,
                position: self.position(view),
                asked,
                reason: self.reason(view, outcome.is_err()),
            }),
        }
    }

    fn reason(&self, view: &str, has_waited: bool) -> String {
        let error = match self.views.get(view) {
            Some(View::Followed(follower)) => follower.status().error,
            _ => None,
        };
        match error {
            Some(error) => error,
            None if has_waited => format!("it did not get there within {:?}", self.limit),
            None => "nothing brings it up to date".to_owned(),
        }
    }
}
