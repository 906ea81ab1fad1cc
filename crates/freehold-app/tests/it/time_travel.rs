//! Aggregates as they stood.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use freehold::{
    StreamId, Timestamp, Version,
    app::{At, StateAt, StateAtError},
    memory::Memory,
    ports::Clock,
};
use proptest::{
    collection::vec,
    prelude::{prop_assert_eq, proptest},
};

use crate::{
    bank::{Account, AccountId, Snapshotted, unreadable},
    service::{Service, clerk, folded, nobody, stranger},
    snapshots::unreadable_before_its_snapshot,
};

/// A clock that a test sets, back too.
#[derive(Clone, Default)]
struct Set(Arc<AtomicI64>);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

async fn state_at(
    service: &Service,
    id: AccountId,
    at: At,
) -> Result<Option<StateAt<Account>>, StateAtError> {
    service.application.state_at::<Account>(&clerk().tenant, id, at).await
}

/// An account with deposits of 1, 2, 3 and so on.
async fn grown(service: &Service, deposits: i64) -> AccountId {
    let id = service.opened().await;
    for amount in 1..=deposits {
        service.deposited(id, amount).await;
    }
    id
}

#[tokio::test]
async fn an_aggregate_is_shown_as_it_was_at_a_version() {
    let service = Service::start().await;
    let id = grown(&service, 3).await;
    for (version, balance) in [(1, 0), (2, 1), (3, 3), (4, 6)] {
        let version = Version(version);
        let shown = state_at(&service, id, At::Version(version)).await.unwrap().expect("it exists");
        assert_eq!((shown.state.balance, shown.version), (balance, version));
    }
}

#[tokio::test]
async fn before_its_first_event_an_aggregate_did_not_exist() {
    let service = Service::start().await;
    let id = service.opened().await;
    assert_eq!(state_at(&service, id, At::Version(Version::NONE)).await.unwrap(), None);
    assert_eq!(state_at(&service, id, At::Time(Timestamp::from_micros(0))).await.unwrap(), None);
}

#[tokio::test]
async fn a_version_that_is_not_reached_is_an_error_that_says_which_is() {
    let service = Service::start().await;
    let id = grown(&service, 1).await;
    let error = state_at(&service, id, At::Version(Version(3))).await.unwrap_err();
    let stream = StreamId::of::<Account>(id);
    assert_eq!(error.to_string(), format!("{stream} has not reached version 3; it is at version 2"));
    let error = state_at(&service, nobody(), At::Version(Version(1))).await.unwrap_err();
    assert!(matches!(error, StateAtError::NotReached { reached: Version::NONE, .. }), "{error}");
}

#[tokio::test]
async fn no_tenant_sees_the_past_of_another() {
    let service = Service::start().await;
    let id = grown(&service, 1).await;
    let time = At::Time(service.history(id).await[1].metadata.time);
    let shown = service.application.state_at::<Account>(&stranger().tenant, id, time).await.unwrap();
    assert_eq!(shown, None);
}

#[tokio::test]
async fn a_past_that_cannot_be_read_is_an_error_and_the_time_before_is_shown() {
    let service = Service::start().await;
    let id = grown(&service, 1).await;
    service.smuggle(id, unreadable()).await;
    let error = state_at(&service, id, At::Version(Version(3))).await.unwrap_err();
    assert!(matches!(error, StateAtError::Store(_)) && !error.to_string().contains("hidden"), "{error}");
    assert!(state_at(&service, id, At::Version(Version(2))).await.unwrap().is_some());
}

#[tokio::test]
async fn a_version_behind_a_snapshot_is_read_from_it_and_one_before_it_is_not() {
    let _snapshotted = Snapshotted::every(3);
    let service = Service::start().await;
    let id = unreadable_before_its_snapshot(&service).await;
    let shown = state_at(&service, id, At::Version(Version(3))).await.unwrap().expect("it exists");
    assert_eq!((shown.state.balance, shown.version), (8, Version(3)));
    let error = state_at(&service, id, At::Version(Version(2))).await.unwrap_err();
    assert!(matches!(error, StateAtError::Store(_)), "{error}");
    assert!(state_at(&service, id, At::Version(Version(1))).await.unwrap().is_some());
}

proptest! {
    #[test]
    fn as_of_a_time_is_what_had_happened_before_the_first_later_event(
        times in vec(0i64..20, 1..12),
        asked in 0i64..20,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let clock = Set::default();
            let service = Service::start_over(Memory::new(), |builder| builder.clock(clock.clone())).await;
            clock.0.store(times[0], Ordering::Relaxed);
            let id = service.opened().await;
            for time in &times[1..] {
                clock.0.store(*time, Ordering::Relaxed);
                service.deposited(id, *time + 1).await;
            }
            let before = times.iter().take_while(|time| **time <= asked).count();
            let shown = state_at(&service, id, At::Time(Timestamp::from_micros(asked))).await.unwrap();
            prop_assert_eq!(shown.as_ref().map_or(0, |it| it.version.0), before as u64);
            prop_assert_eq!(shown.map(|it| it.state), folded(&service.history(id).await[..before]));
            Ok(())
        })?;
    }
}
