//! Dead letters: what rows could not take in, and what waits behind it.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::{SystemTime, UNIX_EPOCH},
};

use freehold_domain::{Duration, Position, RawEvent, Recorded, TenantId, Timestamp};
use freehold_ports::{
    DeadLetter, DeadLetterQuery, FoldError, Folding, Parked, Projection, RowId, TakeUp, TakenUp, ViewVersion,
    retry_after,
};
use tokio::time::Instant;

use crate::memory::State;

/// How many events are taken up at once.
const AT_ONCE: usize = 500;

/// All that wait, by number.
#[derive(Default)]
pub(crate) struct DeadLetters {
    letters: BTreeMap<u64, Letter>,
    last: u64,
}

struct Letter {
    told: DeadLetter,
    next: Option<Instant>,
    waiting: BTreeSet<Position>,
}

impl DeadLetters {
    pub(crate) fn has_any(&self, view: &ViewVersion) -> bool {
        self.letters.values().any(|letter| letter.is_of(view))
    }

    pub(crate) fn count(&self, view: &ViewVersion, partition: u32) -> u64 {
        let of = |letter: &&Letter| letter.is_of(view) && letter.told.partition == partition;
        self.letters.values().filter(of).count() as u64
    }

    /// Which of these rows are parked.
    pub(crate) fn among<'i>(
        &self,
        view: &ViewVersion,
        ids: impl Iterator<Item = &'i RowId>,
    ) -> HashSet<RowId> {
        ids.filter(|id| self.of_row(view, id).is_some()).cloned().collect()
    }

    fn of_row(&self, view: &ViewVersion, id: &RowId) -> Option<u64> {
        let of = |letter: &Letter| {
            letter.is_of(view) && letter.told.tenant == id.tenant && letter.told.key == id.key_text()
        };
        self.letters.iter().find(|(_, letter)| of(letter)).map(|(&number, _)| number)
    }

    /// Puts events in, behind those of their row that are there.
    pub(crate) fn park(&mut self, view: &ViewVersion, of: u32, parked: Vec<Parked<'_>>) {
        for Parked { id, error, events } in parked {
            let number = self.of_row(view, &id).unwrap_or_else(|| {
                self.last += 1;
                self.letters.insert(self.last, Letter::new(self.last, view, of, &id, events[0]));
                self.last
            });
            let Some(letter) = self.letters.get_mut(&number) else { continue };
            letter.waiting.extend(events.iter().map(|event| event.position));
            if let Some(error) = error {
                letter.fail(events[0], &error, 1);
            }
        }
    }

    pub(crate) fn remove_all(&mut self, view: &str) {
        self.letters.retain(|_, letter| letter.told.view != view);
    }

    /// What was of one view is of the other from now on.
    pub(crate) fn change_places(&mut self, (from, to): (&ViewVersion, &ViewVersion), beside: &ViewVersion) {
        for letter in self.letters.values_mut() {
            let next = if letter.is_of(from) {
                beside
            } else if letter.is_of(beside) {
                to
            } else {
                continue;
            };
            (letter.told.view, letter.told.version) = (next.view.clone(), next.version);
        }
    }

    /// Those that are asked for.
    pub(crate) fn select(&self, query: &DeadLetterQuery) -> Vec<DeadLetter> {
        let now = Instant::now();
        let behind = self.letters.range(query.after + 1..).map(|(_, letter)| letter);
        let meant = behind.filter(|letter| {
            query.view.as_ref().is_none_or(|view| *view == letter.told.view)
                && (!query.due || letter.next.is_some_and(|next| next <= now))
        });
        meant.take(query.limit as usize).map(|letter| letter.told(now)).collect()
    }
}

impl Letter {
    fn new(number: u64, view: &ViewVersion, of: u32, id: &RowId, event: &Recorded<RawEvent>) -> Self {
        let now = now();
        let told = DeadLetter {
            number,
            view: view.view.clone(),
            version: view.version,
            partition: id.partition(of),
            tenant: id.tenant.clone(),
            key: id.key_text(),
            position: event.position,
            stream: event.stream.clone(),
            name: event.event.name.clone(),
            correlation: event.metadata.correlation,
            error: String::new(),
            attempts: 0,
            waiting: 0,
            parked: now,
            tried: now,
            next: None,
        };
        Self { told, next: None, waiting: BTreeSet::new() }
    }

    fn is_of(&self, view: &ViewVersion) -> bool {
        (&self.told.view, self.told.version) == (&view.view, view.version)
    }

    /// It has failed so many times at this event.
    fn fail(&mut self, event: &Recorded<RawEvent>, error: &FoldError, attempts: u32) {
        let told = &mut self.told;
        (told.position, told.stream, told.name) =
            (event.position, event.stream.clone(), event.event.name.clone());
        (told.correlation, told.error, told.attempts) =
            (event.metadata.correlation, error.reason.clone(), attempts);
        told.tried = now();
        self.next = retry_after(&told.key, attempts).map(|pause| Instant::now() + pause);
    }

    fn told(&self, now: Instant) -> DeadLetter {
        let next = self.next.map(|next| self::now() + Duration::try_from(next - now).unwrap_or_default());
        DeadLetter { waiting: self.waiting.len() as u64, next, ..self.told.clone() }
    }
}

#[expect(clippy::disallowed_methods, reason = "a database has a clock of its own")]
pub(crate) fn now() -> Timestamp {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(Timestamp::from_micros(0), |since| {
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    })
}

/// Takes up what waits in a letter.
pub(crate) fn take_up(state: &mut State, projection: &dyn Projection, number: u64, how: TakeUp) -> TakenUp {
    let view = ViewVersion::of(projection.schema());
    let Some(letter) = state.dead_letters.letters.get_mut(&number).filter(|letter| letter.is_of(&view))
    else {
        return TakenUp::Gone;
    };
    if let TakeUp::Skip(position) = how {
        if letter.waiting.first() != Some(&position) {
            return TakenUp::Gone;
        }
        letter.waiting.pop_first();
    }
    let waiting: Vec<Position> = letter.waiting.iter().copied().take(AT_ONCE).collect();
    let (tenant, key, attempts, failed_at) =
        (letter.told.tenant.clone(), letter.told.key.clone(), letter.told.attempts, letter.told.position);
    let events: Vec<_> = waiting.iter().filter_map(|&position| state.event(position).cloned()).collect();
    let failure = take_in(state, projection, &events, (&tenant, &key));
    let letters = &mut state.dead_letters.letters;
    let Some(letter) = letters.get_mut(&number) else { return TakenUp::Gone };
    if let Some((event, error)) = failure {
        let attempts = if event.position == failed_at { attempts + 1 } else { 1 };
        letter.waiting = letter.waiting.split_off(&event.position);
        letter.fail(event, &error, attempts);
        return TakenUp::Failed(error.reason);
    }
    letter.waiting.retain(|position| !waiting.contains(position));
    if letter.waiting.is_empty() {
        letters.remove(&number);
        return TakenUp::Done;
    }
    TakenUp::More
}

/// Folds events of a letter into their rows: the first that cannot be taken in.
fn take_in<'e>(
    state: &mut State,
    projection: &dyn Projection,
    events: &'e [Recorded<RawEvent>],
    (tenant, key): (&TenantId, &str),
) -> Option<(&'e Recorded<RawEvent>, FoldError)> {
    let view = ViewVersion::of(projection.schema());
    let of = u32::try_from(state.partitions.get(&view).map_or(1, BTreeMap::len)).unwrap_or(1);
    let mut folding = Folding::of_letter(projection, events, key);
    let mut parked = state.dead_letters.among(&view, folding.ids());
    parked.retain(|id| id.key_text() != key || id.tenant != *tenant);
    let behind = folding.leave_parked(&parked);
    let unkeyed = folding.leave_unkeyed();
    let rows = state.rows_for(projection, &mut folding);
    let mut folded = folding.outcome(rows);
    folded.parked.extend(unkeyed);
    if let Some((place, error)) = folded.first_failure(events) {
        // Nothing of it has been written: what comes before it is taken in by itself.
        take_in(state, projection, &events[..place], (tenant, key));
        return Some((&events[place], error));
    }
    state.write_rows(projection, folded.changes);
    state.dead_letters.park(&view, of, behind);
    None
}
