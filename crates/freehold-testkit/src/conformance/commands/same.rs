//! One command after the other: hot state is not to be told from none.

use std::sync::Arc;

use freehold_domain::{Position, RawEvent, StreamId, TenantId, Version};
use freehold_ports::{Database, Versions};
use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    prop_oneof,
};

use super::{
    Pace, check,
    node::{Node, Sent, Told},
    script::{Draft, draft},
};
use crate::{
    conformance::sample::whole_log,
    faults::{
        Draw,
        Fault::{After, Before},
        Faults, Operation, Seed,
        Trouble::Failure,
    },
};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A command is sent to the service.
    Here(Draft, u64),
    /// The same elsewhere: behind the back of the service.
    Elsewhere(Draft, u64),
    /// A chain is closed, behind the back of the service.
    Archive(Draft),
}

/// An event without what chance has given it.
pub(super) type Written = (TenantId, StreamId, Version, Position, RawEvent);

/// One after the other, commands are told the same and lead to the same log, however many aggregates are in memory and
/// whatever another node has done to them meanwhile.
pub fn commands_lead_to_the_same_with_and_without_hot_state<G>(
    cases: u32,
    fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G),
) {
    check(Pace::OneThread, cases, &vec(step(), 1..40), async |_, script| {
        let mut played = Vec::new();
        for hot_aggregates in [0, 1, 64] {
            let (databases, _guard) = fresh().await;
            played.push(play(&databases, hot_aggregates, &script, None).await);
        }
        assert_eq!(played[0], played[1], "with room for one aggregate");
        assert_eq!(played[0], played[2], "with room for all aggregates");
    });
}

/// So they do in the end if requests and answers are lost, and every command is sent again until it is answered.
pub fn commands_lead_to_the_same_though_answers_are_lost<G>(
    cases: u32,
    fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G),
) {
    check(Pace::OneThread, cases, &vec(step().prop_map(Step::once), 1..40), async |seed, script| {
        let mut played = Vec::new();
        for (hot_aggregates, losses) in [(0, None), (1, Some(seed)), (64, Some(seed))] {
            let (databases, _guard) = fresh().await;
            let (told, log) = play(&databases, hot_aggregates, &script, losses).await;
            played.push((told.into_iter().map(Told::at_last).collect::<Vec<_>>(), log));
        }
        assert_eq!(played[0], played[1], "with room for one aggregate");
        assert_eq!(played[0], played[2], "with room for all aggregates");
    });
}

impl Step {
    fn once(self) -> Self {
        match self {
            Self::Here(draft, mark) => Self::Here(draft.once(), mark),
            Self::Elsewhere(draft, mark) => Self::Elsewhere(draft.once(), mark),
            Self::Archive(draft) => Self::Archive(draft),
        }
    }
}

/// Few marks, so that commands are repeated, and marks are used for two commands.
fn step() -> impl Strategy<Value = Step> {
    let mark = prop_oneof![2 => 0..4_u64, 3 => any::<u64>()];
    prop_oneof![
        24 => (draft(), mark.clone()).prop_map(|(draft, mark)| Step::Here(draft, mark)),
        8 => (draft(), mark).prop_map(|(draft, mark)| Step::Elsewhere(draft, mark)),
        1 => draft().prop_map(Step::Archive),
    ]
}

/// What was told, and the log in the end.
async fn play(
    databases: &[Arc<dyn Database>],
    hot_aggregates: usize,
    script: &[Step],
    losses: Option<Seed>,
) -> (Vec<Told>, Vec<Written>) {
    let (faults, sound) = (losses.map_or_else(Faults::default, losing), Faults::default());
    let here = Node::start(faults.around(databases[0].clone()), hot_aggregates).await;
    let last = &databases[databases.len() - 1];
    let elsewhere = Node::start(sound.around(last.clone()), 0).await;
    let mut told = Vec::new();
    for step in script {
        match step.clone() {
            Step::Here(draft, mark) => told.push(send(last, &here, draft, mark).await),
            Step::Elsewhere(draft, mark) => told.push(send(last, &elsewhere, draft, mark).await),
            Step::Archive(draft) => archive(last, &draft.sent(0)).await,
        }
    }
    here.stop().await;
    elsewhere.stop().await;
    (told, written(last).await)
}

/// Appends and what they are answered get lost.
fn losing(seed: Seed) -> Faults {
    let faults = Faults::default();
    faults.draw(Operation::Append, Draw { seed, one_in: 3, faults: vec![Before(Failure), After(Failure)] });
    faults
}

/// A command, with the version that its sender says.
pub(super) type Addressed = (Sent, Option<Version>);

/// The command of a draft, said of the version what is true or not now.
pub(super) async fn addressed(database: &Arc<dyn Database>, draft: Draft, mark: u64) -> Addressed {
    let ahead = draft.ahead;
    let sent = draft.sent(mark);
    let version = version(database, &sent).await;
    (sent, ahead.map(|ahead| Version(version.0.saturating_add_signed(ahead))))
}

/// Sends a command until it is answered.
async fn send(database: &Arc<dyn Database>, node: &Node, draft: Draft, mark: u64) -> Told {
    let (sent, expected) = addressed(database, draft, mark).await;
    loop {
        match node.send(&sent, expected).await {
            Told::Unknown => {}
            told => return told,
        }
    }
}

async fn archive(database: &Arc<dyn Database>, of: &Sent) {
    let at = version(database, of).await;
    if at > Version::NONE {
        database.archive(&of.tenant(), &of.stream(), at).await.expect("nobody else is there");
    }
}

async fn version(database: &Arc<dyn Database>, of: &Sent) -> Version {
    let events = database.read_stream(&of.tenant(), &of.stream(), Versions::ALL).await;
    events.expect("it can be read").last().map_or(Version::NONE, |event| event.version)
}

/// The log.
pub(super) async fn written(database: &Arc<dyn Database>) -> Vec<Written> {
    let log = whole_log(database).await.into_iter();
    log.map(|event| (event.tenant, event.stream, event.version, event.position, event.event)).collect()
}
