//! What those who operate a service need.

use std::sync::Arc;

use freehold_domain::{CorrelationId, Position};
use freehold_ports::{Database, NewAuditEntry};

use super::sample::{append, booked, new_id, parcel, positions, tenant, weighed};

/// What is written down is read in order, in pages.
pub async fn what_is_written_down_is_read_in_order(db: Arc<dyn Database>) {
    for action in ["pause", "resume", "skip"] {
        db.write_audit(entry(action)).await.expect("it can be written");
    }
    let first = db.read_audit(0, 2).await.expect("it can be read");
    assert_eq!(first.iter().map(|entry| entry.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(first[1].entry, entry("resume"));
    let rest = db.read_audit(2, 9).await.expect("it can be read");
    assert_eq!((rest.len(), &rest[0].entry), (1, &entry("skip")));
    assert!(rest[0].time >= first[0].time);
}

/// What happened for one reason is found over all tenants and streams, archived or not, in pages.
pub async fn what_happened_for_one_reason_is_found(db: Arc<dyn Database>) {
    let (one, other) = (CorrelationId(new_id()), CorrelationId(new_id()));
    let first = append(parcel(1), [booked("ann"), weighed(1)]).for_reason(one).on(&db).await;
    append(parcel(2), [booked("bob")]).for_reason(other).on(&db).await;
    append(parcel(1), [weighed(2)]).of(tenant(1)).for_reason(one).on(&db).await;
    db.archive(&tenant(0), &parcel(1), first.version).await.expect("it is there");
    let read = async |reason, after, limit| {
        let events = db.read_correlated(reason, Position(after), limit).await.expect("it can be read");
        assert!(events.iter().all(|event| event.metadata.correlation == reason));
        positions(&events)
    };
    assert_eq!(read(one, 0, 9).await, [1, 2, 4]);
    assert_eq!(read(one, 1, 1).await, [2]);
    assert_eq!(read(other, 0, 9).await, [3]);
    assert!(read(CorrelationId(new_id()), 0, 9).await.is_empty());
}

fn entry(action: &str) -> NewAuditEntry {
    let [actor, action, target, detail] =
        ["anna", action, "conformance.Tally", "it has to be"].map(str::to_owned);
    NewAuditEntry { actor, action, target, detail }
}
