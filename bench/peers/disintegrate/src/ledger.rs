//! The account in the words of disintegrate: events, states that are queried, and decisions.

use bench_harness::{Balance, Deposit, Metadata, Opening};
use disintegrate::{Decision, Event, StateMutate, StateQuery};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// disintegrate keeps no metadata, so that it travels in the event.
#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
#[stream(OpeningEvent, [Opened])]
pub(crate) enum LedgerEvent {
    Opened {
        #[id]
        account_id: Uuid,
        #[id]
        nickname: String,
        opening: Opening,
        metadata: Metadata,
    },
    Deposited {
        #[id]
        account_id: Uuid,
        deposit: Deposit,
        metadata: Metadata,
    },
}

impl LedgerEvent {
    pub(crate) fn account(&self) -> Uuid {
        match self {
            Self::Opened { account_id, .. } | Self::Deposited { account_id, .. } => *account_id,
        }
    }

    pub(crate) fn fold_into(&self, balance: &mut Balance) {
        match self {
            Self::Opened { .. } => balance.open(),
            Self::Deposited { deposit, .. } => balance.deposit(deposit.amount),
        }
    }
}

#[derive(Clone, Debug, Default, StateQuery, Serialize, Deserialize)]
#[state_query(LedgerEvent)]
pub(crate) struct Ledger {
    #[id]
    pub(crate) account_id: Uuid,
    pub(crate) balance: Balance,
}

impl Ledger {
    pub(crate) fn of(account_id: Uuid) -> Self {
        Self { account_id, ..Self::default() }
    }
}

impl StateMutate for Ledger {
    fn mutate(&mut self, event: LedgerEvent) {
        event.fold_into(&mut self.balance);
    }
}

/// Whether somebody has a nickname.
#[derive(Clone, Debug, Default, StateQuery, Serialize, Deserialize)]
#[state_query(OpeningEvent)]
pub(crate) struct Nickname {
    #[id]
    nickname: String,
    taken: bool,
}

impl StateMutate for Nickname {
    fn mutate(&mut self, _: OpeningEvent) {
        self.taken = true;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("it is refused")]
pub(crate) struct Refused;

pub(crate) struct MakeDeposit {
    pub(crate) account_id: Uuid,
    pub(crate) deposit: Deposit,
    pub(crate) metadata: Metadata,
}

impl Decision for MakeDeposit {
    type Event = LedgerEvent;
    type StateQuery = Ledger;
    type Error = Refused;

    fn state_query(&self) -> Ledger {
        Ledger::of(self.account_id)
    }

    fn process(&self, state: &Ledger) -> Result<Vec<LedgerEvent>, Refused> {
        if !state.balance.takes(&self.deposit) {
            return Err(Refused);
        }
        Ok(vec![LedgerEvent::Deposited {
            account_id: self.account_id,
            deposit: self.deposit.clone(),
            metadata: self.metadata.clone(),
        }])
    }
}

pub(crate) struct Open {
    pub(crate) account_id: Uuid,
    pub(crate) opening: Opening,
    pub(crate) metadata: Metadata,
}

impl Decision for Open {
    type Event = LedgerEvent;
    type StateQuery = Nickname;
    type Error = Refused;

    fn state_query(&self) -> Nickname {
        Nickname { nickname: self.opening.nickname.clone(), taken: false }
    }

    fn process(&self, state: &Nickname) -> Result<Vec<LedgerEvent>, Refused> {
        if state.taken {
            return Err(Refused);
        }
        Ok(vec![LedgerEvent::Opened {
            account_id: self.account_id,
            nickname: self.opening.nickname.clone(),
            opening: self.opening.clone(),
            metadata: self.metadata.clone(),
        }])
    }
}
