//! The account with snapshots.

use bench_harness::{Balance, Deposit, Metadata, Opening};
use es_entity::{
    EntityEvents, EntityEventsBuilder, EntityHydrationError, EsEntity, EsEvent, EsRepo, EsSnapshot, FromRepo,
    HeadSnapshot, IntoEvents, Replay, TryFromEvents,
};
use serde::{Deserialize, Serialize};

use crate::ledger::{LedgerEvent, LedgerId};

/// After how many events there is a new snapshot.
const EVERY: usize = 50;

#[derive(Clone, Debug, EsSnapshot, Serialize, Deserialize)]
#[es_snapshot(version = 1)]
pub(crate) struct LedgerSnapshot {
    pub(crate) balance: Balance,
}

#[derive(EsEntity)]
#[es_entity(event = "LedgerEvent", new = "NewSnapshotted")]
pub(crate) struct Snapshotted {
    pub(crate) id: LedgerId,
    pub(crate) balance: Balance,
    events: EntityEvents<LedgerEvent, LedgerSnapshot>,
}

impl Snapshotted {
    pub(crate) fn deposit(&mut self, deposit: Deposit, metadata: Metadata) -> anyhow::Result<()> {
        anyhow::ensure!(self.balance.takes(&deposit), "the deposit is refused");
        self.balance.deposit(deposit.amount);
        self.events.push(LedgerEvent::Deposited { deposit, metadata });
        Ok(())
    }
}

impl HeadSnapshot for Snapshotted {
    fn capture(&self) -> Option<LedgerSnapshot> {
        (self.events.tail_len() >= EVERY).then_some(LedgerSnapshot { balance: self.balance })
    }
}

impl TryFromEvents<LedgerEvent, LedgerSnapshot> for Snapshotted {
    fn try_from_events(
        events: EntityEvents<LedgerEvent, LedgerSnapshot>,
    ) -> Result<Self, EntityHydrationError> {
        let mut balance = Balance::default();
        for replayed in events.replay() {
            match replayed {
                Replay::Snapshot(snapshot) => balance = snapshot.balance,
                Replay::Event(event) => event.fold_into(&mut balance),
            }
        }
        Ok(Self { id: *events.id(), balance, events })
    }
}

/// The repository makes its id.
pub(crate) struct NewSnapshotted {
    pub(crate) nickname: String,
    pub(crate) opening: Opening,
    pub(crate) metadata: Metadata,
}

impl IntoEvents<LedgerEvent> for NewSnapshotted {
    type IdSource = FromRepo;

    fn into_events(self, builder: EntityEventsBuilder<LedgerEvent, FromRepo>) -> EntityEvents<LedgerEvent> {
        let (id, Self { opening, metadata, .. }) = (builder.id(), self);
        builder.initial_events([LedgerEvent::Opened { id, opening, metadata }])
    }
}

#[derive(EsRepo)]
#[es_repo(
    entity = "Snapshotted",
    event = "LedgerEvent",
    id = "LedgerId",
    tbl = "accounts",
    events_tbl = "account_events",
    snapshot,
    snapshot_tbl = "account_snapshots",
    columns(nickname(ty = "String", update(persist = false), list_by = false, find_by = false))
)]
pub(crate) struct Ledgers {
    pub(crate) pool: sqlx::PgPool,
}
