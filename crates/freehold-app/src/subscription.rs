//! Subscriptions: the events of the log for whoever wants to follow them, first what there is, then what comes.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use freehold_domain::{DecodeError, EventSet, Position, RawEvent, Recorded, StreamId};
use freehold_ports::{EventQuery, Scope, StoreError};
use futures_util::{future::BoxFuture, stream::Stream};
use tokio_util::sync::CancellationToken;

use crate::{
    Application,
    backoff::Backoff,
    projection::kinds,
    reader::{Pages, Reader},
};

/// Which events are followed, and from where on.
#[derive(Clone, Debug)]
pub struct Subscription {
    scope: Scope,
    query: EventQuery,
    start: Start,
    ahead: usize,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    After(Position),
    Now,
}

impl Subscription {
    /// How many events are read ahead of their consumer unless a subscription says otherwise.
    pub const AHEAD: usize = 256;

    /// All events of a tenant, or of every tenant, from the first on.
    pub fn to(scope: Scope) -> Self {
        let start = Start::After(Position::START);
        Self { scope, query: EventQuery::all(), start, ahead: Self::AHEAD }
    }

    /// Only those that match.
    #[must_use]
    pub fn matching(self, query: EventQuery) -> Self {
        Self { query, ..self }
    }

    /// Only those behind a position: where an [`EventStream::cursor`] stood.
    #[must_use]
    pub fn after(self, position: Position) -> Self {
        Self { start: Start::After(position), ..self }
    }

    /// Only those that are still to come. One that is appended by another node just before may come too.
    #[must_use]
    pub fn from_now(self) -> Self {
        Self { start: Start::Now, ..self }
    }

    /// With so many events at most, and at least one, read ahead of their consumer.
    #[must_use]
    pub fn ahead(self, events: usize) -> Self {
        Self { ahead: events.max(1), ..self }
    }
}

impl Application {
    /// Follows the log: every event that matches, once and in order, first those that there are, then each as it is
    /// appended. It ends when the host stops, and only then.
    ///
    /// Nothing is read before it is asked for, and then no more than the subscription allows for. While the store
    /// fails nothing comes; it is asked again, later each time, and the stream goes on behind the last event that it
    /// has given. Whoever has to start anew goes on behind the stream's [cursor](EventStream::cursor).
    ///
    /// ```
    /// use freehold::{app::{Host, Subscription}, memory::Memory, ports::{EventQuery, Scope}, Tag};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::builder(Memory::new()).start().await?;
    /// let subscription =
    ///     Subscription::to(Scope::Tenant("acme".parse()?)).matching(EventQuery::tag(Tag::new("express")));
    /// let mut events = host.application().subscribe(subscription);
    /// # host.stop().await;
    /// while let Some(event) = events.next().await {
    ///     println!("{}: {} of {}", event.position, event.event.name, event.stream);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe(&self, subscription: Subscription) -> EventStream<Recorded<RawEvent>> {
        let Subscription { scope, query, start, ahead } = subscription;
        let after = match start {
            Start::After(position) => position,
            Start::Now => *self.database.head().borrow(),
        };
        // One page is being given out while the other is being read.
        let pages = Pages { scope, query, limit: ahead.div_ceil(2) };
        let feed = Feed {
            reader: Reader::new(self.database.clone(), pages, after),
            reads_ahead: ahead > 1,
            read: VecDeque::new(),
            backoff: Backoff::default(),
            stop: self.tasks.stop_token(),
        };
        EventStream { state: State::Giving(feed), cursor: after, give: Some }
    }

    /// The same for the events of a set, decoded. One that cannot be read comes as an error, and the stream goes on.
    pub fn subscribe_to<E: EventSet>(
        &self,
        mut subscription: Subscription,
    ) -> EventStream<Result<Recorded<E>, Unreadable>> {
        narrow::<E>(&mut subscription.query);
        let EventStream { state, cursor, .. } = self.subscribe(subscription);
        EventStream { state, cursor, give: decode }
    }
}

/// Leaves in a query only events of the set, where it does not name kinds itself.
fn narrow<E: EventSet>(query: &mut EventQuery) {
    if query.any_of.is_empty() {
        *query = EventQuery::kinds(kinds::<E>());
    }
    for criterion in query.any_of.iter_mut().filter(|criterion| criterion.kinds.is_empty()) {
        criterion.kinds = kinds::<E>();
    }
}

fn decode<E: EventSet>(event: Recorded<RawEvent>) -> Option<Result<Recorded<E>, Unreadable>> {
    let decoded = E::decode_recorded(&event)?;
    Some(decoded.map_err(|source| Unreadable { stream: event.stream, position: event.position, source }))
}

/// An event of a subscription that this program cannot read.
#[derive(Debug, thiserror::Error)]
#[error("the event at position {position}, of {stream}: {source}")]
pub struct Unreadable {
    /// Its stream.
    pub stream: StreamId,
    /// Its position.
    pub position: Position,
    /// Why.
    pub source: DecodeError,
}

/// The events of a subscription, as they come.
pub struct EventStream<T> {
    state: State,
    cursor: Position,
    /// What is given out of an event, if anything is.
    give: fn(Recorded<RawEvent>) -> Option<T>,
}

/// What an event stream is at.
enum State {
    /// Giving out what was read.
    Giving(Feed),
    /// Reading what comes next.
    Reading(BoxFuture<'static, Option<Feed>>),
    Ended,
}

impl<T> EventStream<T> {
    /// The next event; `None`, once the host has been told to stop. What is dropped while it waits loses nothing.
    pub async fn next(&mut self) -> Option<T> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Where another subscription goes on: every event that matches and lies at or before this position has been given
    /// out. It moves past events that do not match, too, while the stream is asked for the next one.
    pub fn cursor(&self) -> Position {
        self.cursor
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match &mut self.state {
                State::Giving(feed) if feed.stop.is_cancelled() => self.state = State::Ended,
                State::Giving(feed) => {
                    let event = feed.read.pop_front();
                    self.cursor = feed.cursor(event.as_ref());
                    match event {
                        Some(event) => {
                            if let Some(given) = (self.give)(event) {
                                return Poll::Ready(Some(given));
                            }
                        }
                        None => self.read_on(),
                    }
                }
                State::Reading(reading) => {
                    let read = ready!(reading.as_mut().poll(context));
                    self.state = read.map_or(State::Ended, State::Giving);
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }

    fn read_on(&mut self) {
        if let State::Giving(feed) = mem::replace(&mut self.state, State::Ended) {
            self.state = State::Reading(Box::pin(feed.filled()));
        }
    }
}

impl<T> Stream for EventStream<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_event(context)
    }
}

impl<T> fmt::Debug for EventStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("cursor", &self.cursor()).finish_non_exhaustive()
    }
}

/// What stands behind a stream of events.
struct Feed {
    reader: Reader,
    reads_ahead: bool,
    /// What was read and not yet given out.
    read: VecDeque<Recorded<RawEvent>>,
    backoff: Backoff,
    stop: CancellationToken,
}

impl Feed {
    /// When an event is given out, what lies before it has been; when all are, what was read has been.
    fn cursor(&self, event: Option<&Recorded<RawEvent>>) -> Position {
        match event {
            Some(event) if !self.read.is_empty() => event.position,
            _ => self.reader.position(),
        }
    }

    /// Itself with the next page; `None`, once it is to stop.
    async fn filled(mut self) -> Option<Self> {
        self.stop.clone().run_until_cancelled(self.refill()).await?;
        Some(self)
    }

    /// Reads the next page as soon as there is one. After a failure it waits, and nothing has been read.
    async fn refill(&mut self) {
        match self.read_on().await {
            Ok(()) => self.backoff.reset(),
            Err(error) => {
                tracing::warn!(%error, "a subscription cannot read the log");
                self.backoff.pause().await;
            }
        }
    }

    async fn read_on(&mut self) -> Result<(), StoreError> {
        self.reader.grown().await?;
        self.read = self.reader.read().await?.events.into();
        if self.reads_ahead {
            self.reader.read_ahead();
        }
        Ok(())
    }
}
