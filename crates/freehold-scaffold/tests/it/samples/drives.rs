//! Ways through the public interface, and what views show at their end.

use super::{get, loans, names, orders, shipping};
use freehold_scaffold::samples::{Sample, Samples, Step};

fn commands(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|it| it.command.as_str()).collect()
}

#[test]
fn a_drive_is_the_shortest_way_by_commands() {
    let samples = Samples::of(&shipping());
    let drive = samples.drive("Shipment", "DeliverShipment", 1).expect("a drive");
    assert_eq!(commands(&drive.steps), ["BookShipment", "DispatchShipment", "DeliverShipment"]);
    assert_eq!(names(&drive.events), ["ShipmentBooked", "ShipmentDispatched", "ShipmentDelivered"]);
}

#[test]
fn a_drive_takes_the_detour_that_a_rule_asks_for() {
    let drive = Samples::of(&orders()).drive("Order", "ShipOrder", 1).expect("a drive");
    assert_eq!(commands(&drive.steps), ["OpenOrder", "AddItem", "PayOrder", "ShipOrder"]);
}

#[test]
fn a_drive_works_whatever_the_time_is() {
    let samples = Samples::of(&loans());
    let step = samples.creating("Loan", 1).expect("a creating command");
    assert!(get(&step.fields, "starts_at").to_json().as_str().is_some_and(|it| it.starts_with("2999")));
    assert!(samples.drive("Loan", "ActivateLoan", 1).is_none(), "it takes three days");
}

#[test]
fn streams_are_distinct() {
    let samples = Samples::of(&shipping());
    let number =
        |n| get(&samples.creating("Shipment", n).expect("a command").fields, "tracking_number").clone();
    assert_ne!(number(1), number(2));
    assert_eq!(
        number(1),
        get(
            &samples.drive("Shipment", "BookShipment", 1).expect("a drive").steps[0].fields,
            "tracking_number"
        )
        .clone()
    );
}

#[test]
fn rivals_share_what_is_unique_and_nothing_else() {
    let pair = Samples::of(&shipping()).unique("Shipment", &["tracking_number".to_owned()]).expect("a pair");
    let of = |step: &Step, name| get(&step.fields, name).clone();
    assert_eq!(of(&pair.first, "tracking_number"), of(&pair.rival, "tracking_number"));
    assert_ne!(of(&pair.first, "to"), of(&pair.rival, "to"));
    assert_ne!(of(&pair.first, "tracking_number"), of(&pair.bystander, "tracking_number"));
}

#[test]
fn rows_follow_the_events() {
    let samples = Samples::of(&shipping());
    let drive = samples.drive("Shipment", "DeliverShipment", 1).expect("a drive");
    let rows = samples.rows("ShipmentSummary", "Shipment", &Sample::Null, &drive.events).expect("rows");
    assert_eq!(rows.len(), 1);
    assert_eq!(get(&rows[0], "status").to_json(), "Delivered");
    assert_eq!(get(&rows[0], "to"), get(&drive.steps[0].fields, "to"));
    let loads = samples.rows("CarrierLoad", "Shipment", &Sample::Null, &drive.events).expect("rows");
    assert_eq!(get(&loads[0], "dispatched"), &Sample::Int(1));
    assert_eq!(get(&loads[0], "delivered"), &Sample::Int(1));
}

#[test]
fn rows_set_what_their_view_says() {
    let samples = Samples::of(&orders());
    let drive = samples.drive("Order", "PayOrder", 1).expect("a drive");
    let rows = samples.rows("OrderTotals", "Order", &Sample::Null, &drive.events).expect("rows");
    assert_eq!(get(&rows[0], "lines"), &Sample::Int(1));
    assert_eq!(get(&rows[0], "total"), get(&drive.steps[2].fields, "amount"));
}
