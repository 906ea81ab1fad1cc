//! The same command again.

use freehold::{Version, app::DispatchError};
use freehold_testkit::faults::{Fault::After, Gate, Operation, Trouble::Hang};

use crate::{
    bank::{Close, Deposit, open, open_as},
    service::{Service, clerk, once, stranger},
};

#[tokio::test]
async fn the_same_command_again_returns_the_first_outcome_and_writes_nothing() {
    let service = Service::start().await;
    let create = || service.application.commands.create_with(clerk(), open("Anna"), once(1));
    let (first, again) = (create().await.unwrap(), create().await.unwrap());
    assert!(!first.replayed && again.replayed);
    assert_eq!((again.id, again.version, again.position), (first.id, first.version, first.position));
    assert_eq!(service.events(), 1);
}

#[tokio::test]
async fn the_same_command_again_is_answered_even_if_it_would_be_rejected_by_now() {
    let service = Service::start().await;
    let id = service.opened().await;
    let close = || service.application.commands.send_with(clerk(), id, Close {}, once(2));
    close().await.unwrap();
    let again = close().await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.version, Version(2));
}

#[tokio::test]
async fn an_outcome_is_that_of_its_time_whatever_happened_since() {
    let service = Service::start().await;
    let id = service.opened().await;
    let deposit = || service.application.commands.send_with(clerk(), id, Deposit { amount: 1 }, once(3));
    deposit().await.unwrap();
    service.deposited(id, 7).await;
    assert_eq!(deposit().await.unwrap().version, Version(2));
    assert_eq!(service.events(), 3);
}

#[tokio::test]
async fn an_id_that_is_reused_for_another_command_is_refused() {
    let service = Service::start().await;
    let id = service.opened().await;
    let other = service.opened().await;
    let deposit =
        |id, amount| service.application.commands.send_with(clerk(), id, Deposit { amount }, once(4));
    deposit(id, 1).await.unwrap();
    for error in [deposit(id, 2).await.unwrap_err(), deposit(other, 1).await.unwrap_err()] {
        assert!(matches!(error, DispatchError::CommandIdReused(_)), "{error}");
    }
    let error = service.application.commands.send_with(clerk(), id, Close {}, once(4)).await.unwrap_err();
    assert!(matches!(error, DispatchError::CommandIdReused(_)), "{error}");
    assert_eq!(service.events(), 3);
}

#[tokio::test]
async fn another_tenants_command_of_the_same_id_is_another_command() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    commands.create_with(clerk(), open("Anna"), once(5)).await.unwrap();
    let other = commands.create_with(stranger(), open("Bob"), once(5)).await.unwrap();
    assert!(!other.replayed);
    assert_eq!(service.events(), 2);
}

#[tokio::test]
async fn a_command_that_was_refused_may_be_sent_again_under_its_id() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    let id = service.opened().await;
    service.deposited(id, 1).await;
    commands.send_with(clerk(), id, Close {}, once(6)).await.unwrap_err();
    let error = commands.send_with(clerk(), id, Deposit { amount: 0 }, once(6)).await.unwrap_err();
    assert!(matches!(error, DispatchError::Invalid(_)), "{error}");
    let accepted = commands.send_with(clerk(), id, Deposit { amount: 2 }, once(6)).await.unwrap();
    assert!(!accepted.replayed);
}

#[tokio::test]
async fn the_same_command_twice_at_once_is_carried_out_once_and_both_are_told_so() {
    let service = Service::start().await;
    let gate = Gate::closed();
    service.faults.plan(Operation::Outcome, &After(Hang(gate.clone())), 1);
    let commands = service.application.commands.clone();
    let late = tokio::spawn(async move { commands.create_with(clerk(), open_as("anna"), once(7)).await });
    gate.reached().await;
    let first = service.application.commands.create_with(clerk(), open_as("anna"), once(7)).await.unwrap();
    gate.open();
    let late = late.await.unwrap().unwrap();
    assert!(late.replayed);
    assert_eq!(late.id, first.id);
    assert_eq!(service.events(), 1);
}
