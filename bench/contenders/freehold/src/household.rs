//! An account whose nickname nobody else may have: case E.

use bench_harness::Opening;
use freehold::prelude::*;

/// Identifies a household.
#[derive(Id)]
pub(crate) struct HouseholdId(Uuid);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Household {
    nickname: String,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Household)]
pub(crate) enum HouseholdEvent {
    Opened {
        nickname: String,
        holder: String,
        address: String,
        email: String,
        currency: String,
        branch: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Rejection)]
pub(crate) enum HouseholdRejection {}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(creates = Household, roles("teller"))]
#[garde(allow_unvalidated)]
pub(crate) struct OpenHousehold {
    pub(crate) opening: Opening,
}

impl Aggregate for Household {
    const NAME: &'static str = "bank.Household";
    type Id = HouseholdId;
    type Event = HouseholdEvent;
    type Rejection = HouseholdRejection;

    fn begin(event: &HouseholdEvent) -> Option<Self> {
        let HouseholdEvent::Opened { nickname, .. } = event;
        Some(Self { nickname: nickname.clone() })
    }

    fn evolve(&mut self, _: &HouseholdEvent) {}

    fn unique(&self) -> Vec<UniqueKey> {
        UniqueKey::new::<Self>("nickname", &self.nickname).into_iter().collect()
    }
}

impl Create<OpenHousehold> for Household {
    fn decide(command: OpenHousehold, _: Timestamp) -> Result<Events<Self>, HouseholdRejection> {
        let Opening { nickname, holder, address, email, currency, branch } = command.opening;
        Ok(HouseholdEvent::Opened { nickname, holder, address, email, currency, branch }.into())
    }
}
