//! Tombstones: left by appends for the worker, and gone when it has passed.

use std::{path::Path, sync::Arc};

use freehold_domain::{Position, SyncMode};
use freehold_ports::{Append, EventStore, Projection, Scope, ViewStore, Work};
use rusqlite::Connection;

use crate::fixtures::{Walks, count_steps, open, plain_step};

#[tokio::test]
async fn a_tombstone_is_gone_when_the_worker_has_passed_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    let walks: Arc<dyn Projection> = Arc::new(Walks::new(SyncMode::Events(&["Ended"])));
    for name in ["Stepped", "Stepped", "Ended"] {
        let mut append = Append { inline: vec![Arc::clone(&walks)], ..plain_step(1) };
        append.events[0].event.name = name.into();
        database.append(append).await.unwrap();
    }
    for (position, tombstones) in [(0, 1), (1, 1), (2, 1), (3, 0)] {
        assert_eq!(database.checkpoint(&walks).await.unwrap(), Position(position));
        assert_eq!((count_tombstones(&path), count_steps(&database).await), (tombstones, 0));
        let batch =
            database.read_all(&Scope::EveryTenant, Position(position), walks.query(), 1).await.unwrap();
        database.apply(&walks, Work::whole(Position(position), batch)).await.unwrap();
    }
}

fn count_tombstones(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("SELECT count(*) FROM freehold_tombstones", [], |row| row.get(0)).unwrap()
}
