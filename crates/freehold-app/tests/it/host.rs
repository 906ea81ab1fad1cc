//! Hosts: what they refuse to start with.

use std::sync::Arc;

use freehold::{
    app::{Context, Host, StartError},
    memory::Memory,
    prelude::*,
};
use freehold_testkit::faults::Faults;

use crate::{
    bank::{AccountEvent, Balance, Owner, context, unreadable},
    service::{nobody, smuggle},
};

/// A view that asks for a given time.
macro_rules! patient_view {
    ($name:ident, $view:literal, $timeout:expr) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Row)]
        #[row(name = $view, table = "patient")]
        struct $name {
            #[row(key)]
            id: i64,
        }

        impl View for $name {
            type Event = AccountEvent;

            const TIMEOUT: StdDuration = $timeout;

            fn key(_: &Recorded<AccountEvent>) -> Option<i64> {
                None
            }

            fn evolve(row: Option<Self>, _: &Recorded<AccountEvent>) -> Option<Self> {
                row
            }
        }
    };
}

patient_view!(Patient, "bank.Patient", StdDuration::from_secs(5));
patient_view!(TooPatient, "bank.TooPatient", StdDuration::from_millis(5001));

async fn refused(contexts: impl IntoIterator<Item = Context>) -> StartError {
    let builder = contexts.into_iter().fold(Host::builder(Memory::new()), freehold::app::Builder::context);
    builder.start().await.err().expect("it does not start")
}

#[tokio::test]
async fn two_contexts_or_two_views_of_one_name_are_refused() {
    let error = refused([Context::new("bank"), Context::new("bank")]).await;
    assert_eq!(error.to_string(), "`bank` is registered twice");
    let error = refused([Context::new("bank").view::<Balance>().view::<Balance>()]).await;
    assert!(matches!(error, StartError::Twice("bank.Balance")), "{error}");
}

#[tokio::test]
async fn a_view_may_ask_for_five_seconds_and_not_for_more() {
    let error = refused([Context::new("bank").view::<TooPatient>()]).await;
    assert!(matches!(error, StartError::Timeout { view: "bank.TooPatient", .. }), "{error}");
    let host = Host::builder(Memory::new()).context(Context::new("bank").view::<Patient>()).start().await;
    host.unwrap().stop().await;
}

#[tokio::test]
async fn a_host_that_does_not_start_leaves_no_worker_behind() {
    let memory = Memory::new();
    smuggle(&memory, nobody(), unreadable()).await;
    let faults = Faults::default();
    let started = Host::builder(faults.around(Arc::new(memory))).context(context()).start().await;
    let error = started.err().expect("it does not start");
    assert!(matches!(error, StartError::CatchUp { view: "bank.Owner", .. }), "{error}");
    assert!(!error.to_string().contains("hidden"), "{error}");
    assert_eq!(faults.databases(), 0);
}

#[tokio::test]
async fn a_migration_that_was_changed_after_it_was_run_is_refused() {
    let context = |migrations| Context::new("bank").view::<Owner>().sqlite(migrations);
    let memory = Memory::new();
    let first = Host::builder(memory.clone()).context(context(&[Migration { name: "0001", sql: "a" }]));
    first.start().await.unwrap().stop().await;
    let second = Host::builder(memory).context(context(&[Migration { name: "0001", sql: "b" }]));
    let error = second.start().await.err().expect("it does not start");
    assert!(matches!(error, StartError::Migration(_)), "{error}");
}
