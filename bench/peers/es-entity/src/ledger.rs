//! The account as an entity of es-entity, without snapshots.

use bench_harness::{Balance, Deposit, Metadata, Opening};
use es_entity::{
    EntityEvents, EntityEventsBuilder, EntityHydrationError, EsEntity, EsEvent, FromRepo, IntoEvents,
    TryFromEvents,
};
use serde::{Deserialize, Serialize};

es_entity::entity_id! { LedgerId }

/// The context of an event is gathered from what runs around it; here the metadata is known, and travels in the event.
#[derive(Debug, EsEvent, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "LedgerId")]
pub(crate) enum LedgerEvent {
    Opened { id: LedgerId, opening: Opening, metadata: Metadata },
    Deposited { deposit: Deposit, metadata: Metadata },
}

impl LedgerEvent {
    pub(crate) fn fold_into(&self, balance: &mut Balance) {
        match self {
            Self::Opened { .. } => balance.open(),
            Self::Deposited { deposit, .. } => balance.deposit(deposit.amount),
        }
    }
}

#[derive(EsEntity)]
pub(crate) struct Ledger {
    pub(crate) id: LedgerId,
    pub(crate) balance: Balance,
    pub(crate) deposits: i64,
    pub(crate) cents: i64,
    events: EntityEvents<LedgerEvent>,
}

impl Ledger {
    pub(crate) fn deposit(&mut self, deposit: Deposit, metadata: Metadata) -> anyhow::Result<()> {
        anyhow::ensure!(self.balance.takes(&deposit), "the deposit is refused");
        self.balance.deposit(deposit.amount);
        self.deposits += 1;
        self.cents = self.balance.cents;
        self.events.push(LedgerEvent::Deposited { deposit, metadata });
        Ok(())
    }
}

impl TryFromEvents<LedgerEvent> for Ledger {
    fn try_from_events(events: EntityEvents<LedgerEvent>) -> Result<Self, EntityHydrationError> {
        let mut balance = Balance::default();
        events.iter_all().for_each(|event| event.fold_into(&mut balance));
        let deposits = balance.events.cast_signed() - 1;
        Ok(Self { id: *events.id(), balance, deposits, cents: balance.cents, events })
    }
}

/// The repository makes its id.
pub(crate) struct NewLedger {
    pub(crate) nickname: String,
    pub(crate) deposits: i64,
    pub(crate) cents: i64,
    pub(crate) opening: Opening,
    pub(crate) metadata: Metadata,
}

impl NewLedger {
    pub(crate) fn new(opening: Opening, metadata: Metadata) -> Self {
        Self { nickname: opening.nickname.clone(), deposits: 0, cents: 0, opening, metadata }
    }
}

impl IntoEvents<LedgerEvent> for NewLedger {
    type IdSource = FromRepo;

    fn into_events(self, builder: EntityEventsBuilder<LedgerEvent, FromRepo>) -> EntityEvents<LedgerEvent> {
        let (id, Self { opening, metadata, .. }) = (builder.id(), self);
        builder.initial_events([LedgerEvent::Opened { id, opening, metadata }])
    }
}
