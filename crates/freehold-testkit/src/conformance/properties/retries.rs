//! Commands whose answers are lost.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use freehold_domain::CommandId;
use freehold_ports::{AppendError, Database, NewEvent, Outcome, StoreError};
use proptest::{collection::vec, prelude::any};
use tokio::task::JoinSet;

use super::{append_step, holds};
use crate::{
    conformance::sample::{Draft, assert_dense, positions, whole_log},
    faults::{
        Draw,
        Fault::{After, Before},
        Faults, Operation, Seed,
        Trouble::{Delay, Failure},
    },
};

/// Whatever is appended through a connection that loses requests and answers, and sent again under its command id until
/// it is answered: the events of each command are in the log once, where its answer says.
pub fn commands_sent_again_until_they_are_answered_are_carried_out_once<D: Database, G>(
    fresh: impl AsyncFn() -> (D, G),
) {
    let happened = AtomicUsize::new(0);
    holds(fresh, &(any::<u64>(), vec(append_step(), 1..30)), async |db, (seed, script)| {
        let faults = losses(Seed(seed));
        let lossy: Arc<dyn Database> = Arc::new(faults.around(Arc::clone(&db)));
        let drafts: Vec<_> = (1..).zip(script).map(|(number, step)| step.draft().once(number)).collect();
        let outcomes = answered(&lossy, drafts.clone()).await;
        assert_carried_out_once(&db, &drafts, &outcomes).await;
        happened.fetch_add(faults.happened(), Ordering::Relaxed);
    });
    assert!(happened.into_inner() > 0, "no fault has ever happened");
}

/// Half of all appends fail, are answered by nobody, or come late.
fn losses(seed: Seed) -> Faults {
    let faults = Faults::default();
    let troubles = vec![Before(Failure), After(Failure), After(Failure), Before(Delay), After(Delay)];
    faults.draw(Operation::Append, Draw { seed, one_in: 2, faults: troubles });
    faults
}

/// Sends all commands at once, each until it is answered.
async fn answered(db: &Arc<dyn Database>, drafts: Vec<Draft>) -> HashMap<CommandId, Outcome> {
    let mut senders = JoinSet::new();
    for draft in drafts {
        let db = Arc::clone(db);
        senders.spawn(async move { (draft.command(), sent_until_answered(&db, &draft).await) });
    }
    senders.join_all().await.into_iter().collect()
}

async fn sent_until_answered(db: &Arc<dyn Database>, draft: &Draft) -> Outcome {
    loop {
        match draft.clone().try_on(db).await {
            Ok(outcome) => return outcome,
            Err(AppendError::Store(StoreError::Unavailable { .. })) => {}
            Err(other) => panic!("nothing else stands in its way: {other}"),
        }
    }
}

async fn assert_carried_out_once(
    db: &Arc<dyn Database>,
    drafts: &[Draft],
    outcomes: &HashMap<CommandId, Outcome>,
) {
    let log = whole_log(db).await;
    assert_dense(&positions(&log));
    assert_eq!(log.len(), drafts.iter().map(|draft| draft.0.events.len()).sum::<usize>());
    for draft in drafts {
        let written: Vec<_> = log.iter().filter(|event| event.metadata.command == draft.command()).collect();
        let ids = |events: &[NewEvent]| events.iter().map(|event| event.id).collect::<Vec<_>>();
        assert_eq!(written.iter().map(|event| event.id).collect::<Vec<_>>(), ids(&draft.0.events));
        let outcome = &outcomes[&draft.command()];
        let last = written[written.len() - 1];
        assert_eq!((last.version, last.position), (outcome.version, outcome.position));
    }
}
