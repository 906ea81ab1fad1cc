//! The account as an aggregate of cqrs-es.

use bench_harness::{Balance, Deposit, Opening};
use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ledger(pub(crate) Balance);

#[derive(Debug)]
pub(crate) enum LedgerCommand {
    Open(Opening),
    Deposit(Deposit),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum LedgerEvent {
    Opened(Opening),
    Deposited(Deposit),
}

#[derive(Debug, thiserror::Error)]
#[error("the deposit is refused")]
pub(crate) struct Refused;

impl LedgerEvent {
    pub(crate) fn fold_into(&self, balance: &mut Balance) {
        match self {
            Self::Opened(_) => balance.open(),
            Self::Deposited(deposit) => balance.deposit(deposit.amount),
        }
    }
}

impl DomainEvent for LedgerEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened(_) => "Opened".to_owned(),
            Self::Deposited(_) => "Deposited".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

impl Aggregate for Ledger {
    const TYPE: &'static str = "account";
    type Command = LedgerCommand;
    type Event = LedgerEvent;
    type Error = Refused;
    type Services = ();

    async fn handle(
        &mut self,
        command: LedgerCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Refused> {
        let event = match command {
            LedgerCommand::Open(opening) => LedgerEvent::Opened(opening),
            LedgerCommand::Deposit(deposit) if self.0.takes(&deposit) => LedgerEvent::Deposited(deposit),
            LedgerCommand::Deposit(_) => return Err(Refused),
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: LedgerEvent) {
        event.fold_into(&mut self.0);
    }
}
