//! A context of the platform itself: it has no tenants.

use freehold::prelude::*;

#[derive(Id)]
pub(crate) struct PlanId(Uuid);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {}

/// Offer a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate, Command)]
#[command(creates = Plan, roles("operator"))]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferPlan {
    #[garde(length(chars, min = 1))]
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Plan)]
pub(crate) enum PlanEvent {
    PlanOffered { name: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Rejection)]
pub(crate) enum PlanRejection {
    WrongState,
}

impl std::fmt::Display for PlanRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is withdrawn")
    }
}

impl std::error::Error for PlanRejection {}

impl Aggregate for Plan {
    const NAME: &'static str = "plans.Plan";
    type Id = PlanId;
    type Event = PlanEvent;
    type Rejection = PlanRejection;

    fn begin(_: &PlanEvent) -> Option<Self> {
        Some(Self {})
    }

    fn evolve(&mut self, _: &PlanEvent) {}
}

impl Create<OfferPlan> for Plan {
    fn decide(command: OfferPlan, _: Timestamp) -> Result<Events<Self>, PlanRejection> {
        ensure(command.name != "gone", PlanRejection::WrongState)?;
        Ok(PlanEvent::PlanOffered { name: command.name }.into())
    }
}

/// One plan, in a folder of names.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, Row)]
#[row(name = "plans.PlanCard", table = "plan_cards")]
pub(crate) struct PlanCard {
    #[row(key)]
    pub(crate) id: PlanId,
    pub(crate) name: String,
}

impl View for PlanCard {
    type Event = PlanEvent;
    const SYNC: SyncMode = SyncMode::Sync;

    fn key(event: &Recorded<PlanEvent>) -> Option<PlanId> {
        Some(event.stream_id())
    }

    fn evolve(_: Option<Self>, event: &Recorded<PlanEvent>) -> Option<Self> {
        let PlanEvent::PlanOffered { name } = &event.event;
        Some(Self { id: event.stream_id(), name: name.clone() })
    }
}

/// The plans of a name.
#[derive(Clone, Debug, Deserialize, JsonSchema, Query)]
#[query(page = PlanCard, roles("operator"))]
#[serde(deny_unknown_fields)]
pub(crate) struct PlansNamed {
    pub(crate) name: String,
}

impl Ask for PlansNamed {
    fn select(self) -> Select<PlanCard> {
        Select::all().filter(PlanCard::NAME, Some(self.name))
    }
}

pub(crate) fn context() -> Context {
    Context::new("plans").view::<PlanCard>()
}

pub(crate) fn routes() -> Routes {
    Routes::at("/plans").platform().command::<OfferPlan>(post("/")).query::<PlansNamed>(get("/named/{name}"))
}
