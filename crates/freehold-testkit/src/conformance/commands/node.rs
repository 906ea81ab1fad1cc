//! Nodes: services over one database, and what they tell whoever sends a command.

use freehold_app::{AnyRejection, Caller, DispatchError, Host, Receipt, SendOptions};
use freehold_domain::{
    ActorId, Aggregate, CommandId, CorrelationId, Position, StreamId, TenantId, Timestamp, Version,
};
use freehold_ports::{Clock, Conflict, Database};
use uuid::Uuid;

use super::chain::{Begin, Chain, ChainRejection, Extend, Relabel};
use crate::conformance::sample::tenant;

/// A service.
pub(super) struct Node {
    host: Host,
}

/// A command on its way.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) tenant: usize,
    pub(super) chain: u32,
    pub(super) wish: Wish,
    /// What it is known by.
    pub(super) mark: u64,
    /// Whether its mark is its command id too.
    pub(super) once: bool,
}

/// What a command is to do.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    Begin { label: Option<String>, is_refused: bool },
    Extend { links: u64, relabel: Relabel, only_below: u64 },
}

/// What the sender is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    Accepted(Receipt),
    Refused {
        links: u64,
        digest: u64,
    },
    NotFound,
    Exists,
    Taken,
    Mismatch {
        actual: Version,
    },
    Reused,
    Archived,
    /// Nothing that could be known.
    Unknown,
}

/// A clock that stands still, so that events can be compared.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_000_000)
    }
}

impl Node {
    /// With so many aggregates in memory at most.
    pub(super) async fn start(database: impl Database, hot_aggregates: usize) -> Self {
        let builder = Host::builder(database).clock(Still).hot_aggregates(hot_aggregates);
        // However busy the machine is: only what hangs takes as long.
        let builder = builder.timeout(std::time::Duration::from_mins(2));
        Self { host: builder.start().await.expect("nothing stands in its way") }
    }

    pub(super) async fn stop(self) {
        self.host.stop().await;
    }

    pub(super) async fn send(&self, sent: &Sent, expected: Option<Version>) -> Told {
        let (caller, target, mark) = (caller(sent), Some(sent.stream().id()), sent.mark);
        let options = SendOptions { command_id: sent.once.then(|| command(mark)), expected };
        let commands = &self.host.application().commands;
        let told = match sent.wish.clone() {
            Wish::Begin { label, is_refused } => {
                commands.dispatch(caller, target, Begin { mark, label, is_refused }, options).await
            }
            Wish::Extend { links, relabel, only_below } => {
                commands.dispatch(caller, target, Extend { mark, links, relabel, only_below }, options).await
            }
        };
        told.map_or_else(Told::from, Told::Accepted)
    }
}

impl Sent {
    pub(super) fn tenant(&self) -> TenantId {
        tenant(self.tenant)
    }

    /// The same in every tenant.
    pub(super) fn stream(&self) -> StreamId {
        StreamId::new(Chain::NAME, Uuid::from_u128(0xC4A1_0000 + u128::from(self.chain)))
    }

    /// How many links it puts to the chain if it is accepted.
    pub(super) fn links(&self) -> u64 {
        match self.wish {
            Wish::Begin { .. } => 1,
            Wish::Extend { links, .. } => links,
        }
    }

    /// The label that it may take.
    pub(super) fn label(&self) -> Option<&str> {
        match &self.wish {
            Wish::Begin { label, .. } => label.as_deref(),
            Wish::Extend { relabel: Relabel::Take(label), .. } => Some(label),
            Wish::Extend { .. } => None,
        }
    }
}

impl Told {
    /// The same, whether or not it had been carried out before.
    pub(super) fn at_last(self) -> Self {
        match self {
            Self::Accepted(receipt) => Self::Accepted(Receipt { replayed: false, ..receipt }),
            other => other,
        }
    }

    /// Where it was carried out, if it was and this is known.
    pub(super) fn accepted(&self) -> Option<(Version, Position)> {
        match self {
            Self::Accepted(receipt) => Some((receipt.version, receipt.position)),
            _ => None,
        }
    }
}

impl From<DispatchError> for Told {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::Rejected(rejection) => Self::refused(rejection),
            DispatchError::NotFound { .. } => Self::NotFound,
            DispatchError::Exists { .. } => Self::Exists,
            DispatchError::Taken { .. } => Self::Taken,
            DispatchError::VersionMismatch { actual, .. } => Self::Mismatch { actual },
            DispatchError::CommandIdReused(_) => Self::Reused,
            DispatchError::Conflict(Conflict::Archived { .. }) => Self::Archived,
            DispatchError::Store(_) => Self::Unknown,
            other => panic!("nothing leads to this: {other}"),
        }
    }
}

impl Told {
    fn refused(rejection: Box<dyn AnyRejection>) -> Self {
        let rejection = rejection.into_any().downcast::<ChainRejection>();
        let ChainRejection::Refused { links, digest } = *rejection.expect("chains alone are asked");
        Self::Refused { links, digest }
    }
}

fn caller(sent: &Sent) -> Caller {
    Caller {
        tenant: sent.tenant(),
        actor: ActorId::new("tester-1"),
        roles: ["tester"].into_iter().collect(),
        correlation: CorrelationId(Uuid::from_u128(1)),
        causation: None,
    }
}

fn command(mark: u64) -> CommandId {
    CommandId(Uuid::from_u128(0xC0_0000_0000 + u128::from(mark)))
}
