//! Commands to one aggregate at the same time.

use freehold::{
    StreamId, Version,
    app::DispatchError,
    ports::{Conflict, EventStore},
};
use freehold_testkit::faults::{
    Draw,
    Fault::{After, Before},
    Operation, Seed,
    Trouble::Delay,
};
use futures_util::future::join_all;

use crate::{
    bank::{Account, AccountRejection, Close, Deposit},
    service::{Service, at, clerk},
};

#[tokio::test]
async fn commands_to_one_aggregate_at_once_all_succeed_in_some_order() {
    let service = Service::cold().await;
    let id = service.opened().await;
    service.faults.plan(Operation::ReadStream, &After(Delay), 16);
    let deposits = join_all((1..=16).map(|amount| service.deposited(id, amount))).await;
    let mut versions: Vec<_> = deposits.iter().map(|accepted| accepted.version.0).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=17).collect::<Vec<_>>());
    assert_eq!(service.balance(id).await.unwrap().balance, 136);
}

#[tokio::test]
async fn a_command_that_met_with_a_conflict_is_decided_on_what_there_is_now() {
    let service = Service::cold().await;
    let id = service.opened().await;
    service.faults.plan(Operation::ReadStream, &After(Delay), 2);
    let commands = &service.application.commands;
    let (deposited, closed) = tokio::join!(biased; commands.send(clerk(), id, Deposit { amount: 5 }), commands.send(clerk(), id, Close {}));
    deposited.unwrap();
    let error = closed.unwrap_err();
    assert!(matches!(error, DispatchError::Rejected(AccountRejection::NotEmpty { balance: 5 })), "{error}");
}

#[tokio::test]
async fn of_two_who_saw_the_same_version_the_second_is_told_so() {
    let service = Service::cold().await;
    let id = service.opened().await;
    service.faults.plan(Operation::ReadStream, &After(Delay), 2);
    let send = || service.application.commands.send_with(clerk(), id, Deposit { amount: 1 }, at(1));
    let (first, second) = tokio::join!(biased; send(), send());
    assert_eq!(first.unwrap().version, Version(2));
    assert!(matches!(second.unwrap_err(), DispatchError::VersionMismatch { actual: Version(2), .. }));
}

#[tokio::test]
async fn a_command_to_what_was_closed_for_good_is_told_so_and_not_tried_again() {
    let service = Service::start().await;
    let id = service.opened().await;
    service.memory.archive(&clerk().tenant, &StreamId::of::<Account>(id), Version(1)).await.unwrap();
    let every_time = Draw { seed: Seed(0), one_in: 1, faults: vec![Before(Delay)] };
    service.faults.draw(Operation::Append, every_time);
    let error = service.application.commands.send(clerk(), id, Deposit { amount: 1 }).await.unwrap_err();
    assert_eq!(error.to_string(), "the stream was closed at version 1");
    assert!(matches!(error, DispatchError::Conflict(Conflict::Archived { at: Version(1) })), "{error}");
    assert_eq!(service.faults.happened(), 1);
}
