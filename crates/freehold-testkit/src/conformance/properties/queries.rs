//! Queries over any log, with any of its streams archived.

use std::{collections::HashMap, sync::Arc};

use freehold_domain::{Position, RawEvent, Recorded, StreamId, Tag, TenantId};
use freehold_ports::{AppendError, Conflict, Criterion, Database, EventQuery, Scope, Versions};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy},
    prop_oneof,
    sample::subsequence,
};

use super::{AppendStep, append_step, holds};
use crate::conformance::sample::{append, kind, parcel, tag, tenant, whole_log};

/// Whatever is asked for and from wherever, in pages of any size: readers, the last position and the conditions of
/// appends find what [`EventQuery::matches`] says of the events one by one, whether or not they are archived.
pub fn any_query_over_any_log_finds_what_matches<D: Database, G>(fresh: impl AsyncFn() -> (D, G)) {
    let questions = vec(question(), 1..12);
    holds(fresh, &(vec(step(), 1..16), questions), async |db, (script, questions)| {
        let log = Log::play(&db, script).await;
        for question in questions {
            log.assert_found(&db, &question).await;
        }
    });
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Append(AppendStep, Vec<&'static str>),
    Archive { tenant: usize, parcel: u32 },
}

#[derive(Clone, Debug)]
struct Question {
    scope: Scope,
    query: EventQuery,
    after: Position,
    limit: usize,
}

/// The events, and the tags that they were appended with.
struct Log(Vec<(Recorded<RawEvent>, Vec<Tag>)>);

impl Log {
    async fn play(db: &Arc<dyn Database>, script: Vec<Step>) -> Self {
        let mut tags: HashMap<u64, Vec<Tag>> = HashMap::new();
        for step in script {
            match step {
                Step::Append(step, tagged) => {
                    let size = step.events.len() as u64;
                    let outcome = step.draft().tagged(&tagged).try_on(db).await;
                    let last = match outcome {
                        Ok(outcome) => outcome.position.0,
                        Err(AppendError::Conflict(Conflict::Archived { .. })) => continue,
                        Err(other) => panic!("nothing else stands in its way: {other}"),
                    };
                    let tagged: Vec<_> = tagged.into_iter().map(tag).collect();
                    tags.extend((last - size + 1..=last).map(|position| (position, tagged.clone())));
                }
                Step::Archive { tenant: of, parcel: number } => {
                    archive(db, &tenant(of), &parcel(number)).await;
                }
            }
        }
        let events = whole_log(db).await.into_iter();
        Self(
            events.map(|event| (event.clone(), tags.remove(&event.position.0).unwrap_or_default())).collect(),
        )
    }

    fn matching(&self, scope: &Scope, query: &EventQuery, after: Position) -> Vec<Recorded<RawEvent>> {
        let is_meant = |(event, tags): &&(Recorded<RawEvent>, Vec<Tag>)| {
            event.position > after
                && scope.covers(&event.tenant)
                && query.matches(&event.stream, &event.event.name, tags)
        };
        self.0.iter().filter(is_meant).map(|(event, _)| event.clone()).collect()
    }

    async fn assert_found(&self, db: &Arc<dyn Database>, question: &Question) {
        let Question { scope, query, after, .. } = question;
        assert_eq!(in_pages(db, question).await, self.matching(scope, query, *after));
        let Scope::Tenant(of) = scope else { return };
        let last = |after| Some(self.matching(scope, query, after).last()?.position);
        let found = db.last_position(of, query).await.expect("it can be read");
        assert_eq!(found, last(Position::START));
        let draft = append(parcel(9), []).of(of.clone()).unless(query.clone(), after.0);
        let refused = match draft.try_on(db).await {
            Ok(_) => None,
            Err(AppendError::Conflict(Conflict::Query { found, .. })) => Some(found),
            Err(other) => panic!("nothing else stands in its way: {other}"),
        };
        assert_eq!(refused, last(*after));
    }
}

async fn archive(db: &Arc<dyn Database>, tenant: &TenantId, stream: &StreamId) {
    let events = db.read_stream(tenant, stream, Versions::ALL).await.expect("it can be read");
    if let Some(last) = events.last() {
        db.archive(tenant, stream, last.version).await.expect("it is at that version");
    }
}

/// All that is asked for, page by page.
async fn in_pages(db: &Arc<dyn Database>, question: &Question) -> Vec<Recorded<RawEvent>> {
    let Question { scope, query, after, limit } = question;
    let (mut after, mut read) = (*after, Vec::new());
    loop {
        let page = db.read_all(scope, after, query, *limit).await.expect("it can be read");
        let is_full = page.events.len() == *limit;
        assert!(page.events.len() <= *limit && page.read_to >= after);
        after = page.read_to;
        read.extend(page.events);
        if !is_full {
            return read;
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let tags = subsequence(vec!["red", "big", "ann"], 0..3);
    let appended = (append_step(), tags).prop_map(|(step, tags)| Step::Append(step, tags));
    let archived = (0..2_usize, 0..3_u32).prop_map(|(tenant, parcel)| Step::Archive { tenant, parcel });
    prop_oneof![4 => appended, 1 => archived]
}

fn question() -> impl Strategy<Value = Question> {
    let scope =
        prop_oneof![Just(Scope::EveryTenant), (0..3_usize).prop_map(|number| Scope::Tenant(tenant(number))),];
    let query = vec(criterion(), 0..3).prop_map(|any_of| EventQuery { any_of });
    let parts = (scope, query, 0..30_u64, prop_oneof![1..4_usize, Just(100)]);
    parts.prop_map(|(scope, query, after, limit)| Question { scope, query, after: Position(after), limit })
}

fn criterion() -> impl Strategy<Value = Criterion> {
    let kinds = subsequence(["Booked", "Weighed", "Moved", "Purged"].map(kind).to_vec(), 0..3);
    let crated = StreamId::new("conformance.Crate", parcel(1).id());
    let streams = subsequence(vec![parcel(0), parcel(1), parcel(2), parcel(7), crated], 0..3);
    let tags = subsequence(vec![tag("red"), tag("big"), tag("blue")], 0..3);
    (kinds, streams, tags).prop_map(|(kinds, streams, tags)| Criterion { kinds, streams, tags })
}
