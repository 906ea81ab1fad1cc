//! Snapshots that do not fit: they are not believed, and the state is folded from its events.

use freehold_app::{At, Host};
use freehold_domain::{Aggregate, Event, EventId, Id, Rejection, Snapshots, StreamId, Version};
use freehold_ports::{Append, EventStore, Snapshot, SnapshotStore};
use freehold_postgres::Postgres;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    fixtures::{step, tenant},
    server,
};

/// Identifies a purse.
#[derive(Id)]
struct PurseId(Uuid);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Purse {
    coins: u64,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Purse)]
enum PurseEvent {
    Filled { coins: u64 },
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)]
enum PurseRejection {}

impl Aggregate for Purse {
    const NAME: &'static str = "test.Purse";
    type Id = PurseId;
    type Event = PurseEvent;
    type Rejection = PurseRejection;

    fn begin(event: &PurseEvent) -> Option<Self> {
        let PurseEvent::Filled { coins } = event;
        Some(Self { coins: *coins })
    }

    fn evolve(&mut self, event: &PurseEvent) {
        let PurseEvent::Filled { coins } = event;
        self.coins += coins;
    }

    fn snapshots() -> Snapshots<Self> {
        Snapshots::every(100)
    }
}

fn purse() -> PurseId {
    PurseId::from_uuid(Uuid::from_u128(1))
}

/// A purse that was filled with 1, 2, 3, 4 and 5 coins: the id of the third event.
async fn filled(database: &Postgres) -> EventId {
    for coins in 1..=5 {
        let mut append = Append { stream: StreamId::of::<Purse>(purse()), ..step(1) };
        append.events[0].id = EventId(Uuid::from_u128(coins.into()));
        append.events[0].event = PurseEvent::Filled { coins }.encode().unwrap();
        database.append(append).await.unwrap();
    }
    EventId(Uuid::from_u128(3))
}

/// How many coins there are at the end and at the third event, by a service of its own: it ends when all that it does
/// about a snapshot on the side is done.
async fn coins(database: &Postgres) -> [u64; 2] {
    let host = Host::builder(database.clone()).hot_aggregates(0).start().await.unwrap();
    let mut coins = [0, 0];
    for (coins, version) in coins.iter_mut().zip([5, 3]) {
        let at = At::Version(Version(version));
        let state = host.application().state_at::<Purse>(&tenant(), purse(), at).await.unwrap();
        *coins = state.unwrap().state.coins;
    }
    host.stop().await;
    coins
}

#[tokio::test]
async fn a_stale_snapshot_is_not_believed() {
    let Some(server) = server::url() else { return };
    let (database, _guard) = server::open(&server).await;
    let third = filled(&database).await;
    let form = Purse::snapshots().form().unwrap();
    let of = |coins: u64, version: u64, last: EventId| Snapshot {
        version: Version(version),
        fingerprint: form.fingerprint(),
        state: form.encode(&Purse { coins }, last).unwrap(),
    };
    let other_shape = Snapshot { fingerprint: Uuid::nil(), ..of(1_000, 3, third) };
    let other_state = Snapshot { state: r#"{"copper":7}"#.to_owned(), ..of(0, 3, third) };
    let no_json = Snapshot { state: "{".to_owned(), ..of(0, 3, third) };
    let other_history = of(1_000, 3, EventId(Uuid::max()));
    let ahead = of(1_000, 9, third);
    for stale in [other_shape, other_state, no_json, other_history, ahead] {
        keep(&database, stale.clone()).await;
        assert_eq!(coins(&database).await, [15, 6], "{stale:?}");
    }
    // One that fits is: the test would else show nothing.
    keep(&database, of(1_006, 3, third)).await;
    assert_eq!(coins(&database).await, [1_015, 1_006]);
}

/// In the place of the one that there is, whatever its version.
async fn keep(database: &Postgres, snapshot: Snapshot) {
    let nothing = Snapshot { version: Version::NONE, fingerprint: Uuid::max(), state: String::new() };
    for snapshot in [nothing, snapshot] {
        database.save_snapshot(&tenant(), &StreamId::of::<Purse>(purse()), snapshot).await.unwrap();
    }
}
