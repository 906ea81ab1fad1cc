//! Another aggregate under the name of accounts: it has states of its own, and its domain panics.

use std::panic::AssertUnwindSafe;

use freehold::{app::DispatchError, memory::Memory, prelude::*};
use futures_util::FutureExt;

use super::Node;
use crate::{
    bank::{Account, AccountId},
    service::clerk,
};

/// Another aggregate under the name of accounts.
#[derive(Clone)]
struct Impostor {
    deposits: u64,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Impostor)]
enum ImpostorEvent {
    Opened { owner: String },
    Deposited { amount: i64 },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Rejection)]
enum ImpostorRejection {
    #[error("after {deposits} deposits")]
    Counted { deposits: u64 },
}

/// Panics when it is decided on, or when what was decided is taken in, or is told how many deposits there are.
#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Impostor, roles("clerk"))]
#[garde(allow_unvalidated)]
struct Count {
    panics: Option<Panics>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
enum Panics {
    InDecide,
    InEvolve,
}

impl Aggregate for Impostor {
    const NAME: &'static str = Account::NAME;
    type Id = AccountId;
    type Event = ImpostorEvent;
    type Rejection = ImpostorRejection;

    fn begin(_: &ImpostorEvent) -> Option<Self> {
        Some(Self { deposits: 0 })
    }

    fn evolve(&mut self, event: &ImpostorEvent) {
        assert_ne!(*event, ImpostorEvent::Deposited { amount: 0 }, "nobody deposits nothing");
        self.deposits += 1;
    }
}

impl Decide<Count> for Impostor {
    fn decide(&self, command: Count, _: Timestamp) -> Result<Events<Self>, ImpostorRejection> {
        assert_ne!(command.panics, Some(Panics::InDecide), "it was to panic");
        match command.panics {
            Some(_) => Ok(ImpostorEvent::Deposited { amount: 0 }.into()),
            None => Err(ImpostorRejection::Counted { deposits: self.deposits }),
        }
    }
}

async fn counted(node: &Node, id: AccountId) -> u64 {
    match node.application.commands.send(clerk(), id, Count { panics: None }).await {
        Err(DispatchError::Rejected(ImpostorRejection::Counted { deposits })) => deposits,
        other => panic!("it was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn two_aggregates_of_one_name_have_states_of_their_own() {
    let node = Node::start().await;
    let id = node.opened().await;
    for round in 1..=3 {
        node.deposited(id, 5).await;
        assert_eq!(counted(&node, id).await, round);
        assert_eq!(node.balance(id).await, 5 * i64::try_from(round).unwrap());
    }
}

#[tokio::test]
async fn a_panic_of_the_domain_leaves_nothing() {
    // The lane of the impostor comes first and stays.
    let memory = Memory::new();
    let id = Node::over(memory.clone(), 0).await.opened().await;
    let node = Node::over(memory, 64).await;
    for panics in [Panics::InDecide, Panics::InEvolve] {
        assert_eq!(counted(&node, id).await, 0);
        let command = node.application.commands.send(clerk(), id, Count { panics: Some(panics) });
        assert!(AssertUnwindSafe(command).catch_unwind().await.is_err());
        assert_eq!(counted(&node, id).await, 0);
    }
    assert_eq!(node.history(id).await.len(), 1);
}
