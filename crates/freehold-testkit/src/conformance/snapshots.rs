//! Snapshots: one a stream, the newest of its shape.

use std::sync::Arc;

use freehold_domain::{StreamId, TenantId, Version};
use freehold_ports::{Database, Snapshot};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::sample::{append, booked, parcel, tenant, whole_log};

/// A snapshot comes back as it was saved; before that there is none.
pub async fn a_snapshot_comes_back_as_it_was(db: Arc<dyn Database>) {
    assert_eq!(kept(&db, &tenant(0), &parcel(1)).await, None);
    let states = [
        "{}".to_owned(),
        r#"{"owner":"Åsa \"quoted\" \\ 🙂","trail":null}"#.to_owned(),
        format!("[\"{}\"]", "x".repeat(1_000_000)),
    ];
    for (version, state) in (1..).zip(states) {
        let snapshot = Snapshot { state, ..snapshot(version, 7) };
        save(&db, &snapshot).await;
        assert_eq!(kept(&db, &tenant(0), &parcel(1)).await, Some(snapshot));
    }
}

/// One of a lower version comes too late.
pub async fn the_newest_snapshot_is_kept(db: Arc<dyn Database>) {
    for (version, expected) in [(5, 5), (4, 5), (9, 9), (1, 9), (10, 10)] {
        save(&db, &snapshot(version, 7)).await;
        assert_eq!(kept(&db, &tenant(0), &parcel(1)).await, Some(snapshot(expected, 7)));
    }
}

/// One of another shape takes the place of what nobody will read, whatever its version.
pub async fn a_snapshot_of_another_shape_takes_the_place(db: Arc<dyn Database>) {
    for (version, fingerprint) in [(5, 7), (2, 8), (9, 7), (3, 7 << 64)] {
        save(&db, &snapshot(version, fingerprint)).await;
        assert_eq!(kept(&db, &tenant(0), &parcel(1)).await, Some(snapshot(version, fingerprint)));
    }
}

/// However many save at the same time, the newest stays.
pub async fn of_racing_snapshots_the_newest_stays(db: Arc<dyn Database>) {
    let mut savers = JoinSet::new();
    for version in 1..=32 {
        let db = Arc::clone(&db);
        savers.spawn(async move { save(&db, &snapshot(version * 7 % 32 + 1, 7)).await });
    }
    savers.join_all().await;
    assert_eq!(kept(&db, &tenant(0), &parcel(1)).await, Some(snapshot(32, 7)));
}

/// The same id is another stream with another tenant, and of another aggregate.
pub async fn snapshots_cross_no_tenant_and_no_aggregate(db: Arc<dyn Database>) {
    let same_id = StreamId::new("conformance.Crate", parcel(1).id());
    save(&db, &snapshot(5, 7)).await;
    assert_eq!(kept(&db, &tenant(1), &parcel(1)).await, None);
    assert_eq!(kept(&db, &tenant(0), &same_id).await, None);
    db.save_snapshot(&tenant(1), &parcel(1), snapshot(2, 7)).await.expect("it can be saved");
    db.save_snapshot(&tenant(0), &same_id, snapshot(3, 7)).await.expect("it can be saved");
    for (tenant, stream, version) in
        [(tenant(0), parcel(1), 5), (tenant(1), parcel(1), 2), (tenant(0), same_id, 3)]
    {
        assert_eq!(kept(&db, &tenant, &stream).await, Some(snapshot(version, 7)));
    }
}

/// A snapshot follows from the log and is no part of it.
pub async fn a_snapshot_leaves_the_log_as_it_is(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).on(&db).await;
    let (log, head) = (whole_log(&db).await, *db.head().borrow());
    save(&db, &snapshot(1, 7)).await;
    assert_eq!((whole_log(&db).await, *db.head().borrow()), (log, head));
}

fn snapshot(version: u64, fingerprint: u128) -> Snapshot {
    let state = format!(r#"{{"version":{version}}}"#);
    Snapshot { version: Version(version), fingerprint: Uuid::from_u128(fingerprint), state }
}

async fn save(db: &Arc<dyn Database>, snapshot: &Snapshot) {
    db.save_snapshot(&tenant(0), &parcel(1), snapshot.clone()).await.expect("it can be saved");
}

async fn kept(db: &Arc<dyn Database>, tenant: &TenantId, stream: &StreamId) -> Option<Snapshot> {
    db.snapshot(tenant, stream).await.expect("it can be read")
}
