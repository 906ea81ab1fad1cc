//! Tenants: every read and write names its own, and none crosses.

use std::sync::Arc;

use freehold_domain::{Position, SyncMode, Version};
use freehold_ports::{Database, EventQuery, Scope, Versions};

use super::{
    rows::{assert_rows, catch_up, folded, rows},
    sample::{
        append, booked, kinds, moved, parcel, positions, purged, read, stream_within, tag, tenant, versions,
        weighed, whole_log,
    },
    views::{TALLIES, owners, tallies},
};

/// The same id is another stream with another tenant.
pub async fn the_same_stream_id_in_two_tenants_is_two_streams(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).at(0).on(&db).await;
    let other = append(parcel(1), [booked("bob")]).of(tenant(1)).at(0).on(&db).await;
    assert_eq!(other.version, Version(1));
    for (number, expected) in [(0, vec![1, 2]), (1, vec![1]), (2, vec![])] {
        let events = stream_within(&db, &tenant(number), &parcel(1), Versions::ALL).await;
        assert_eq!(versions(&events), expected);
        assert!(events.iter().all(|event| event.tenant == tenant(number)));
    }
}

/// What one tenant reads, another has not written.
pub async fn reads_cross_no_tenant(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).tagged(&["red"]).on(&db).await;
    append(parcel(2), [booked("bob"), weighed(1)]).tagged(&["red"]).of(tenant(1)).on(&db).await;
    for query in [EventQuery::all(), kinds(&["Booked", "Weighed"]), EventQuery::tag(tag("red"))] {
        for (number, expected) in [(0, vec![1, 2]), (1, vec![3, 4]), (2, vec![])] {
            let found = read(&db, &Scope::Tenant(tenant(number)), &query).await;
            assert_eq!(positions(&found), expected, "{query:?}");
            let last = db.last_position(&tenant(number), &query).await.expect("it can be read");
            assert_eq!(last.map(|last| last.0), expected.last().copied(), "{query:?}");
        }
    }
    let page = db.read_all(&Scope::Tenant(tenant(0)), Position::START, &EventQuery::all(), 9).await;
    assert_eq!(page.expect("it can be read").read_to.0, 4, "the other tenant's events are passed over");
}

/// What another tenant did breaks no condition.
pub async fn conditions_cross_no_tenant(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).tagged(&["ann"]).on(&db).await;
    for (number, query) in [(1, EventQuery::all()), (2, kinds(&["Booked"])), (3, EventQuery::tag(tag("ann")))]
    {
        let claim = append(parcel(1), [booked("ann")]).tagged(&["ann"]).of(tenant(number)).at(0);
        assert_eq!(claim.unless(query, 0).on(&db).await.version, Version(1));
    }
}

/// The same command id of another tenant is another command.
pub async fn commands_cross_no_tenant(db: Arc<dyn Database>) {
    let first = append(parcel(1), [booked("ann")]).once(5);
    first.clone().on(&db).await;
    assert_eq!(db.outcome(&tenant(1), first.command()).await.expect("it can be read"), None);
    let mut other = first.clone().of(tenant(1));
    other.0.once = append(parcel(1), []).once(6).0.once;
    assert!(!other.on(&db).await.replayed);
    assert_eq!(whole_log(&db).await.len(), 2);
}

/// Rows with the same key in two tenants are two rows: folded, listed and deleted each for itself.
pub async fn rows_cross_no_tenant(db: Arc<dyn Database>) {
    let inline = tallies(SyncMode::Sync).arc();
    let worked = owners(SyncMode::Async).arc();
    for (number, event) in
        [(0, booked("ann")), (1, booked("ann")), (1, weighed(7)), (1, moved("ann")), (0, purged())]
    {
        append(parcel(1), [event]).of(tenant(number)).inline(&inline).on(&db).await;
    }
    catch_up(&db, &worked, 2).await;
    let log = whole_log(&db).await;
    let tenants = [tenant(0), tenant(1), tenant(2)];
    assert_rows(&db, &inline, &folded(&inline, &log), &tenants).await;
    assert_rows(&db, &worked, &folded(&worked, &log), &tenants).await;
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await, []);
    assert_eq!(rows(&db, &tenant(1), &TALLIES).await.len(), 1);
}
