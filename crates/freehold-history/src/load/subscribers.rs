//! Subscribers: the events of the log as they come.

use std::time::Duration;

use freehold::{
    RawEvent, Recorded,
    app::{EventStream, Subscription},
    ports::Scope,
};
use tokio::{task::JoinSet, time::timeout};

use super::{draw, node::Node};
use crate::{Glimpse, Moment, Page, PageEnd, Query, Sight, query};

/// How many events are written down together.
const TOGETHER: usize = 50;
/// How long one that there is nothing for waits before it looks where it is.
const PATIENCE: Duration = Duration::from_millis(20);

pub(super) fn start(node: &Node, tasks: &mut JoinSet<anyhow::Result<()>>) {
    let mut dice = node.dice("subscribers");
    let tenant = draw::tenant(&mut dice);
    let questions = [(None, Query::default()), (Some(tenant), draw::query(&mut dice, 0))];
    for (number, (tenant, query)) in questions.into_iter().enumerate() {
        let name = format!("{}.f{number}", node.name);
        let ahead = dice.one_of(&[1, 10, 256]);
        tasks.spawn(follow(node.clone(), name, tenant, query, ahead));
    }
}

async fn follow(
    node: Node,
    reader: String,
    tenant: Option<String>,
    query: Query,
    ahead: usize,
) -> anyhow::Result<()> {
    let scope = match &tenant {
        Some(tenant) => Scope::Tenant(query::tenant(tenant)),
        None => Scope::EveryTenant,
    };
    let subscription = Subscription::to(scope).matching(query.to_port()).ahead(ahead);
    let mut stream = node.application.subscribe(subscription);
    let mut after = 0;
    while !node.is_over() {
        let begun = Moment::now();
        let events = taken(&mut stream).await;
        let read_to = stream.cursor().0;
        if read_to > after || !events.is_empty() {
            let (reader, tenant, query) = (reader.clone(), tenant.clone(), query.clone());
            let page = Page { reader, tenant, query, after, read_to, end: PageEnd::Cursor, events };
            node.recorder.saw(begun, Sight::Page(page));
            after = read_to;
        }
        if let Some(end) = node.phase().end().filter(|end| after >= *end) {
            node.recorder.finished(&reader, end);
            break;
        }
    }
    Ok(())
}

/// What comes within a moment. That it is waited for with a time-out loses nothing.
async fn taken(stream: &mut EventStream<Recorded<RawEvent>>) -> Vec<Glimpse> {
    let mut events = Vec::new();
    while events.len() < TOGETHER
        && let Ok(Some(event)) = timeout(PATIENCE, stream.next()).await
    {
        events.push(Glimpse::of(&event));
    }
    events
}
