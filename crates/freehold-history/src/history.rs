//! The history: what all processes have written down, put together.

use std::{collections::BTreeMap, path::Path};

use crate::{Answer, Moment, Record, Request, Seen, Token, recorder};

/// What was asked for, answered and seen.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every request, with each time that it was sent.
    pub asked: BTreeMap<Token, Asked>,
    /// What was seen, in the order of each process.
    pub seen: Vec<Seen>,
    /// The readers that came to their end, and up to where they had to read.
    pub finished: Vec<(String, u64)>,
    /// Requests that go by a name that another one has.
    pub confused: Vec<Token>,
}

/// A request, and what became of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// Each time that it was sent.
    pub attempts: Vec<Attempt>,
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When.
    pub begun: Moment,
    /// When it was answered, and with what.
    pub ended: Option<(Moment, Answer)>,
}

impl History {
    /// Everything in the files of a folder, in the order of their names.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
        files.sort();
        let mut history = Self::default();
        for file in files {
            history.add(recorder::read(&file)?);
        }
        Ok(history)
    }

    /// Adds what a process has written down.
    pub fn add(&mut self, records: Vec<Record>) {
        let mut attempts: BTreeMap<u64, (Token, usize)> = BTreeMap::new();
        for record in records {
            match record {
                Record::Asked { at, attempt, request } => {
                    let place = self.ask(at, request);
                    attempts.insert(attempt, place);
                }
                Record::Answered { at, attempt, answer } => self.answer(attempts.get(&attempt), at, answer),
                Record::Saw(seen) => self.seen.push(seen),
                Record::Finished { reader, at_least } => self.finished.push((reader, at_least)),
            }
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "what was asked is over with the line")]
    fn ask(&mut self, begun: Moment, request: Request) -> (Token, usize) {
        let token = request.token.clone();
        let asked = self
            .asked
            .entry(token.clone())
            .or_insert_with(|| Asked { request: request.clone(), attempts: Vec::new() });
        if asked.request != request {
            self.confused.push(token.clone());
        }
        asked.attempts.push(Attempt { begun, ended: None });
        (token, asked.attempts.len() - 1)
    }

    fn answer(&mut self, place: Option<&(Token, usize)>, at: Moment, answer: Answer) {
        let attempt = place.and_then(|(token, number)| self.asked.get_mut(token)?.attempts.get_mut(*number));
        if let Some(attempt) = attempt {
            attempt.ended = Some((at, answer));
        }
    }

    /// How many requests were answered with a success.
    pub fn done(&self) -> usize {
        self.asked.values().filter(|asked| asked.done().next().is_some()).count()
    }
}

impl Asked {
    /// Every success that was told, with when it was asked for and told.
    pub fn done(&self) -> impl Iterator<Item = Done> {
        self.attempts.iter().filter_map(|attempt| match attempt.ended {
            Some((ended, Answer::Done { version, position, replayed })) => {
                Some(Done { begun: attempt.begun, ended, version, position, replayed })
            }
            _ => None,
        })
    }

    /// Every refusal that was told, with when it was asked for and told.
    pub fn refused(&self) -> impl Iterator<Item = (Moment, Moment, &crate::Refusal)> {
        self.attempts.iter().filter_map(|attempt| match &attempt.ended {
            Some((ended, Answer::Refused(refusal))) => Some((attempt.begun, *ended, refusal)),
            _ => None,
        })
    }

    /// When it was sent first.
    pub fn begun(&self) -> Moment {
        self.attempts.iter().map(|attempt| attempt.begun).min().unwrap_or_default()
    }

    /// Whether it may have been carried out, for all that its sender knows.
    pub fn may_be_done(&self) -> bool {
        self.attempts.iter().any(|attempt| match &attempt.ended {
            Some((_, answer)) => answer.may_be_done(),
            None => true,
        })
    }
}

/// A success as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// When it was asked for.
    pub begun: Moment,
    /// When it was told.
    pub ended: Moment,
    /// The version of the stream.
    pub version: u64,
    /// The position.
    pub position: u64,
    /// Whether it had been carried out before.
    pub replayed: bool,
}
