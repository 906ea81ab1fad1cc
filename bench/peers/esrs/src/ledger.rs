//! The account as an aggregate of esrs.

use bench_harness::{Balance, Deposit, Metadata, Opening};
use esrs::Aggregate;
use serde::{Deserialize, Serialize};

pub(crate) struct Ledger;

/// esrs keeps no metadata, so that it travels in the event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LedgerEvent {
    pub(crate) fact: Fact,
    pub(crate) metadata: Metadata,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Fact {
    Opened(Opening),
    Deposited(Deposit),
}

#[derive(Debug, thiserror::Error)]
#[error("the deposit is refused")]
pub(crate) struct Refused;

impl LedgerEvent {
    pub(crate) fn fold_into(&self, balance: &mut Balance) {
        match &self.fact {
            Fact::Opened(_) => balance.open(),
            Fact::Deposited(deposit) => balance.deposit(deposit.amount),
        }
    }
}

impl Aggregate for Ledger {
    const NAME: &'static str = "account";
    type State = Balance;
    type Command = LedgerEvent;
    type Event = LedgerEvent;
    type Error = Refused;

    fn handle_command(state: &Balance, command: LedgerEvent) -> Result<Vec<LedgerEvent>, Refused> {
        match &command.fact {
            Fact::Deposited(deposit) if !state.takes(deposit) => Err(Refused),
            _ => Ok(vec![command]),
        }
    }

    fn apply_event(mut state: Balance, event: LedgerEvent) -> Balance {
        event.fold_into(&mut state);
        state
    }
}
