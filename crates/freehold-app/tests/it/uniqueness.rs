//! What no two live accounts share.

use freehold::app::DispatchError;
use freehold_testkit::faults::{
    Fault::{After, Before},
    Operation,
    Trouble::Delay,
};
use futures_util::future::join_all;

use crate::{
    bank::{AccountRejection, Close, Reconsider, Rename, open, open_as},
    service::{Service, clerk, stranger},
};

fn is_taken(error: &DispatchError<AccountRejection>) -> bool {
    matches!(error, DispatchError::Taken { aggregate: "bank.Account", key: "nickname" })
}

fn rename(nickname: &str) -> Rename {
    Rename { nickname: nickname.to_owned() }
}

#[tokio::test]
async fn what_another_has_is_taken() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    commands.create(clerk(), open_as("anna")).await.unwrap();
    let other = commands.create(clerk(), open_as("bob")).await.unwrap().id;
    assert!(is_taken(&commands.create(clerk(), open_as("anna")).await.unwrap_err()));
    assert!(is_taken(&commands.send(clerk(), other, rename("anna")).await.unwrap_err()));
    assert_eq!(service.events(), 2);
}

#[tokio::test]
async fn what_is_absent_is_not_taken() {
    let service = Service::start().await;
    service.opened().await;
    service.opened().await;
}

#[tokio::test]
async fn another_tenant_takes_nothing_away() {
    let service = Service::start().await;
    service.application.commands.create(clerk(), open_as("anna")).await.unwrap();
    service.application.commands.create(stranger(), open_as("anna")).await.unwrap();
}

#[tokio::test]
async fn the_end_of_a_life_frees_what_it_had() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    for _ in 0..3 {
        let id = commands.create(clerk(), open_as("anna")).await.unwrap().id;
        assert!(is_taken(&commands.create(clerk(), open_as("anna")).await.unwrap_err()));
        commands.send(clerk(), id, Close {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_change_frees_the_old_value_and_takes_the_new_one() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    let id = commands.create(clerk(), open_as("anna")).await.unwrap().id;
    commands.send(clerk(), id, rename("bella")).await.unwrap();
    assert!(is_taken(&commands.create(clerk(), open_as("bella")).await.unwrap_err()));
    commands.create(clerk(), open_as("anna")).await.unwrap();
    assert!(is_taken(&commands.send(clerk(), id, rename("anna")).await.unwrap_err()));
}

#[tokio::test]
async fn one_may_keep_or_take_back_what_is_ones_own() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    let id = commands.create(clerk(), open_as("anna")).await.unwrap().id;
    for nickname in ["anna", "bella", "anna", "bella", "anna"] {
        commands.send(clerk(), id, rename(nickname)).await.unwrap();
    }
    commands.send(clerk(), id, Reconsider { other: "carla".to_owned() }).await.unwrap();
    assert!(is_taken(&commands.create(clerk(), open_as("anna")).await.unwrap_err()));
    commands.create(clerk(), open_as("carla")).await.unwrap();
}

#[tokio::test]
async fn a_value_that_is_first_taken_later_counts_from_then_on() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    let id = commands.create(clerk(), open("Anna")).await.unwrap().id;
    commands.send(clerk(), id, rename("anna")).await.unwrap();
    assert!(is_taken(&commands.create(clerk(), open_as("anna")).await.unwrap_err()));
}

#[tokio::test]
async fn of_many_racers_one_wins() {
    let service = Service::cold().await;
    let commands = &service.application.commands;
    service.faults.plan(Operation::ReadStream, &After(Delay), 20);
    let racers = join_all((0..20).map(|_| commands.create(clerk(), open_as("anna")))).await;
    let (winners, losers): (Vec<_>, Vec<_>) = racers.into_iter().partition(Result::is_ok);
    assert_eq!(winners.len(), 1);
    assert!(losers.iter().all(|lost| lost.as_ref().is_err_and(is_taken)));
    assert_eq!(service.events(), 1);
}

#[tokio::test]
async fn of_many_racers_for_what_was_freed_one_wins() {
    let service = Service::start().await;
    let commands = &service.application.commands;
    let id = commands.create(clerk(), open_as("anna")).await.unwrap().id;
    commands.send(clerk(), id, Close {}).await.unwrap();
    service.faults.plan(Operation::Append, &Before(Delay), 40);
    let racers = join_all((0..20).map(|_| commands.create(clerk(), open_as("anna")))).await;
    assert_eq!(racers.iter().filter(|racer| racer.is_ok()).count(), 1);
    assert_eq!(service.events(), 3);
}
