//! One small model that is right, and what is said of it when a part of it is changed.

use freehold_model::{Model, read};

pub(crate) const PATH: &str = "models/shipping.toml";

pub(crate) const RIGHT: &str = r#"context = "shipping"

[enum]
Carrier = ["Dhl", "Ups"]

[value.TrackingNumber]
type    = "Text"
pattern = "^[A-Z]{2}[0-9]{9}$"

[aggregate.Shipment]
states = ["Booked", "InTransit"]

[aggregate.Shipment.command.BookShipment]
creates = true
fields  = "number:TrackingNumber weight_kg:Decimal(>0)"
emits   = "ShipmentBooked"
roles   = ["dispatcher"]

[aggregate.Shipment.command.DispatchShipment]
from    = ["Booked"]
fields  = "carrier:Carrier"
require = { TooHeavy = "self.weight_kg <= dec!(30)" }
emits   = "ShipmentDispatched"
roles   = ["dispatcher"]

[aggregate.Shipment.event.ShipmentBooked]
to     = "Booked"
fields = "number:TrackingNumber weight_kg:Decimal booked_at:Timestamp"

[aggregate.Shipment.event.ShipmentDispatched]
to     = "InTransit"
fields = "carrier:Carrier dispatched_at:Timestamp"

[view.ShipmentSummary]
of     = ["Shipment"]
fields = "number:TrackingNumber index status:Shipment.State carrier:Carrier? booked_at:Timestamp"

[view.ShipmentSummary.query]
GetShipment   = { by = "key", roles = ["viewer"] }
ListShipments = { filter = "status", sort = "booked_at", roles = ["viewer"] }
"#;

/// The right model with parts of it replaced; each part is there exactly once.
pub(crate) fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(RIGHT.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "`{from}` must be in the model once");
        text.replace(from, to)
    })
}

/// What is said of the right model when one part of it is changed.
pub(crate) fn wrong(from: &str, to: &str) -> String {
    refused(&changed(&[(from, to)]))
}

/// What is said of a model that is wrong.
pub(crate) fn refused(text: &str) -> String {
    match read(PATH, text) {
        Ok(model) => panic!("it was read:\n{model:#?}"),
        Err(mistakes) => mistakes.render(false),
    }
}

/// A model that is right, be it with warnings.
pub(crate) fn accepted(text: &str) -> Model {
    read(PATH, text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The right model with something added to its end.
pub(crate) fn with(more: &str) -> String {
    format!("{RIGHT}\n{more}")
}
