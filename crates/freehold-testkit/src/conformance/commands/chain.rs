//! The sample aggregate of the laws: a chain, each link of which says what it was decided on.

use std::hash::{DefaultHasher, Hash, Hasher};

use freehold_domain::{
    Aggregate, Command, Create, Decide, Event, Events, Id, Rejection, Snapshots, Timestamp, UniqueKey, ensure,
};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Identifies a chain.
#[derive(Id)]
pub(super) struct ChainId(Uuid);

/// Links that were put together in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Chain {
    /// How many there are, which is the version too.
    pub(super) links: u64,
    /// What no other links, nor these in another order, lead to.
    pub(super) digest: u64,
    /// What no other chain has meanwhile.
    pub(super) label: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Chain)]
pub(super) enum ChainEvent {
    /// A command, known by its mark, has put a link behind the links of this digest.
    Linked { mark: u64, on: u64, label: Option<String> },
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)]
pub(super) enum ChainRejection {
    #[error("not on {links} links with the digest {digest}")]
    Refused { links: u64, digest: u64 },
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(creates = Chain, roles("tester"))]
#[garde(allow_unvalidated)]
pub(super) struct Begin {
    pub(super) mark: u64,
    pub(super) label: Option<String>,
    pub(super) is_refused: bool,
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Chain, roles("tester"))]
#[garde(allow_unvalidated)]
pub(super) struct Extend {
    pub(super) mark: u64,
    /// By so many, possibly none.
    pub(super) links: u64,
    pub(super) relabel: Relabel,
    /// Refused if the chain has so many links.
    pub(super) only_below: u64,
}

/// What becomes of the label of a chain.
#[derive(Clone, Debug, Serialize)]
pub(super) enum Relabel {
    Keep,
    GiveBack,
    Take(String),
    /// The first link gives it back, the last one takes it again.
    Reconsider,
}

impl Chain {
    /// The digest of no links.
    pub(super) const NOTHING: u64 = 0;
}

impl Aggregate for Chain {
    const NAME: &'static str = "conformance.Chain";
    type Id = ChainId;
    type Event = ChainEvent;
    type Rejection = ChainRejection;

    fn begin(event: &ChainEvent) -> Option<Self> {
        let mut chain = Self { links: 0, digest: Self::NOTHING, label: None };
        chain.evolve(event);
        Some(chain)
    }

    fn evolve(&mut self, event: &ChainEvent) {
        let ChainEvent::Linked { mark, label, .. } = event;
        let mut hasher = DefaultHasher::new();
        (self.digest, mark, label).hash(&mut hasher);
        self.digest = hasher.finish();
        self.links += 1;
        self.label.clone_from(label);
    }

    fn unique(&self) -> Vec<UniqueKey> {
        UniqueKey::new::<Self>("label", &self.label).into_iter().collect()
    }

    fn snapshots() -> Snapshots<Self> {
        Snapshots::every(5)
    }
}

impl Create<Begin> for Chain {
    fn decide(command: Begin, _: Timestamp) -> Result<Events<Self>, ChainRejection> {
        ensure(!command.is_refused, ChainRejection::Refused { links: 0, digest: Self::NOTHING })?;
        let Begin { mark, label, .. } = command;
        Ok(ChainEvent::Linked { mark, on: Self::NOTHING, label }.into())
    }
}

impl Decide<Extend> for Chain {
    fn decide(&self, command: Extend, _: Timestamp) -> Result<Events<Self>, ChainRejection> {
        let Self { links, digest, .. } = *self;
        ensure(links < command.only_below, ChainRejection::Refused { links, digest })?;
        let (mut after, mut events) = (self.clone(), Events::none());
        for link in 1..=command.links {
            let label = command.relabel.label(self, link == command.links);
            let event = ChainEvent::Linked { mark: command.mark, on: after.digest, label };
            after.evolve(&event);
            events = events.and(event);
        }
        Ok(events)
    }
}

impl Relabel {
    /// The label behind a link of a decision on a chain.
    fn label(&self, before: &Chain, is_last: bool) -> Option<String> {
        match self {
            Self::Keep => before.label.clone(),
            Self::GiveBack => None,
            Self::Take(label) => Some(label.clone()),
            Self::Reconsider => before.label.clone().filter(|_| is_last),
        }
    }
}
