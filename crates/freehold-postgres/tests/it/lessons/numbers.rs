//! Numbers beyond 32 bits: positions and versions are what a log has after years.

use freehold_domain::{Position, Tag, Version};
use freehold_ports::{
    Append, AppendError, Conflict, EventQuery, EventStore, Expected, Migrator, Scope, Snapshot,
    SnapshotStore, Unless, Versions,
};
use freehold_postgres::Postgres;
use uuid::Uuid;

use crate::{
    fixtures::{MIGRATIONS, badged_step, once, step, tenant, walks},
    server,
};

/// Where the log and the stream already are.
const OLD: u64 = 5_000_000_000;

#[tokio::test]
async fn positions_and_versions_go_on_beyond_32_bits() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    database.append(step(1)).await.unwrap();
    database.close().await;
    let age = format!(
        "UPDATE freehold.events SET position = {OLD}, version = {OLD};
         INSERT INTO freehold.partitions (view, version, partition, position) VALUES ('test.Walks', 1, 0, {OLD})"
    );
    server::session(guard.url()).await.batch_execute(&age).await.unwrap();

    let database = Postgres::open(guard.url()).await.unwrap();
    let (tenant, stream, next) = (tenant(), step(1).stream, (Version(OLD + 1), Position(OLD + 1)));
    assert_eq!(*database.head().borrow(), Position(OLD));
    let mut append = once(Append { expected: Expected::Version(Version(OLD)), ..badged_step(1, "old") }, 1);
    append.events[0].tags.push(Tag::new("old"));
    let outcome = database.append(append.clone()).await.unwrap();
    assert_eq!((outcome.version, outcome.position), next);

    let replayed = database.append(append.clone()).await.unwrap();
    assert!(replayed.replayed);
    assert_eq!((replayed.version, replayed.position), next);
    let row = walks(&database).await.remove(0);
    assert_eq!((row.version, row.position), next);
    let behind = database.read_stream(&tenant, &stream, Versions::after(Version(OLD))).await.unwrap();
    assert_eq!((behind[0].version, behind[0].position), next);
    let tagged = EventQuery::tag(Tag::new("old"));
    let read = database.read_all(&Scope::EveryTenant, Position(OLD), &tagged, 9).await.unwrap();
    assert_eq!((read.events.as_slice(), read.read_to), (behind.as_slice(), next.1));
    assert_eq!(database.last_position(&tenant, &tagged).await.unwrap(), Some(next.1));

    let stale = Append { expected: Expected::Version(Version(1)), ..step(1) };
    match database.append(stale).await {
        Err(AppendError::Conflict(Conflict::Version { actual, .. })) => assert_eq!(actual, next.0),
        other => panic!("it was to be a conflict: {other:?}"),
    }
    let claim = Unless { query: tagged, after: Position(OLD) };
    match database.append(Append { unless: vec![claim], ..step(2) }).await {
        Err(AppendError::Conflict(Conflict::Query { found, .. })) => assert_eq!(found, next.1),
        other => panic!("it was to be a conflict: {other:?}"),
    }
    let snapshot = Snapshot { version: next.0, fingerprint: Uuid::nil(), state: "null".into() };
    database.save_snapshot(&tenant, &stream, snapshot.clone()).await.unwrap();
    assert_eq!(database.snapshot(&tenant, &stream).await.unwrap(), Some(snapshot));
    database.archive(&tenant, &stream, next.0).await.unwrap();
    assert_eq!(database.append(step(2)).await.unwrap().position, Position(OLD + 2));
}
