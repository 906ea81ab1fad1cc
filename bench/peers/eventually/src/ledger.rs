//! The account as an aggregate of eventually.

use bench_harness::{Balance, Deposit, Metadata, Opening};
use eventually::Aggregate;
use futures::future::{BoxFuture, FutureExt, ready};
use serde::{Deserialize, Serialize};

#[derive(Clone)]
pub(crate) struct Ledger;

/// eventually keeps no metadata, so that it travels in the event.
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
    type Id = String;
    type State = Balance;
    type Event = LedgerEvent;
    type Command = LedgerEvent;
    type Error = Refused;

    fn apply(mut state: Balance, event: LedgerEvent) -> Result<Balance, Refused> {
        event.fold_into(&mut state);
        Ok(state)
    }

    fn handle<'a, 's: 'a>(
        &'a self,
        _id: &'s String,
        state: &'s Balance,
        command: LedgerEvent,
    ) -> BoxFuture<'a, Result<Option<Vec<LedgerEvent>>, Refused>> {
        let refused = matches!(&command.fact, Fact::Deposited(deposit) if !state.takes(deposit));
        ready(if refused { Err(Refused) } else { Ok(Some(vec![command])) }).boxed()
    }
}
