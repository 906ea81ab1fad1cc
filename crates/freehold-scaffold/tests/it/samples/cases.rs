//! Histories and commands that reach what a test wants to see.

use super::{broker_account, cases_of, get, loans, names, orders, rejected, shipping};
use freehold_scaffold::samples::{Sample, Samples};
use rust_decimal::Decimal;

fn decimal(sample: &Sample) -> Decimal {
    match sample {
        Sample::Decimal(it) => *it,
        other => panic!("{other:?} is no decimal"),
    }
}

#[test]
fn every_command_and_every_rejection_of_the_shipments_has_a_case() {
    for cases in Samples::of(&shipping()).cases("Shipment") {
        assert!(cases.skipped.is_empty(), "{cases:?}");
        assert!(cases.accepted.is_some_and(|it| !it.produced.is_empty()));
    }
}

#[test]
fn every_command_and_every_rejection_of_the_broker_accounts_has_a_case() {
    for cases in Samples::of(&broker_account()).cases("BrokerAccount") {
        assert!(cases.skipped.is_empty(), "{cases:?}");
    }
}

#[test]
fn a_rule_over_the_state_changes_the_history() {
    let cases = cases_of(&shipping(), "Shipment", "DispatchShipment");
    let too_heavy = rejected(&cases, "TooHeavy");
    assert_eq!(names(&too_heavy.history), ["ShipmentBooked"]);
    assert!(decimal(get(&too_heavy.history[0].fields, "weight_kg")) > Decimal::from(30));
    assert!(too_heavy.produced.is_empty());
}

#[test]
fn equality_takes_over_what_stands_elsewhere() {
    let cases = cases_of(&shipping(), "Shipment", "RedirectShipment");
    let same = rejected(&cases, "SameAddress");
    assert_eq!(get(&same.history[0].fields, "to"), get(&same.command, "to"));
    let accepted = cases.accepted.expect("a case");
    assert_ne!(get(&accepted.history[0].fields, "to"), get(&accepted.command, "to"));
}

#[test]
fn an_event_takes_from_command_state_and_clock() {
    let accepted = cases_of(&shipping(), "Shipment", "DeliverShipment").accepted.expect("a case");
    let delivered = &accepted.produced[0];
    assert_eq!(get(&delivered.fields, "carrier"), get(&accepted.history[1].fields, "carrier"));
    assert_eq!(get(&delivered.fields, "received_by"), get(&accepted.command, "received_by"));
    assert_eq!(get(&delivered.fields, "delivered_at"), &Sample::Timestamp(freehold_scaffold::samples::now()));
}

#[test]
fn every_state_outside_is_a_wrong_one() {
    let cases = cases_of(&shipping(), "Shipment", "DeliverShipment");
    let states: Vec<_> =
        cases.wrong_state.iter().map(|it| (it.state.as_str(), it.case.history.len())).collect();
    assert_eq!(states, [("Booked", 1), ("Delivered", 3), ("Cancelled", 2)]);
}

#[test]
fn a_counter_is_reached_by_repetition() {
    let cases = cases_of(&loans(), "Loan", "ActivateLoan");
    let history = names(&rejected(&cases, "TooManyAttempts").history).join(" ");
    assert_eq!(history, "LoanRequested ActivationFailed ActivationFailed ActivationFailed");
    let cases = cases_of(&orders(), "Order", "AddItem");
    let items: i64 = rejected(&cases, "TooMany").history[1..]
        .iter()
        .map(|it| match get(&it.fields, "quantity") {
            Sample::Int(it) => *it,
            other => panic!("{other:?} is no number"),
        })
        .sum();
    assert!(items >= 20);
}

#[test]
fn a_sum_is_met_exactly() {
    let accepted = cases_of(&orders(), "Order", "PayOrder").accepted.expect("a case");
    let added = &accepted.history[1].fields;
    let Sample::Int(quantity) = get(added, "quantity") else {
        panic!("no quantity");
    };
    let total = decimal(get(added, "price")) * Decimal::from(*quantity);
    assert_eq!(decimal(get(&accepted.command, "amount")), total);
}

#[test]
fn a_conditional_event_follows_when_its_condition_holds() {
    let accepted = cases_of(&loans(), "Loan", "PayLoan").accepted.expect("a case");
    assert_eq!(names(&accepted.produced)[0], "LoanPaid");
}

#[test]
fn rules_that_nothing_breaks_are_said_aloud() {
    let cases = cases_of(&orders(), "Order", "AddItem");
    let skipped: Vec<_> =
        cases.skipped.iter().map(|it| it.rejection.as_deref().unwrap_or_default()).collect();
    assert_eq!(skipped, ["FreePrice", "BelowZero"]);
    assert_eq!(
        cases.skipped[0].reason,
        "no history and command were found that only the rule FreePrice is in the way of"
    );
}

#[test]
fn a_rule_that_cannot_be_evaluated_hides_only_what_depends_on_it() {
    let cases = cases_of(&loans(), "Loan", "UpgradeLoan");
    assert!(cases.accepted.is_none());
    rejected(&cases, "SameTier");
    rejected(&cases, "Downgrade");
    let skipped: Vec<_> =
        cases.skipped.iter().map(|it| (it.rejection.as_deref(), it.reason.as_str())).collect();
    let reason = "the rule Unheard uses the method unheard_of";
    assert_eq!(skipped, [(None, reason), (Some("Unheard"), reason)]);
}

#[test]
fn rules_of_every_kind_are_reached() {
    let samples = Samples::of(&loans());
    for cases in samples.cases("Loan").into_iter().filter(|it| it.command != "UpgradeLoan") {
        assert!(cases.skipped.is_empty(), "{}: {:?}", cases.command, cases.skipped);
    }
}
