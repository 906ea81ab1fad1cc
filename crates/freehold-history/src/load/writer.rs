//! A writer: a client that appends through the port, and looks at what there is.

use std::time::Duration;

use freehold::{CommandId, ports::Versions};
use tokio::{task::yield_now, time::sleep};

use super::{
    Dice, commands,
    draw::{self, Known},
    node::Node,
    rows,
};
use crate::{
    Address, Answer, Expected, Glimpse, Moment, Query, Refusal, Request, Sight, Unless, What, query,
};

/// How long it waits before it asks a store again that could not be reached.
const PAUSE: Duration = Duration::from_millis(20);
/// How many requests it remembers, to send them again.
const REMEMBERED: usize = 30;

struct Writer {
    node: Node,
    dice: Dice,
    name: String,
    number: u64,
    known: Known,
    sent: Vec<Request>,
}

/// Sends again what was not answered, then whatever is drawn.
pub(super) async fn run(node: Node, number: usize, unanswered: Vec<Request>) -> anyhow::Result<()> {
    let name = format!("{}.w{number}", node.name);
    let dice = node.dice(&format!("w{number}"));
    let mut writer = Writer { node, dice, name, number: 0, known: Known::new(), sent: Vec::new() };
    for request in unanswered {
        writer.settle(&request).await;
    }
    while writer.node.is_loaded() {
        writer.act().await?;
        // A store that answers at once leaves the others no turn.
        yield_now().await;
    }
    Ok(())
}

impl Writer {
    async fn act(&mut self) -> anyhow::Result<()> {
        match self.dice.below(100) {
            0..44 => self.append().await,
            44..55 => self.chain().await,
            55..65 => self.claim().await,
            65..76 => self.decide().await,
            76..81 => self.repeat().await,
            81..83 => self.reuse().await,
            83..85 => self.nothing().await,
            85..87 => self.leave().await,
            87..89 => self.archive().await,
            89..93 => self.read_stream().await,
            93..95 => self.last().await.map(drop),
            95..97 => self.outcome().await,
            _ => self.row().await,
        }
    }

    async fn append(&mut self) -> anyhow::Result<()> {
        let request = self.draft();
        self.settle(&request).await;
        Ok(())
    }

    /// Several to one stream, one behind the other, before any of them is answered.
    async fn chain(&mut self) -> anyhow::Result<()> {
        let address = draw::address(&mut self.dice, self.node.head());
        let mut expected = draw::expected(&mut self.dice, &address, &self.known);
        let mut sent = Vec::new();
        for _ in 0..2 + self.dice.below(3) {
            let request = self.draft_at(address.clone(), expected);
            if let (Expected::Version(base) | Expected::Event(base, _), What::Append { events, .. }) =
                (expected, &request.what)
                && let Some(last) = events.last()
            {
                expected = Expected::Event(base + events.len() as u64, last.id);
            }
            let Some(append) = commands::append(&request) else { continue };
            let attempt = self.node.recorder.ask(&request);
            sent.push((attempt, self.node.database.submit(append).await, request));
        }
        let mut open = Vec::new();
        for (attempt, pending, request) in sent {
            let answer = Answer::of_append(pending.await);
            self.node.recorder.answer(attempt, answer.clone());
            self.learn(&request, &answer);
            open.extend(matches!(answer, Answer::Unknown(_)).then_some(request));
        }
        for request in open.iter().filter(|request| request.once.is_some()) {
            self.settle(request).await;
        }
        Ok(())
    }

    /// What many want and one can have.
    async fn claim(&mut self) -> anyhow::Result<()> {
        let tag = draw::claim(&mut self.dice, self.node.head());
        let mut request = self.draft();
        if let What::Append { unless, events, .. } = &mut request.what {
            let criterion = crate::Criterion { tags: vec![tag.clone()], ..crate::Criterion::default() };
            unless.push(Unless { query: Query::from(criterion), after: 0 });
            let place = self.dice.below(events.len() as u64);
            events[usize::try_from(place)?].tags.push(tag);
        }
        self.settle(&request).await;
        Ok(())
    }

    /// What depends on nothing having happened since the last that was seen.
    async fn decide(&mut self) -> anyhow::Result<()> {
        let (tenant, query, found) = self.last().await?;
        let mut request = self.draft();
        request.address.tenant = tenant;
        if let What::Append { expected, unless, .. } = &mut request.what {
            *expected = Expected::Any;
            unless.push(Unless { query, after: found.unwrap_or_default() });
        }
        self.settle(&request).await;
        Ok(())
    }

    /// The same request again.
    async fn repeat(&mut self) -> anyhow::Result<()> {
        if !self.sent.is_empty() {
            let request = self.dice.one_of(&self.sent);
            self.settle(&request).await;
        }
        Ok(())
    }

    /// Another request under a command id that was used.
    async fn reuse(&mut self) -> anyhow::Result<()> {
        if !self.sent.is_empty() {
            let used = self.dice.one_of(&self.sent);
            let mut request = self.draft();
            (request.command, request.once) = (used.command, Some(self.dice.id()));
            request.address.tenant = used.address.tenant;
            self.settle(&request).await;
        }
        Ok(())
    }

    /// An append without events.
    async fn nothing(&mut self) -> anyhow::Result<()> {
        let mut request = self.draft();
        if let What::Append { events, .. } = &mut request.what {
            events.clear();
        }
        request.once = Some(self.dice.id());
        self.settle(&request).await;
        Ok(())
    }

    /// Hands an append over and goes.
    async fn leave(&mut self) -> anyhow::Result<()> {
        let request = self.draft();
        if let Some(append) = commands::append(&request) {
            let attempt = self.node.recorder.ask(&request);
            drop(self.node.database.submit(append).await);
            self.node.recorder.answer(attempt, Answer::Dropped);
        }
        Ok(())
    }

    async fn archive(&mut self) -> anyhow::Result<()> {
        let address = draw::address(&mut self.dice, self.node.head());
        let Some((at, _)) = self.known.get(&address).copied().filter(|(version, _)| *version > 0) else {
            return Ok(());
        };
        let (command, token) = (self.dice.id(), self.token());
        let request = Request { token, address, command, once: None, what: What::Archive { at } };
        let answer = commands::send(&self.node, &request).await;
        self.learn(&request, &answer);
        self.pause_after(&answer).await;
        Ok(())
    }

    /// Mostly one that it has written to, and knows how far that went.
    async fn read_stream(&mut self) -> anyhow::Result<()> {
        let address = if self.sent.is_empty() || self.dice.percent(40) {
            draw::address(&mut self.dice, self.node.head())
        } else {
            self.dice.one_of(&self.sent).address
        };
        let begun = Moment::now();
        let read = self.node.database.read_stream(&address.tenant(), &address.stream(), Versions::ALL).await;
        if let Some(events) = rows::available(read).await? {
            self.known.insert(address.clone(), (events.len() as u64, events.last().map(|event| event.id.0)));
            let events = events.iter().map(Glimpse::of).collect();
            self.node.recorder.saw(begun, Sight::Stream { address, events });
        }
        Ok(())
    }

    /// The last event of a query, drawn; `None` too if that cannot be known now.
    async fn last(&mut self) -> anyhow::Result<(String, Query, Option<u64>)> {
        let (tenant, query) = (draw::tenant(&mut self.dice), draw::query(&mut self.dice, self.node.head()));
        let begun = Moment::now();
        let read = self.node.database.last_position(&query::tenant(&tenant), &query.to_port()).await;
        let Some(found) = rows::available(read).await? else { return Ok((tenant, query, None)) };
        let found = found.map(|position| position.0);
        let sight = Sight::Last { tenant: tenant.clone(), query: query.clone(), found };
        self.node.recorder.saw(begun, sight);
        Ok((tenant, query, found))
    }

    async fn outcome(&mut self) -> anyhow::Result<()> {
        if self.sent.is_empty() {
            return Ok(());
        }
        let request = self.dice.one_of(&self.sent);
        let (tenant, command) = (request.address.tenant.clone(), request.command);
        let begun = Moment::now();
        let read = self.node.database.outcome(&query::tenant(&tenant), CommandId(command)).await;
        if let Some(found) = rows::available(read).await? {
            let found = found.map(|(_, outcome)| (outcome.version.0, outcome.position.0));
            self.node.recorder.saw(begun, Sight::Outcome { tenant, command, found });
        }
        Ok(())
    }

    async fn row(&mut self) -> anyhow::Result<()> {
        let tenant = draw::tenant(&mut self.dice);
        let number = self.dice.below(4);
        rows::look(&self.node, &tenant, number).await
    }

    fn draft(&mut self) -> Request {
        let address = draw::address(&mut self.dice, self.node.head());
        let expected = draw::expected(&mut self.dice, &address, &self.known);
        self.draft_at(address, expected)
    }

    fn draft_at(&mut self, address: Address, at: Expected) -> Request {
        let (token, events) = (self.token(), draw::events(&mut self.dice));
        let mut request = draw::append(&mut self.dice, token, address, events);
        if let What::Append { expected, .. } = &mut request.what {
            *expected = at;
        }
        request
    }

    fn token(&mut self) -> String {
        self.number += 1;
        format!("{}.{}", self.name, self.number)
    }

    /// Sends a request, again and again while it is not known what has become of it and that can be found out so.
    async fn settle(&mut self, request: &Request) {
        loop {
            let answer = commands::send(&self.node, request).await;
            self.learn(request, &answer);
            self.pause_after(&answer).await;
            if !matches!(answer, Answer::Unknown(_)) || request.once.is_none() || self.node.is_over() {
                break;
            }
        }
    }

    async fn pause_after(&self, answer: &Answer) {
        if matches!(answer, Answer::Unknown(_)) {
            sleep(PAUSE).await;
        }
    }

    fn learn(&mut self, request: &Request, answer: &Answer) {
        let last = match &request.what {
            What::Append { events, .. } => events.last().map(|new| new.id),
            _ => None,
        };
        match answer {
            Answer::Done { version, replayed, .. } => {
                let last = last.filter(|_| !replayed);
                self.known.insert(request.address.clone(), (*version, last));
                if request.once.is_some() {
                    self.remember(request);
                }
            }
            Answer::Refused(Refusal::Version { actual: version }) => {
                self.known.insert(request.address.clone(), (*version, None));
            }
            _ => {}
        }
    }

    fn remember(&mut self, request: &Request) {
        if self.sent.len() == REMEMBERED {
            let oldest = self.dice.below(REMEMBERED as u64);
            self.sent.swap_remove(usize::try_from(oldest).unwrap_or_default());
        }
        self.sent.push(request.clone());
    }
}
