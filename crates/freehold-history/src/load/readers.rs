//! Readers: page by page behind the head, each with a question of its own, from the beginning of the log to the end of
//! the load.

use std::time::Duration;

use freehold::{
    Position,
    ports::{Batch, Scope},
};
use tokio::{task::JoinSet, time::sleep};

use super::{
    Dice, draw,
    node::{Node, Phase},
    rows,
};
use crate::{Criterion, Glimpse, Moment, Page, PageEnd, Query, Sight, query, views::VIEWED};

/// How long it takes until the log is read anew.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) fn start(node: &Node, tasks: &mut JoinSet<anyhow::Result<()>>) {
    let mut dice = node.dice("readers");
    for (number, (tenant, query)) in questions(&mut dice).into_iter().enumerate() {
        let limit = dice.one_of(&[1, 3, 17, 100, 1000]);
        let name = format!("{}.r{number}", node.name);
        tasks.spawn(Reader { node: node.clone(), name, tenant, query, limit, at: 0 }.run());
    }
    tasks.spawn(anew(node.clone(), dice));
    tasks.spawn(watch(node.clone()));
}

/// All of it, all of a tenant, some kinds, a tag, and anything else.
fn questions(dice: &mut Dice) -> Vec<(Option<String>, Query)> {
    let kinds = ["Marked", "Removed"].map(|name| (VIEWED.to_owned(), name.to_owned())).to_vec();
    let tag = Criterion { tags: vec!["red".to_owned()], ..Criterion::default() };
    let kinds = Criterion { kinds, ..Criterion::default() };
    vec![
        (None, Query::default()),
        (Some(draw::tenant(dice)), Query::default()),
        (None, Query::from(kinds)),
        (Some(draw::tenant(dice)), Query::from(tag)),
        (Some(draw::tenant(dice)), draw::query(dice, 0)),
    ]
}

struct Reader {
    node: Node,
    name: String,
    tenant: Option<String>,
    query: Query,
    limit: usize,
    at: u64,
}

impl Reader {
    /// Follows the log until it is told up to where.
    async fn run(mut self) -> anyhow::Result<()> {
        let mut head = self.node.database.head();
        while !self.node.is_over() {
            let phase = self.node.phase();
            if let Some(end) = phase.end().filter(|end| self.at >= *end) {
                self.node.recorder.finished(&self.name, end);
                return Ok(());
            }
            tokio::select! {
                grown = head.wait_for(|head| head.0 > self.at) => drop(grown?),
                () = self.node.left(phase) => {}
            }
            self.read().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        let scope = match &self.tenant {
            Some(tenant) => Scope::Tenant(query::tenant(tenant)),
            None => Scope::EveryTenant,
        };
        let (begun, after, port) = (Moment::now(), self.at, self.query.to_port());
        let read = self.node.database.read_all(&scope, Position(after), &port, self.limit).await;
        let Some(Batch { events, read_to }) = rows::available(read).await? else { return Ok(()) };
        self.at = read_to.0;
        let end = if events.len() == self.limit { PageEnd::Limit } else { PageEnd::Head };
        let (reader, tenant, query) = (self.name.clone(), self.tenant.clone(), self.query.clone());
        let events = events.iter().map(Glimpse::of).collect();
        let page = Page { reader, tenant, query, after, read_to: read_to.0, end, events };
        self.node.recorder.saw(begun, Sight::Page(page));
        Ok(())
    }
}

/// Reads the whole log, again and again.
async fn anew(node: Node, mut dice: Dice) -> anyhow::Result<()> {
    let mut number = 0;
    while node.is_loaded() {
        number += 1;
        let limit = dice.one_of(&[50, 500, 5000]);
        let name = format!("{}.a{number}", node.name);
        let (tenant, query) = (None, Query::default());
        let mut reader = Reader { node: node.clone(), name, tenant, query, limit, at: 0 };
        let head = node.head();
        while reader.at < head && node.is_loaded() {
            reader.read().await?;
        }
        tokio::select! {
            () = node.left(Phase::Load) => {}
            () = sleep(PAUSE) => {}
        }
    }
    Ok(())
}

/// Writes down how far the log is said to go.
async fn watch(node: Node) -> anyhow::Result<()> {
    let (mut head, watcher) = (node.database.head(), format!("{}.head", node.name));
    loop {
        let phase = node.phase();
        if !phase.is_read() {
            return Ok(());
        }
        tokio::select! {
            changed = head.changed() => changed?,
            () = node.left(phase) => continue,
        }
        let position = head.borrow_and_update().0;
        node.recorder.saw(Moment::now(), Sight::Head { watcher: watcher.clone(), position });
    }
}
