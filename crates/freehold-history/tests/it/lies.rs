//! Every lie about what has happened breaks a law.

mod accounts;
mod answers;
mod conditions;
mod log;
mod origins;
mod reads;
mod refusals;
mod repeats;
mod rows;
mod winners;

use freehold::memory::Memory;
use freehold_history::{
    Answer, Asked, Event, Evidence, History, Log, Page, Refusal, Request, Row, Sight, What,
};

use crate::played::played;

/// What is changed, and the law that is to find it.
type Lie = (&'static str, &'static str, fn(&mut Told) -> bool);

/// In so many truths every lie can be told.
const TRUTHS: usize = 20;

/// What can be lied about.
#[derive(Clone)]
struct Told {
    history: History,
    events: Vec<Event>,
    rows: std::collections::BTreeMap<freehold_history::RowId, Row>,
}

impl Told {
    async fn truth() -> Self {
        let evidence = played(Memory::new(), 700).await.expect("the load can be played");
        assert_eq!(evidence.violations(), [], "the truth breaks no law");
        Self { history: evidence.history, events: evidence.log.events, rows: evidence.rows }
    }

    fn evidence(self) -> Evidence {
        Evidence::new(self.history, Log::new(self.events), self.rows)
    }

    /// Takes out events, and closes the gaps in positions and versions.
    fn close_up(&mut self, stays: impl Fn(&Event) -> bool) {
        let mut versions = std::collections::HashMap::new();
        self.events.retain(stays);
        for (position, event) in (1..).zip(&mut self.events) {
            let version = versions.entry(event.address.clone()).or_insert(0);
            *version += 1;
            (event.glimpse.0, event.version) = (position, *version);
        }
    }

    /// The first request that is of this kind, and the place of its last success.
    fn done(&mut self, is: impl Fn(&Asked) -> bool) -> Option<(&Request, &mut Answer)> {
        let asked = self.history.asked.values_mut().find(|asked| {
            let is_done =
                |attempt: &freehold_history::Attempt| matches!(attempt.ended, Some((_, Answer::Done { .. })));
            asked.attempts.iter().any(is_done) && is(asked)
        })?;
        let Asked { request, attempts } = asked;
        let answers = attempts.iter_mut().filter_map(|attempt| attempt.ended.as_mut());
        let done = answers.map(|(_, answer)| answer).rfind(|answer| matches!(answer, Answer::Done { .. }))?;
        Some((request, done))
    }

    /// The first refusal that this changes.
    fn refused(&mut self, lie: impl Fn(&Request, &mut Refusal) -> bool) -> bool {
        self.history.asked.values_mut().any(|asked| {
            let Asked { request, attempts } = asked;
            attempts.iter_mut().any(|attempt| match &mut attempt.ended {
                Some((_, Answer::Refused(refusal))) => lie(request, refusal),
                _ => false,
            })
        })
    }

    fn page(&mut self, is: impl Fn(&Page) -> bool) -> Option<&mut Page> {
        self.seen(|sight| match sight {
            Sight::Page(page) => is(page).then_some(page),
            _ => None,
        })
    }

    /// The first sight that this finds.
    fn seen<T>(&mut self, find: impl Fn(&mut Sight) -> Option<&mut T>) -> Option<&mut T> {
        self.history.seen.iter_mut().find_map(|seen| find(&mut seen.what))
    }
}

fn has_events(asked: &Asked) -> bool {
    !asked.request.names().is_empty()
}

fn is_append(asked: &Asked) -> bool {
    has_events(asked) && matches!(asked.request.what, What::Append { .. })
}

/// Whether the lie could be told of this truth. Then it is found.
fn is_found((lie, law, tell): &Lie, truth: &Told) -> bool {
    let mut told = truth.clone();
    let is_told = tell(&mut told);
    if is_told {
        let found = told.evidence().violations();
        assert!(found.iter().any(|violation| violation.law == *law), "{lie} has broken only {found:?}");
    }
    is_told
}

/// All lies, by the laws that they break.
const LIES: &[&[Lie]] = &[
    log::LIES,
    origins::LIES,
    answers::LIES,
    repeats::LIES,
    refusals::LIES,
    conditions::LIES,
    winners::LIES,
    reads::LIES,
    rows::LIES,
    accounts::LIES,
];

#[tokio::test(flavor = "multi_thread")]
async fn the_truth_breaks_no_law_and_every_lie_breaks_the_one_that_is_meant() {
    let mut untold: Vec<&Lie> = LIES.iter().copied().flatten().collect();
    // What is drawn may leave nothing to tell a lie about.
    for _ in 0..TRUTHS {
        let truth = Told::truth().await;
        untold.retain(|lie| !is_found(lie, &truth));
        if untold.is_empty() {
            return;
        }
    }
    let untold: Vec<_> = untold.iter().map(|(lie, ..)| lie).collect();
    panic!("there was never anything to tell these lies about: {untold:?}");
}
