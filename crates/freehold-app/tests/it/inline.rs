//! Views that are brought up to date before a command returns.

use std::sync::Arc;

use freehold::{
    app::{Context, DispatchError, Host},
    memory::Memory,
    ports::InlineError,
};
use freehold_testkit::faults::{Fault::Before, Faults, Gate, Operation, Trouble::Hang};
use futures_util::{future::poll_immediate, pin_mut};

use crate::{
    bank::{Balance, GetOwner, context, open},
    service::{Service, clerk},
};

async fn accounts(service: &Service, name: &str) -> Option<i64> {
    let query = GetOwner { name: name.to_owned() };
    let answer = service.application.queries.ask(clerk(), query).await.expect("it is answered");
    answer.map(|owner| owner.accounts)
}

/// The error of an append that a view stands in the way of, which leaves nothing behind.
async fn refused(owner: &str) -> InlineError {
    let service = Service::start().await;
    service.opened().await;
    let error = service.application.commands.create(clerk(), open(owner)).await.unwrap_err();
    let DispatchError::Inline { view: "bank.Owner", error } = error else { panic!("{error}") };
    assert_eq!(service.events(), 1);
    assert_eq!(accounts(&service, owner).await, None);
    service.opened().await;
    assert_eq!(accounts(&service, "Anna").await, Some(2));
    error
}

#[tokio::test]
async fn a_synchronous_view_has_taken_an_event_in_when_its_command_returns() {
    let service = Service::start().await;
    for count in 1..=3 {
        service.opened().await;
        assert_eq!(accounts(&service, "Anna").await, Some(count));
    }
}

#[tokio::test]
async fn a_view_that_takes_too_long_fails_only_its_own_command_and_writes_nothing() {
    assert!(matches!(refused("slow").await, InlineError::TimedOut(_)));
}

#[tokio::test]
async fn a_view_that_panics_fails_only_its_own_command_and_writes_nothing() {
    let InlineError::Failed(reason) = refused("poison").await else { panic!("it failed") };
    assert!(reason.contains("the view panicked") && !reason.contains("poison"), "{reason}");
}

/// A log that a view of owners was not there for yet.
async fn without_owners(opened: &[&str]) -> Memory {
    let memory = Memory::new();
    let before = Host::builder(memory.clone()).context(Context::new("bank").view::<Balance>());
    let before = before.start().await.unwrap();
    for owner in opened {
        before.application().commands.create(clerk(), open(owner)).await.unwrap();
    }
    before.stop().await;
    memory
}

#[tokio::test]
async fn a_synchronous_view_that_is_new_catches_up_before_the_first_command() {
    let memory = without_owners(&["Anna", "Bob", "Anna"]).await;
    let service = Service::start_over(memory, |builder| builder).await;
    assert_eq!(accounts(&service, "Anna").await, Some(2));
    service.opened().await;
    assert_eq!(accounts(&service, "Anna").await, Some(3));
    assert_eq!(accounts(&service, "Bob").await, Some(1));
}

#[tokio::test]
async fn nodes_that_start_at_once_catch_a_new_view_up_together() {
    let memory = without_owners(&["Anna", "Bob"]).await;
    let (faults, gate) = (Faults::default(), Gate::closed());
    faults.plan(Operation::Apply, &Before(Hang(gate.clone())), 1);
    let late = Host::builder(faults.around(Arc::new(memory.clone()))).context(context()).start();
    pin_mut!(late);
    assert!(poll_immediate(late.as_mut()).await.is_none());
    let service = Service::start_over(memory, |builder| builder).await;
    service.opened().await;
    gate.open();
    let late = late.await.expect("that others were faster is no reason not to start").application();
    late.commands.create(clerk(), open("Bob")).await.unwrap();
    assert_eq!(accounts(&service, "Anna").await, Some(2));
    assert_eq!(accounts(&service, "Bob").await, Some(2));
}
