//! Commands: what becomes of one.

use std::time::Duration;

use freehold::{
    Id, Version,
    app::{DispatchError, SendOptions},
};
use freehold_testkit::faults::{
    Fault::Before,
    Gate, Operation,
    Trouble::{Failure, Hang},
};

use crate::{
    bank::{AccountRejection, Close, Deposit, Rob, open, open_as, unreadable},
    logs::Captured,
    service::{Service, at, clerk, nobody, stranger, with_roles},
};

type Error = DispatchError<AccountRejection>;

#[tokio::test]
async fn an_accepted_command_tells_the_version_and_the_position_it_led_to() {
    let service = Service::start().await;
    let opened = service.application.commands.create(clerk(), open("Anna")).await.unwrap();
    assert_eq!((opened.version, opened.position.0, opened.replayed), (Version(1), 1, false));
    let deposited = service.deposited(opened.id, 5).await;
    assert_eq!((deposited.id, deposited.version, deposited.position.0), (opened.id, Version(2), 2));
}

#[tokio::test]
async fn a_rejection_keeps_its_type_and_writes_nothing() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.deposited(id, 5).await;
    let error = service.application.commands.send(clerk(), id, Close {}).await.unwrap_err();
    assert!(matches!(error, Error::Rejected(AccountRejection::NotEmpty { balance: 5 })), "{error}");
    let error = service.application.commands.create(clerk(), open("unwanted")).await.unwrap_err();
    assert!(matches!(error, Error::Rejected(AccountRejection::Unwanted)), "{error}");
    assert_eq!(service.events(), 2);
}

#[tokio::test]
async fn a_transport_gets_a_rejection_by_its_name() {
    let service = Service::start().await;
    let dispatched =
        service.application.commands.dispatch(clerk(), None, open("unwanted"), SendOptions::default());
    let DispatchError::Rejected(rejection) = dispatched.await.unwrap_err() else {
        panic!("it is a rejection")
    };
    assert_eq!(rejection.name(), "Unwanted");
}

#[tokio::test]
async fn a_command_to_what_does_not_exist_is_not_found() {
    let service = Service::start().await;
    let error = service.application.commands.send(clerk(), nobody(), Close {}).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { aggregate: "bank.Account" }), "{error}");
}

#[tokio::test]
async fn a_command_to_what_another_tenant_has_is_not_found() {
    let service = Service::start().await;
    let id = service.opened().await;
    let error = service.application.commands.send(stranger(), id, Close {}).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_creating_command_to_what_exists_is_refused() {
    let service = Service::start().await;
    let id = service.opened().await;
    let dispatch = |target| {
        service.application.commands.dispatch(clerk(), Some(target), open("Bob"), SendOptions::default())
    };
    let error = dispatch(id.as_uuid()).await.unwrap_err();
    assert!(matches!(error, DispatchError::Exists { aggregate: "bank.Account" }), "{error}");
    assert_eq!(service.events(), 1);
}

#[tokio::test]
async fn a_command_needs_one_of_its_roles() {
    let service = Service::start().await;
    assert!(service.application.commands.create(with_roles(["boss"]), open("Anna")).await.is_ok());
    let error = service.application.commands.create(with_roles(["guest"]), open("Anna")).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden { command: "OpenAccount", .. }), "{error}");
    assert_eq!(error.to_string(), "`OpenAccount` may be sent by: clerk, boss");
}

#[tokio::test]
async fn a_command_without_roles_may_be_sent_by_nobody() {
    let service = Service::start().await;
    let id = service.opened().await;
    let error = service.application.commands.send(clerk(), id, Rob {}).await.unwrap_err();
    assert_eq!(error.to_string(), "`Rob` may be sent by: nobody");
}

#[tokio::test]
async fn an_invalid_command_is_not_decided_on() {
    let service = Service::start().await;
    let error =
        service.application.commands.send(clerk(), nobody(), Deposit { amount: 0 }).await.unwrap_err();
    let Error::Invalid(invalid) = error else { panic!("{error}") };
    assert!(invalid.concerns("amount"));
    assert_eq!(service.events(), 0);
}

#[tokio::test]
async fn who_may_not_send_a_command_does_not_learn_whether_it_is_valid() {
    let service = Service::start().await;
    let error = service.application.commands.create(with_roles([]), open("")).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn a_command_at_another_version_than_the_sender_saw_is_not_carried_out() {
    let service = Service::start().await;
    let id = service.opened().await;
    let send = |options| service.application.commands.send_with(clerk(), id, Deposit { amount: 1 }, options);
    assert_eq!(send(at(1)).await.unwrap().version, Version(2));
    let error = send(at(1)).await.unwrap_err();
    let mismatch = Error::VersionMismatch { expected: Version(1), actual: Version(2) };
    assert_eq!(error.to_string(), mismatch.to_string());
    assert_eq!(service.events(), 2);
}

#[tokio::test]
async fn an_event_that_begins_no_stream_is_a_fault_of_the_domain() {
    let service = Service::start().await;
    let error = service.application.commands.create(clerk(), open("faulty")).await.unwrap_err();
    assert!(matches!(error, Error::Fault(_)), "{error}");
    assert_eq!(service.events(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_takes_too_long_is_given_up() {
    let service = Service::start().await;
    service.faults.plan(Operation::Append, &Before(Hang(Gate::closed())), 1);
    let error = service.application.commands.create(clerk(), open("Anna")).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut(limit) if limit == Duration::from_secs(10)), "{error}");
    service.opened().await;
}

#[tokio::test]
async fn a_store_that_fails_fails_only_the_command_at_hand() {
    let service = Service::start().await;
    service.faults.plan(Operation::Append, &Before(Failure), 1);
    let error = service.application.commands.create(clerk(), open("Anna")).await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
    service.opened().await;
}

#[tokio::test]
async fn what_is_traced_tells_the_name_and_the_outcome_and_never_the_content() {
    let captured = Captured::begin();
    let service = Service::start().await;
    let commands = &service.application.commands;
    let id = commands.create(clerk(), open_as("hidden-name")).await.unwrap().id;
    commands.create(clerk(), open_as("hidden-name")).await.unwrap_err();
    commands.create(with_roles([]), open("hidden-owner")).await.unwrap_err();
    commands.create(clerk(), open(&"hidden-owner".repeat(9))).await.unwrap_err();
    commands.create(clerk(), open("unwanted")).await.unwrap_err();
    service.deposited(id, 987_654).await;
    service.smuggle(id, unreadable()).await;
    commands.send(clerk(), id, Close {}).await.unwrap_err();
    service.application.caught_up().await.unwrap();
    let text = captured.text();
    for told in ["OpenAccount", "accepted", "refused", "Unwanted", "failed", "waits in the dead letters"] {
        assert!(text.contains(told), "{told} is missing in {text}");
    }
    assert!(!text.contains("hidden") && !text.contains("987654"), "{text}");
}
