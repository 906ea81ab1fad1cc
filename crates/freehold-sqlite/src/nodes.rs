//! Who is there: hosts of this process, since no other has the database open.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use freehold_ports::{Living, Node};
use uuid::Uuid;

/// The last sign of life of each.
#[derive(Default)]
pub(crate) struct Nodes {
    beats: Mutex<BTreeMap<Uuid, Beat>>,
}

struct Beat {
    node: Node,
    seen: Instant,
    until: Instant,
}

impl Nodes {
    /// It lives, for so long from now.
    pub(crate) fn beat(&self, node: Node, lease: Duration) {
        let now = Instant::now();
        self.beats().insert(node.id, Beat { node, seen: now, until: now + lease });
    }

    pub(crate) fn remove(&self, node: Uuid) {
        self.beats().remove(&node);
    }

    /// Those that live.
    pub(crate) fn living(&self) -> Vec<Living> {
        let (mut beats, now) = (self.beats(), Instant::now());
        beats.retain(|_, beat| now < beat.until);
        beats.values().map(|beat| Living { node: beat.node.clone(), seen: now - beat.seen }).collect()
    }

    /// Their ids, as a JSON list.
    pub(crate) fn ids(&self) -> String {
        let ids = self.living().into_iter().map(|living| living.node.id.to_string());
        ids.collect::<serde_json::Value>().to_string()
    }

    fn beats(&self) -> MutexGuard<'_, BTreeMap<Uuid, Beat>> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
