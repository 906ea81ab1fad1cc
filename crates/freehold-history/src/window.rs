//! Windows: how far the log went when something was seen or decided, as far as real time tells.
//!
//! What was acknowledged or seen before something began was there for it; what was only asked for after it had ended
//! was not.

use crate::{Answer, History, Log, Moment, Refusal, Sight, What};

/// What is known of the head of the log over time.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// From a moment on it went so far at least: sorted, growing.
    least: Vec<(Moment, u64)>,
    /// Until a moment it went so far at most: sorted, growing.
    most: Vec<(Moment, u64)>,
    head: u64,
}

impl Window {
    /// Of a history that has led to a log.
    pub fn of(history: &History, log: &Log) -> Self {
        let mut least = known(history, log);
        least.sort_unstable();
        let mut highest = 0;
        for (_, position) in &mut least {
            highest = highest.max(*position);
            *position = highest;
        }
        let mut most: Vec<(Moment, u64)> = history
            .asked
            .values()
            .filter_map(|asked| {
                let first = log.request(&asked.request.token).next()?;
                Some((asked.begun(), first.position().saturating_sub(1)))
            })
            .collect();
        most.sort_unstable();
        let mut lowest = log.head();
        for (_, position) in most.iter_mut().rev() {
            lowest = lowest.min(*position);
            *position = lowest;
        }
        Self { least, most, head: log.head() }
    }

    /// How far the log went at that moment at least.
    pub fn least(&self, at: Moment) -> u64 {
        let before = self.least.partition_point(|(known, _)| *known < at);
        before.checked_sub(1).map_or(0, |place| self.least[place].1)
    }

    /// How far it went at that moment at most.
    pub fn most(&self, at: Moment) -> u64 {
        let behind = self.most.partition_point(|(begun, _)| *begun <= at);
        self.most.get(behind).map_or(self.head, |(_, position)| *position)
    }
}

/// From when on positions were known to be there.
fn known(history: &History, log: &Log) -> Vec<(Moment, u64)> {
    let mut known = Vec::new();
    for asked in history.asked.values() {
        for (ended, answer) in asked.attempts.iter().filter_map(|attempt| attempt.ended.as_ref()) {
            let position = match answer {
                Answer::Done { position, .. } => Some(*position),
                Answer::Refused(Refusal::Query { found, .. }) => Some(*found),
                Answer::Refused(Refusal::Version { actual }) if !is_command(&asked.request.what) => {
                    log.in_stream(&asked.request.address, *actual).map(crate::Event::position)
                }
                _ => None,
            };
            known.extend(position.map(|position| (*ended, position)));
        }
    }
    let seen = history.seen.iter().filter_map(|seen| {
        let position = match &seen.what {
            Sight::Page(page) => Some(page.read_to),
            Sight::Stream { events, .. } => events.last().map(|event| event.0),
            Sight::Last { found, .. } => *found,
            Sight::Outcome { found, .. } => found.map(|(_, position)| position),
            Sight::Head { position, .. } => Some(*position),
            Sight::Row { row, .. } => row.as_ref().map(|row| row.position),
        };
        position.map(|position| (seen.ended, position))
    });
    known.extend(seen);
    known
}

fn is_command(what: &What) -> bool {
    matches!(what, What::Command { .. })
}
