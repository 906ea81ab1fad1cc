//! What the models that the repository ships resolve to.

use std::fmt::Write as _;

use freehold_model::{Assign, Model, Source, read};
use insta::assert_snapshot;

/// What a reader of the file would not see at once.
fn facts(model: &Model) -> String {
    let mut out = String::new();
    for aggregate in &model.aggregates {
        let state: Vec<String> =
            aggregate.state.iter().map(|it| spelled(&it.field.name, it.field.optional)).collect();
        writeln!(out, "{} keeps {}", aggregate.name, state.join(" ")).unwrap();
        writeln!(out, "  ends in {:?}", aggregate.final_states).unwrap();
        for set in &aggregate.unique {
            writeln!(out, "  unique {:?}", set.fields).unwrap();
        }
        for command in &aggregate.commands {
            writeln!(out, "  {} {} {}", command.name, command.route.method, command.route.path).unwrap();
            for emission in &command.emits {
                let fields: Vec<String> = emission
                    .fields
                    .iter()
                    .map(|(field, source)| format!("{field}={}", source_name(source)))
                    .collect();
                writeln!(out, "    {}: {}", emission.event, fields.join(" ")).unwrap();
            }
        }
    }
    for view in &model.views {
        writeln!(out, "{} by {:?}, {:?}", view.name, view.key, view.sync).unwrap();
        for on in &view.on {
            let how = if on.deletes {
                "deletes"
            } else if on.begins {
                "begins"
            } else {
                "changes"
            };
            let assigns: Vec<String> =
                on.assigns.iter().map(|(field, assign)| format!("{field}={}", assign_name(assign))).collect();
            writeln!(out, "  {} {how} {}", on.event, assigns.join(" ")).unwrap();
        }
        for query in &view.queries {
            writeln!(out, "  {} {} {} {:?}", query.name, query.route.method, query.route.path, query.shape)
                .unwrap();
        }
    }
    out
}

fn spelled(name: &str, optional: bool) -> String {
    format!("{name}{}", if optional { "?" } else { "" })
}

fn source_name(source: &Source) -> &'static str {
    match source {
        Source::Command => "command",
        Source::State => "state",
        Source::Now => "now",
        Source::With(_) => "with",
        Source::Absent => "absent",
    }
}

fn assign_name(assign: &Assign) -> String {
    match assign {
        Assign::Field => "event".to_owned(),
        Assign::State(state) => state.clone(),
        Assign::Set(expression) => format!("({})", expression.text),
    }
}

#[test]
fn shipping() {
    let model = read("models/shipping.toml", include_str!("../../../../models/shipping.toml")).unwrap();
    assert_snapshot!(facts(&model), @r#"
    Shipment keeps tracking_number to weight_kg booked_at carrier? dispatched_at? redirected_at? received_by? delivered_at? reason? cancelled_at?
      ends in ["Delivered", "Cancelled"]
      unique ["tracking_number"]
      BookShipment POST /shipments
        ShipmentBooked: tracking_number=command to=command weight_kg=command booked_at=now
      DispatchShipment POST /shipments/{id}/dispatch
        ShipmentDispatched: carrier=command dispatched_at=now
      RedirectShipment POST /shipments/{id}/redirect
        ShipmentRedirected: to=command redirected_at=now
      DeliverShipment POST /shipments/{id}/deliver
        ShipmentDelivered: carrier=state received_by=command delivered_at=now
      CancelShipment POST /shipments/{id}/cancel
        ShipmentCancelled: reason=command cancelled_at=now
    ShipmentSummary by Stream, Events(["ShipmentBooked"])
      ShipmentBooked begins tracking_number=event status=Booked to=event weight_kg=event booked_at=event
      ShipmentDispatched changes status=InTransit carrier=event
      ShipmentRedirected changes to=event
      ShipmentDelivered changes status=Delivered carrier=event delivered_at=event
      ShipmentCancelled changes status=Cancelled
      GetShipment GET /shipments/{id} ByKey
      ListShipments GET /shipments List(List { filter: ["status", "carrier"], one_of: [], range: [], search: ["tracking_number"], sort: ["booked_at"], columns: [], paging: Cursor, changes: false })
    CarrierLoad by Fields(["carrier"]), None
      ShipmentDispatched begins dispatched=(row.dispatched + 1)
      ShipmentDelivered begins delivered=(row.delivered + 1)
      ListCarrierLoads GET /carrier-loads List(List { filter: [], one_of: [], range: [], search: [], sort: ["carrier"], columns: [], paging: Cursor, changes: false })
    "#);
}

#[test]
fn broker_account() {
    let model =
        read("models/broker_account.toml", include_str!("../../../../models/broker_account.toml")).unwrap();
    assert_snapshot!(facts(&model), @r#"
    BrokerAccount keeps user connection broker number account_name? balance currency equity? buying_power? reported_status? metadata? linked_at refreshed_at? renamed_at? reason? marked_at? deleted_at?
      ends in ["Deleted"]
      unique ["user", "broker", "number"]
      LinkBrokerAccount POST /broker-accounts
        BrokerAccountLinked: user=command connection=command broker=command number=command account_name=command balance=command currency=command equity=command buying_power=command reported_status=command metadata=command linked_at=now
      RefreshBrokerAccount POST /broker-accounts/{id}/refresh
        BrokerAccountRefreshed: balance=command equity=command buying_power=command reported_status=command metadata=command refreshed_at=now
      RenameBrokerAccount POST /broker-accounts/{id}/rename
        BrokerAccountRenamed: account_name=command renamed_at=now
      MarkBrokerAccountDeleted POST /broker-accounts/{id}/mark-deleted
        BrokerAccountMarkedDeleted: reason=command marked_at=now
      DeleteBrokerAccount POST /broker-accounts/{id}/delete
        BrokerAccountDeleted: reason=command deleted_at=now
    BrokerAccountDetails by Stream, Events(["BrokerAccountLinked", "BrokerAccountDeleted"])
      BrokerAccountLinked begins user=event connection=event broker=event number=event account_name=event status=Linked balance=event currency=event equity=event buying_power=event linked_at=event
      BrokerAccountRefreshed changes balance=event equity=event buying_power=event refreshed_at=event
      BrokerAccountRenamed changes account_name=event
      BrokerAccountMarkedDeleted changes status=MarkedDeleted
      BrokerAccountDeleted deletes 
      GetBrokerAccount GET /broker-accounts/{id} ByKey
      ListBrokerAccounts GET /broker-accounts List(List { filter: ["user", "status", "broker", "connection"], one_of: [], range: [], search: ["account_name"], sort: ["linked_at", "balance"], columns: [], paging: Cursor, changes: false })
      FindBrokerAccount GET /broker-accounts/by-user-broker-number ByFields(["user", "broker", "number"])
    "#);
}
