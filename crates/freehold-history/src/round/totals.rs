//! Totals: what many rounds have shown together.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::{Plan, Report, Told};

/// What many rounds have shown together.
#[derive(Debug, Default)]
pub struct Totals {
    rounds: BTreeMap<String, usize>,
    crashes: BTreeMap<&'static str, usize>,
    missed: usize,
    requests: usize,
    done: usize,
    events: usize,
    seen: usize,
    violated: usize,
}

impl Totals {
    /// Adds a round.
    pub fn add(&mut self, plan: &Plan, report: &Report) {
        *self.rounds.entry(format!("{} with {} at a time", plan.place, plan.nodes)).or_default() += 1;
        for happened in &report.crashes {
            match happened.told {
                Told::Happened(_) => *self.crashes.entry(happened.crash.kind()).or_default() += 1,
                Told::Missed(_) => self.missed += 1,
            }
        }
        self.requests += report.requests;
        self.done += report.done;
        self.events += report.events;
        self.seen += report.seen;
        self.violated += usize::from(!report.violations.is_empty());
    }

    /// How many crashes have happened.
    pub fn crashes(&self) -> usize {
        self.crashes.values().sum()
    }

    /// How many rounds violate a law.
    pub fn violated(&self) -> usize {
        self.violated
    }

    /// For people, with the time that all of it has taken.
    pub fn told(&self, took: Duration) -> String {
        format!("{self}\n{:.0} s", took.as_secs_f64())
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, done, events, seen, missed, violated, .. } = self;
        let rounds: usize = self.rounds.values().sum();
        write!(f, "{rounds} rounds, {} crashes, {violated} rounds with violations", self.crashes())?;
        for (place, count) in &self.rounds {
            write!(f, "\n  {count:>5} rounds on {place}")?;
        }
        for (kind, count) in &self.crashes {
            write!(f, "\n  {count:>5} times {kind}")?;
        }
        if *missed > 0 {
            write!(f, "\n  {missed:>5} times there was nothing to stop")?;
        }
        write!(f, "\n{requests} requests, {done} carried out, {events} events, {seen} sights")
    }
}
