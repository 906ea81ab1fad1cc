//! The repository of A to C of views: what happens is published to an outbox in the same transaction.

use errlanes::{Fault, lanes};
use es_entity::{AtomicOperation, EsEntity, EsEvent, EsRepo, LastPersisted};
use obix::{ObixFault, out::Outbox};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ledger::{Ledger, LedgerEvent, LedgerId};

/// What others are told of an account: not all that its event holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum AccountChange {
    Opened { account: Uuid },
    Deposited { account: Uuid, cents: i64 },
}

impl AccountChange {
    fn of(account: Uuid, event: &LedgerEvent) -> Self {
        match event {
            LedgerEvent::Opened { .. } => Self::Opened { account },
            LedgerEvent::Deposited { deposit, .. } => Self::Deposited { account, cents: deposit.amount },
        }
    }

    pub(crate) fn account(&self) -> Uuid {
        let (Self::Opened { account } | Self::Deposited { account, .. }) = self;
        *account
    }

    pub(crate) fn cents(&self) -> i64 {
        match self {
            Self::Opened { .. } => 0,
            Self::Deposited { cents, .. } => *cents,
        }
    }
}

#[derive(EsRepo)]
#[es_repo(
    entity = "Ledger",
    tbl = "accounts",
    events_tbl = "account_events",
    columns(nickname(ty = "String", update(persist = false), list_by = false, find_by = false)),
    post_persist_hook = "publish"
)]
pub(crate) struct Ledgers {
    pub(crate) pool: sqlx::PgPool,
    pub(crate) outbox: Outbox<AccountChange>,
}

impl Ledgers {
    async fn publish(
        &self,
        operation: &mut impl AtomicOperation,
        ledger: &Ledger,
        events: LastPersisted<'_, LedgerEvent>,
    ) -> Result<(), Fault<lanes!(Transient, Fatal)>> {
        let changes = events.map(|persisted| AccountChange::of(ledger.id.into(), &persisted.event));
        self.outbox.publish_all_persisted(operation, changes).await.map_err(ObixFault::from)?;
        Ok(())
    }
}
