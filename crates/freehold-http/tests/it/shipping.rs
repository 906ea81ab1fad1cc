//! A small context: shipments, booked and dispatched, with a view of each.

use freehold::prelude::*;

/// The number that a carrier knows a parcel by.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Validate, Value)]
#[garde(transparent)]
pub(crate) struct TrackingNumber(#[garde(pattern("^[A-Z]{2}[0-9]{9}$"))] String);

/// Who carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Value)]
pub(crate) enum Carrier {
    Dhl,
    Ups,
}

/// Where a parcel goes.
pub(crate) type Address = Checked<AddressFields>;

/// What [`Address`] is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Address")]
#[garde(allow_unvalidated)]
pub(crate) struct AddressFields {
    #[garde(length(chars, min = 1, max = 200))]
    pub(crate) street: String,
    #[garde(length(chars, min = 1, max = 100))]
    pub(crate) city: String,
    pub(crate) country: Country,
}

impl Rules for AddressFields {
    fn broken(&self) -> Vec<Violation> {
        broken_rules([(!self.city.starts_with(' '), "IndentedCity")])
    }
}

/// A thing in a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct Item {
    #[garde(length(chars, min = 1))]
    pub(crate) name: String,
    #[serde(default = "one")]
    pub(crate) pieces: i64,
    /// What one of them costs.
    pub(crate) price: Option<Money>,
    pub(crate) discount: Option<Decimal>,
}

fn one() -> i64 {
    1
}

#[derive(Id)]
pub(crate) struct ShipmentId(Uuid);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Value)]
pub(crate) enum ShipmentState {
    Booked,
    InTransit,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shipment {
    pub(crate) state: ShipmentState,
    pub(crate) tracking_number: TrackingNumber,
    pub(crate) weight_kg: Decimal,
}

/// Take a parcel on.
///
/// It is weighed before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate, Command)]
#[command(creates = Shipment, roles("dispatcher"))]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct BookShipment {
    pub(crate) tracking_number: TrackingNumber,
    pub(crate) to: Address,
    /// How heavy it is.
    #[garde(custom(bounds::above(dec!(0))))]
    pub(crate) weight_kg: Decimal,
    #[serde(default)]
    #[garde(dive)]
    pub(crate) items: Vec<Item>,
    #[serde(default)]
    pub(crate) express: bool,
    #[garde(inner(length(chars, min = 1, max = 20)))]
    pub(crate) note: Option<String>,
}

/// Hand the parcel to a carrier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate, Command)]
#[command(on = Shipment, roles("dispatcher", "carrier"))]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct DispatchShipment {
    pub(crate) carrier: Carrier,
}

/// Think it over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate, Command)]
#[command(on = Shipment, roles("dispatcher"))]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldShipment {}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Shipment)]
pub(crate) enum ShipmentEvent {
    #[event(published)]
    ShipmentBooked { tracking_number: TrackingNumber, to: Address, weight_kg: Decimal, items: Vec<Item> },
    #[event(published)]
    ShipmentDispatched { carrier: Carrier },
}

#[derive(Clone, Debug, PartialEq, Eq, Rejection)]
pub(crate) enum ShipmentRejection {
    WrongState { state: ShipmentState },
    TooHeavy,
}

impl std::fmt::Display for ShipmentRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WrongState { state } => write!(f, "it is {state}"),
            Self::TooHeavy => f.write_str("it weighs more than 30 kg"),
        }
    }
}

impl std::error::Error for ShipmentRejection {}

impl Aggregate for Shipment {
    const NAME: &'static str = "shipping.Shipment";
    type Id = ShipmentId;
    type Event = ShipmentEvent;
    type Rejection = ShipmentRejection;

    fn begin(event: &ShipmentEvent) -> Option<Self> {
        match event {
            ShipmentEvent::ShipmentBooked { tracking_number, weight_kg, .. } => Some(Self {
                state: ShipmentState::Booked,
                tracking_number: tracking_number.clone(),
                weight_kg: *weight_kg,
            }),
            ShipmentEvent::ShipmentDispatched { .. } => None,
        }
    }

    fn evolve(&mut self, event: &ShipmentEvent) {
        match event {
            ShipmentEvent::ShipmentBooked { .. } => {}
            ShipmentEvent::ShipmentDispatched { .. } => self.state = ShipmentState::InTransit,
        }
    }

    fn unique(&self) -> Vec<UniqueKey> {
        UniqueKey::new::<Self>("tracking_number", &self.tracking_number).into_iter().collect()
    }
}

impl Create<BookShipment> for Shipment {
    fn decide(command: BookShipment, _: Timestamp) -> Result<Events<Self>, ShipmentRejection> {
        let BookShipment { tracking_number, to, weight_kg, items, .. } = command;
        Ok(ShipmentEvent::ShipmentBooked { tracking_number, to, weight_kg, items }.into())
    }
}

impl Decide<DispatchShipment> for Shipment {
    fn decide(&self, command: DispatchShipment, _: Timestamp) -> Result<Events<Self>, ShipmentRejection> {
        ensure(self.state == ShipmentState::Booked, ShipmentRejection::WrongState { state: self.state })?;
        ensure(self.weight_kg <= dec!(30), ShipmentRejection::TooHeavy)?;
        Ok(ShipmentEvent::ShipmentDispatched { carrier: command.carrier }.into())
    }
}

impl Decide<HoldShipment> for Shipment {
    fn decide(&self, _: HoldShipment, _: Timestamp) -> Result<Events<Self>, ShipmentRejection> {
        Ok(Events::none())
    }
}

/// One row per shipment.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, Row)]
#[row(name = "shipping.ShipmentSummary", table = "shipment_summaries")]
pub(crate) struct ShipmentSummary {
    #[row(key)]
    pub(crate) id: ShipmentId,
    pub(crate) tracking_number: TrackingNumber,
    pub(crate) status: ShipmentState,
    /// Who has it.
    pub(crate) carrier: Option<Carrier>,
    pub(crate) to: Address,
    pub(crate) weight_kg: Decimal,
    pub(crate) items: Vec<Item>,
}

impl View for ShipmentSummary {
    type Event = ShipmentEvent;
    const SYNC: SyncMode = SyncMode::Sync;

    fn key(event: &Recorded<ShipmentEvent>) -> Option<ShipmentId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<ShipmentEvent>) -> Option<Self> {
        match &event.event {
            ShipmentEvent::ShipmentBooked { tracking_number, to, weight_kg, items } => Some(Self {
                id: event.stream_id(),
                tracking_number: tracking_number.clone(),
                status: ShipmentState::Booked,
                carrier: None,
                to: to.clone(),
                weight_kg: *weight_kg,
                items: items.clone(),
            }),
            ShipmentEvent::ShipmentDispatched { carrier } => {
                Some(Self { status: ShipmentState::InTransit, carrier: Some(*carrier), ..row? })
            }
        }
    }
}

/// How many shipments each carrier has: a view that a worker keeps up to date.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, Row)]
#[row(name = "shipping.CarrierLoad", table = "carrier_loads")]
pub(crate) struct CarrierLoad {
    #[row(key)]
    pub(crate) carrier: Carrier,
    pub(crate) dispatched: i64,
}

impl View for CarrierLoad {
    type Event = ShipmentEvent;

    fn key(event: &Recorded<ShipmentEvent>) -> Option<Carrier> {
        match &event.event {
            ShipmentEvent::ShipmentDispatched { carrier } => Some(*carrier),
            ShipmentEvent::ShipmentBooked { .. } => None,
        }
    }

    fn evolve(row: Option<Self>, event: &Recorded<ShipmentEvent>) -> Option<Self> {
        let row = row.or_else(|| Some(Self { carrier: Self::key(event)?, dispatched: 0 }))?;
        Some(Self { dispatched: row.dispatched + 1, ..row })
    }
}

/// One shipment.
#[derive(Clone, Debug, Deserialize, JsonSchema, Query)]
#[query(one = ShipmentSummary, roles("dispatcher", "carrier"))]
#[serde(deny_unknown_fields)]
pub(crate) struct GetShipment {
    pub(crate) id: ShipmentId,
}

impl Ask for GetShipment {
    fn select(self) -> Select<ShipmentSummary> {
        Select::by_key(self.id)
    }
}

/// The shipments, page by page.
#[derive(Clone, Debug, Deserialize, JsonSchema, Query)]
#[query(page = ShipmentSummary, roles("dispatcher"))]
#[serde(deny_unknown_fields)]
pub(crate) struct ListShipments {
    /// Only those in this state.
    pub(crate) status: Option<ShipmentState>,
    pub(crate) search: Option<String>,
    pub(crate) sort: Option<Sort>,
    pub(crate) limit: Option<u32>,
    pub(crate) cursor: Option<Cursor>,
}

impl Ask for ListShipments {
    fn select(self) -> Select<ShipmentSummary> {
        Select::all()
            .filter(ShipmentSummary::STATUS, self.status)
            .search(&["tracking_number"], self.search)
            .sort(&["tracking_number"], self.sort)
            .page(self.limit, self.cursor)
    }
}

/// What a list of freight tells.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, Excerpt)]
#[excerpt(of = ShipmentSummary)]
pub(crate) struct FreightItem {
    pub(crate) tracking_number: TrackingNumber,
    pub(crate) carrier: Option<Carrier>,
}

/// Shipments by what they weigh and where they are, counted.
#[derive(Clone, Debug, Deserialize, JsonSchema, Query)]
#[query(counted_page = FreightItem, roles("dispatcher"), changes)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindFreight {
    /// Only those that weigh so much.
    pub(crate) weight_kg: Option<Range<Decimal>>,
    /// Only those in one of these states.
    pub(crate) status: Option<Vec<ShipmentState>>,
    pub(crate) sort: Option<Sort>,
    pub(crate) limit: Option<u32>,
    pub(crate) cursor: Option<Cursor>,
}

impl Ask for FindFreight {
    fn select(self) -> Select<ShipmentSummary> {
        Select::all()
            .range(ShipmentSummary::WEIGHT_KG, self.weight_kg)
            .one_of(ShipmentSummary::STATUS, self.status)
            .sort(&["weight_kg"], self.sort)
            .page(self.limit, self.cursor)
    }
}

/// Shipments, page by page with numbers.
#[derive(Clone, Debug, Deserialize, JsonSchema, Query)]
#[query(offset_page = FreightItem, roles("dispatcher"))]
#[serde(deny_unknown_fields)]
pub(crate) struct FreightTable {
    pub(crate) limit: Option<u32>,
    pub(crate) offset: Option<u32>,
}

impl Ask for FreightTable {
    fn select(self) -> Select<ShipmentSummary> {
        Select::all().sort(&["tracking_number"], None).offset_page(self.limit, self.offset)
    }
}

pub(crate) fn context() -> Context {
    Context::new("shipping").view::<ShipmentSummary>().view::<CarrierLoad>()
}

pub(crate) fn routes() -> Routes {
    Routes::at("/shipments")
        .tag("Shipments", "One parcel on its way.")
        .command::<BookShipment>(post("/"))
        .command::<DispatchShipment>(post("/{id}/dispatch"))
        .command::<HoldShipment>(put("/{id}/hold"))
        .query::<GetShipment>(get("/{id}"))
        .query::<ListShipments>(get("/"))
        .merge(Routes::at("/freight").query::<FindFreight>(get("/")).query::<FreightTable>(get("/table")))
}
