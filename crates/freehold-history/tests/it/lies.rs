//! Every lie about what has happened breaks a law.

use freehold::memory::Memory;
use freehold_history::{
    Act, Address, Answer, Asked, Event, Evidence, Expected, History, Log, Page, PageEnd, Refusal, Request,
    Row, Seen, Sight, Unless, What,
};
use uuid::Uuid;

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

const LOG: &[Lie] = &[
    ("an event is gone", "positions are dense", |told| {
        told.events.remove(10);
        true
    }),
    (
        "an event is gone, and nothing else shows it",
        "a request is written whole, in one place, once",
        |told| {
            let of_several =
                told.events.iter().find(|event| event.mark.part == 1).expect("some have several").id;
            told.close_up(|event| event.id != of_several);
            true
        },
    ),
    ("a request is gone", "what was acknowledged is there, where its answer says", |told| {
        let Some((request, _)) = told.done(is_append) else { return false };
        let token = request.token.clone();
        told.close_up(|event| event.mark.token != token);
        true
    }),
    ("an event is there twice", "a request is written whole, in one place, once", |told| {
        let again = told.events[10].clone();
        told.events.push(again);
        told.close_up(|_| true);
        true
    }),
    (
        "two events of a stream have changed places",
        "versions of a stream are dense, in the order of the log",
        |told| {
            let Some(place) = told.events.windows(2).position(|pair| pair[0].address == pair[1].address)
            else {
                return false;
            };
            told.events.swap(place, place + 1);
            let (first, second) = (told.events[place].glimpse.0, told.events[place + 1].glimpse.0);
            (told.events[place].glimpse.0, told.events[place + 1].glimpse.0) = (second, first);
            true
        },
    ),
    ("an event belongs to another tenant", "every event is one that was asked for", |told| {
        "elsewhere".clone_into(&mut told.events[10].address.tenant);
        true
    }),
    ("an event has another content", "every event is one that was asked for", |told| {
        let Some(event) = told.events.iter_mut().find(|event| event.payload.contains("pad")) else {
            return false;
        };
        event.payload = event.payload.replace("pad", "bad");
        true
    }),
    ("an event has another id", "every event is one that was asked for", |told| {
        let Some(event) = told.events.iter_mut().find(|event| event.payload.contains("pad")) else {
            return false;
        };
        event.id = Uuid::nil();
        true
    }),
    ("an event is of another kind", "every event is one that was asked for", |told| {
        "Invented".clone_into(&mut told.events[10].name);
        true
    }),
    ("an event follows from another command", "every event is one that was asked for", |told| {
        let Some(event) = told.events.iter_mut().find(|event| event.payload.contains("pad")) else {
            return false;
        };
        event.command = Uuid::nil();
        true
    }),
    ("an event was never asked for", "every event is one that was asked for", |told| {
        "nobody".clone_into(&mut told.events[10].mark.token);
        true
    }),
    ("an event is another one than was read", "a page holds what matches, once and in order", |told| {
        told.events[10].glimpse.1 ^= 1;
        true
    }),
    (
        "the later of two requests lies before the earlier",
        "what was answered is no older than what was known, and no newer than was asked for",
        |told| {
            let history = &told.history;
            let begun = |event: &Event| history.asked[&event.mark.token].begun();
            let ended = |event: &Event| history.asked[&event.mark.token].done().next().map(|done| done.ended);
            let Some(place) = told.events.windows(2).position(|pair| {
                let are_alone =
                    pair.iter().all(|event| history.asked[&event.mark.token].request.names().len() == 1);
                are_alone && ended(&pair[0]).is_some_and(|ended| ended < begun(&pair[1]))
            }) else {
                return false;
            };
            let position = told.events[place].position();
            told.events.swap(place, place + 1);
            told.close_up(|_| true);
            let tokens = [place, place + 1].map(|place| told.events[place].mark.token.clone());
            for (token, position) in tokens.iter().zip([position, position + 1]) {
                for attempt in &mut told.history.asked.get_mut(token).expect("it was asked for").attempts {
                    if let Some((_, Answer::Done { position: at, .. })) = &mut attempt.ended {
                        *at = position;
                    }
                }
            }
            true
        },
    ),
];

const ANSWERS: &[Lie] = &[
    ("another version was told", "what was acknowledged is there, where its answer says", |told| {
        let Some((_, Answer::Done { version, .. })) = told.done(has_events) else { return false };
        *version += 1;
        true
    }),
    ("another position was told", "what was acknowledged is there, where its answer says", |told| {
        let Some((_, Answer::Done { position, .. })) = told.done(has_events) else { return false };
        *position += 1;
        true
    }),
    (
        "another version was told of an append without events",
        "what was acknowledged is there, where its answer says",
        |told| {
            let Some((_, Answer::Done { version, .. })) = told.done(|asked| !has_events(asked)) else {
                return false;
            };
            *version += 1;
            true
        },
    ),
    (
        "an old head was told of an append without events",
        "what was answered is no older than what was known, and no newer than was asked for",
        |told| {
            let mut empty = told
                .history
                .asked
                .values_mut()
                .filter(|asked| !has_events(asked))
                .flat_map(|asked| &mut asked.attempts);
            let late = empty.rfind(|attempt| {
                matches!(attempt.ended, Some((_, Answer::Done { position: 100.., replayed: false, .. })))
            });
            let Some((_, Answer::Done { position, version, .. })) =
                late.and_then(|attempt| attempt.ended.as_mut())
            else {
                return false;
            };
            (*position, *version) = (0, 0);
            true
        },
    ),
    ("what is there was refused", "what was refused is not there", |told| {
        let Some((_, answer)) = told.done(|asked| is_append(asked) && asked.attempts.len() == 1) else {
            return false;
        };
        *answer = Answer::Refused(Refusal::Slow);
        true
    }),
    ("what is there was refused by a condition before", "what was refused is not there", |told| {
        let Some(asked) =
            told.history.asked.values_mut().find(|asked| is_append(asked) && asked.done().next().is_some())
        else {
            return false;
        };
        let mut attempt = asked.attempts[0].clone();
        attempt.ended = Some((attempt.begun, Answer::Refused(Refusal::Version { actual: 0 })));
        asked.attempts.push(attempt);
        true
    }),
    ("what was refused was acknowledged", "what was acknowledged is there, where its answer says", |told| {
        let mut attempts = told
            .history
            .asked
            .values_mut()
            .filter(|asked| is_append(asked))
            .flat_map(|asked| &mut asked.attempts);
        let Some((_, answer)) = attempts.find_map(|attempt| {
            attempt.ended.as_mut().filter(|(_, answer)| matches!(answer, Answer::Refused(_)))
        }) else {
            return false;
        };
        *answer = Answer::Done { version: 1, position: 1, replayed: false };
        true
    }),
    ("a command was carried out twice", "a command id leads to one outcome", |told| {
        told.history.asked.values_mut().any(|asked| {
            let mut answers = asked.attempts.iter_mut().filter_map(|attempt| attempt.ended.as_mut());
            let replay = answers.find_map(|(_, answer)| match answer {
                Answer::Done { replayed, .. } if *replayed => Some(replayed),
                _ => None,
            });
            replay.map(|replayed| *replayed = false).is_some()
                && asked.done().filter(|done| !done.replayed).count() > 1
        })
    }),
    ("a command was carried out for another request too", "a command id leads to one outcome", |told| {
        let once = |asked: &&Asked| {
            is_append(asked) && asked.request.once.is_some() && asked.done().next().is_some()
        };
        let Some(first) = told.history.asked.values().find(once).map(|asked| asked.request.clone()) else {
            return false;
        };
        let other = |asked: &&mut Asked| {
            is_append(asked)
                && asked.request.once.is_some()
                && asked.done().next().is_some()
                && asked.request.token != first.token
                && asked.request.address.tenant == first.address.tenant
        };
        told.history
            .asked
            .values_mut()
            .find(other)
            .map(|asked| asked.request.command = first.command)
            .is_some()
    }),
    (
        "a command id was refused that nobody had used",
        "a command id is refused to another request only if it was used",
        |told| {
            told.refused(|request, refusal| {
                let is = matches!(refusal, Refusal::Version { .. }) && request.once.is_some();
                if is {
                    *refusal = Refusal::Reused;
                }
                is
            })
        },
    ),
    ("a version was refused that there never was", "what was refused met what it was refused for", |told| {
        told.refused(|request, refusal| match refusal {
            Refusal::Version { actual } if matches!(request.what, What::Append { .. }) => {
                *actual += 100_000;
                true
            }
            _ => false,
        })
    }),
    ("the version that was expected was refused", "what was refused met what it was refused for", |told| {
        told.refused(|request, refusal| match (&request.what, refusal) {
            (What::Append { expected: Expected::Version(version), .. }, Refusal::Version { actual }) => {
                *actual = *version;
                true
            }
            _ => false,
        })
    }),
    ("an event was refused that is the one", "what was refused met what it was refused for", |told| {
        told.history.asked.values_mut().any(|asked| {
            let What::Append { expected: Expected::Event(at, id), .. } = &asked.request.what else {
                return false;
            };
            let is_right = told.events.iter().any(|event| {
                event.address == asked.request.address && event.version == *at && event.id == *id
            });
            let at = *at;
            is_right
                && asked.attempts.iter_mut().any(|attempt| match &mut attempt.ended {
                    Some((_, answer @ Answer::Refused(_))) => {
                        *answer = Answer::Refused(Refusal::Event { at });
                        true
                    }
                    _ => false,
                })
        })
    }),
    (
        "a condition was met by what does not meet it",
        "what was refused met what it was refused for",
        |told| {
            told.refused(|_, refusal| match refusal {
                Refusal::Query { found, .. } => {
                    *found += 1;
                    true
                }
                _ => false,
            })
        },
    ),
    ("a stream was refused that nobody has closed", "what was refused met what it was refused for", |told| {
        told.refused(|request, refusal| match refusal {
            Refusal::Version { actual } if matches!(request.what, What::Append { .. }) => {
                *refusal = Refusal::Archived { at: *actual };
                true
            }
            _ => false,
        })
    }),
    ("a closed stream goes on", "what was acknowledged is there, where its answer says", |told| {
        told.history.asked.values_mut().any(|asked| match &mut asked.request.what {
            What::Archive { at }
                if asked
                    .attempts
                    .iter()
                    .any(|attempt| matches!(attempt.ended, Some((_, Answer::Archived)))) =>
            {
                *at -= 1;
                true
            }
            _ => false,
        })
    }),
    ("a view has failed", "what was refused met what it was refused for", |told| {
        told.refused(|_, refusal| {
            *refusal = Refusal::View("it has not taken it in yet".to_owned());
            true
        })
    }),
    ("an error came that is none of a history", "what was refused met what it was refused for", |told| {
        told.refused(|_, refusal| {
            *refusal = Refusal::Wrong("it is broken".to_owned());
            true
        })
    }),
    ("two requests have one name", "requests are told apart by their names", |told| {
        told.history.confused.push("n0.0.w0.1".to_owned());
        true
    }),
];

const CONDITIONS: &[Lie] = &[
    (
        "a version was expected that the request does not follow",
        "conditions hold where their request was written",
        |told| {
            let asked = told
                .history
                .asked
                .values_mut()
                .find(|asked| is_append(asked) && asked.done().next().is_some());
            let Some(What::Append { expected, .. }) = asked.map(|asked| &mut asked.request.what) else {
                return false;
            };
            *expected = Expected::Version(777);
            true
        },
    ),
    (
        "an event was expected that the request does not follow",
        "conditions hold where their request was written",
        |told| {
            told.history.asked.values_mut().filter(|asked| asked.done().next().is_some()).any(|asked| {
                match &mut asked.request.what {
                    What::Append { expected: Expected::Event(_, id), events, .. } if !events.is_empty() => {
                        *id = Uuid::nil();
                        true
                    }
                    _ => false,
                }
            })
        },
    ),
    (
        "a command follows another version than its sender has seen",
        "conditions hold where their request was written",
        |told| {
            told.history.asked.values_mut().filter(|asked| asked.done().next().is_some()).any(|asked| {
                match &mut asked.request.what {
                    What::Command { expected: Some(expected), .. } => {
                        *expected += 1;
                        true
                    }
                    _ => false,
                }
            })
        },
    ),
    (
        "a request was written though something had happened",
        "conditions hold where their request was written",
        |told| {
            let asked = told
                .history
                .asked
                .values_mut()
                .filter(|asked| is_append(asked))
                .find(|asked| asked.done().any(|done| done.position > 500));
            let Some(What::Append { unless, .. }) = asked.map(|asked| &mut asked.request.what) else {
                return false;
            };
            unless.push(Unless { query: freehold_history::Query::default(), after: 0 });
            true
        },
    ),
    ("two have the same claim", "of those who ask for the same thing at most one has it", |told| {
        let mut asked =
            told.history.asked.values_mut().filter(|asked| is_append(asked) && asked.done().next().is_some());
        let Some(tenant) = asked.next().map(|asked| {
            claim(asked);
            asked.request.address.tenant.clone()
        }) else {
            return false;
        };
        asked.find(|asked| asked.request.address.tenant == tenant).map(claim).is_some()
    }),
];

fn claim(asked: &mut Asked) {
    let criterion = freehold_history::Criterion { tags: vec!["mine".to_owned()], ..Default::default() };
    if let What::Append { unless, events, .. } = &mut asked.request.what {
        unless.push(Unless { query: criterion.into(), after: 0 });
        events[0].tags.push("mine".to_owned());
    }
}

const READS: &[Lie] = &[
    ("a reader has missed an event", "a page holds what matches, once and in order", |told| {
        told.page(|page| page.events.len() > 1).map(|page| page.events.remove(0)).is_some()
    }),
    ("a reader has seen an event twice", "a page holds what matches, once and in order", |told| {
        told.page(|page| !page.events.is_empty()).map(|page| page.events.push(page.events[0])).is_some()
    }),
    ("a reader has seen events in another order", "a page holds what matches, once and in order", |told| {
        told.page(|page| page.events.len() > 1).map(|page| page.events.swap(0, 1)).is_some()
    }),
    ("a reader has seen another event", "a page holds what matches, once and in order", |told| {
        told.page(|page| !page.events.is_empty()).map(|page| page.events[0].1 ^= 1).is_some()
    }),
    (
        "a reader of a tenant has seen those of others",
        "a page holds what matches, once and in order",
        |told| {
            told.page(|page| page.tenant.is_none() && page.events.len() > 20)
                .map(|page| page.tenant = Some("north".to_owned()))
                .is_some()
        },
    ),
    ("a page ends behind its last event", "a page holds what matches, once and in order", |told| {
        let Some(page) = told.page(|page| {
            page.tenant.is_some()
                && page.end == PageEnd::Head
                && page.events.last().is_none_or(|last| last.0 != page.read_to)
        }) else {
            return false;
        };
        page.end = PageEnd::Limit;
        true
    }),
    ("a page was never read", "a reader goes on where it has stopped", |told| {
        let Some(place) = told.history.seen.iter().position(
            |seen| matches!(&seen.what, Sight::Page(page) if page.after > 0 && page.reader.ends_with("r0")),
        ) else {
            return false;
        };
        told.history.seen.remove(place);
        true
    }),
    (
        "a reader was given an old head",
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        |told| {
            let late = told.history.seen.iter_mut().rfind(|seen| matches!(&seen.what, Sight::Page(Page { end: PageEnd::Head, after, .. }) if *after > 100));
            let Some(Sight::Page(page)) = late.map(|seen| &mut seen.what) else { return false };
            (page.after, page.read_to) = (0, 1);
            page.events.clear();
            true
        },
    ),
    (
        "a reader has seen what nobody had asked for yet",
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        |told| {
            let early = told.history.seen.iter_mut().find(|seen| matches!(&seen.what, Sight::Page(_)));
            let Some(Seen { begun, ended, what: Sight::Page(page) }) = early else { return false };
            (*begun, *ended) = (freehold_history::Moment(1), freehold_history::Moment(2));
            page.read_to = 1000;
            true
        },
    ),
    ("a reader has ended too early", "a reader that is awaited comes to the end", |told| {
        told.history.finished[0].1 += 1;
        true
    }),
    (
        "a stream was seen without its last event",
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        |told| {
            let asked: Vec<Address> = told
                .history
                .asked
                .values()
                .filter(|asked| asked.done().next().is_some())
                .map(|asked| asked.request.address.clone())
                .collect();
            told.history.seen.iter_mut().rev().any(|seen| match &mut seen.what {
                Sight::Stream { address, events } if !events.is_empty() && asked.contains(address) => {
                    events.clear();
                    true
                }
                _ => false,
            })
        },
    ),
    ("a stream was seen with other events", "what is seen of a stream is its beginning", |told| {
        told.seen(|sight| match sight {
            Sight::Stream { events, .. } => events.first_mut(),
            _ => None,
        })
        .map(|event| event.1 ^= 1)
        .is_some()
    }),
    (
        "the last event of a query was another one",
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        |told| {
            told.seen(|sight| match sight {
                Sight::Last { found: Some(found), .. } => Some(found),
                _ => None,
            })
            .map(|found| *found += 100_000)
            .is_some()
        },
    ),
    (
        "a command has led to something else",
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        |told| {
            told.seen(|sight| match sight {
                Sight::Outcome { found: Some((version, _)), .. } => Some(version),
                _ => None,
            })
            .map(|version| *version += 1)
            .is_some()
        },
    ),
    (
        "a command has led to nothing",
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        |told| {
            let of_events: Vec<Uuid> = told
                .history
                .asked
                .values()
                .filter(|asked| has_events(asked))
                .map(|asked| asked.request.command)
                .collect();
            told.history.seen.iter_mut().any(|seen| match &mut seen.what {
                Sight::Outcome { found, command, .. } if found.is_some() && of_events.contains(command) => {
                    *found = None;
                    true
                }
                _ => false,
            })
        },
    ),
    ("a head has gone back", "heads only grow", |told| {
        let mut heads = told.history.seen.iter_mut().filter_map(|seen| match &mut seen.what {
            Sight::Head { position, .. } => Some(position),
            _ => None,
        });
        let (Some(first), Some(second)) = (heads.next(), heads.next()) else { return false };
        std::mem::swap(first, second);
        true
    }),
    (
        "a head was told before there was anything",
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        |told| {
            told.seen(|sight| match sight {
                Sight::Head { position, .. } => Some(position),
                _ => None,
            })
            .map(|position| *position += 100_000)
            .is_some()
        },
    ),
];

const ROWS: &[Lie] = &[
    ("a row is gone", "rows are a fold over the log", |told| told.rows.pop_first().is_some()),
    ("a row is another one", "rows are a fold over the log", |told| {
        told.rows.first_entry().map(|mut row| row.get_mut().cells[0].push('1')).is_some()
    }),
    ("a row is of another version", "rows are a fold over the log", |told| {
        told.rows.first_entry().map(|mut row| row.get_mut().version += 1).is_some()
    }),
    ("a row has another position", "rows are a fold over the log", |told| {
        told.rows.first_entry().map(|mut row| row.get_mut().position += 1).is_some()
    }),
    ("a row belongs to another tenant", "rows are a fold over the log", |told| {
        let Some((mut id, row)) = told.rows.pop_first() else { return false };
        "elsewhere".clone_into(&mut id.tenant);
        told.rows.insert(id, row);
        true
    }),
    ("a row was seen as it never was", "a row that is seen is one that was", |told| {
        told.seen(|sight| match sight {
            Sight::Row { row: Some(row), .. } => Some(row),
            _ => None,
        })
        .map(|row| row.cells[1].push('1'))
        .is_some()
    }),
    ("a row was seen as it had been long before", "a row that is seen is one that was", |told| {
        let seen =
            told.history.seen.iter_mut().rfind(|seen| matches!(&seen.what, Sight::Row { row: Some(_), .. }));
        let Some(Sight::Row { row: Some(row), .. }) = seen.map(|seen| &mut seen.what) else { return false };
        (row.version, row.position) = (1, 1);
        true
    }),
];

const ACCOUNTS: &[Lie] = &[
    ("more was withdrawn than there was", "accounts are used as they may be", |told| {
        let event = told.events.iter_mut().find(|event| event.name == "Withdrawn");
        event.map(|event| event.mark.amount += 100_000).is_some()
    }),
    ("an account that was closed goes on", "accounts are used as they may be", |told| {
        let Some(place) = told.events.iter().position(|event| event.name == "Deposited") else {
            return false;
        };
        "Closed".clone_into(&mut told.events[place].name);
        true
    }),
    ("an account begins without being opened", "accounts are used as they may be", |told| {
        let event = told.events.iter_mut().find(|event| event.name == "Opened");
        event.map(|event| "Renamed".clone_into(&mut event.name)).is_some()
    }),
    ("two accounts have one name", "a name belongs to one open account", |told| {
        let opened = told.events.iter_mut().filter(|event| event.name == "Opened");
        opened.map(|event| event.mark.name = Some("zoe".to_owned())).count() > 0
    }),
    (
        "a command was rejected for a balance that never was",
        "commands are rejected for what was so",
        |told| {
            told.refused(|_, refusal| match refusal {
                Refusal::Balance(balance) => {
                    *balance += 100_000;
                    true
                }
                _ => false,
            })
        },
    ),
    (
        "a command was rejected for an account that is there",
        "commands are rejected for what was so",
        |told| {
            told.refused(|_, refusal| {
                let is = matches!(refusal, Refusal::Balance(_));
                if is {
                    *refusal = Refusal::NotFound;
                }
                is
            })
        },
    ),
    ("a command was rejected for an account that is open", "commands are rejected for what was so", |told| {
        told.refused(|_, refusal| {
            let is = matches!(refusal, Refusal::Balance(_));
            if is {
                *refusal = Refusal::Closed;
            }
            is
        })
    }),
    ("a name was refused that nobody has", "commands are rejected for what was so", |told| {
        told.history.asked.values_mut().any(|asked| match &mut asked.request.what {
            What::Command { act: Act::Open { name: Some(name) } | Act::Rename { name }, .. } => {
                "nobody".clone_into(name);
                asked.attempts[0].ended = Some((asked.attempts[0].begun, Answer::Refused(Refusal::Taken)));
                true
            }
            _ => false,
        })
    }),
    (
        "an account was refused as another one that is not there",
        "commands are rejected for what was so",
        |told| {
            told.history.asked.values_mut().any(|asked| {
                let is = matches!(&asked.request.what, What::Command { act: Act::Open { .. }, .. });
                if is {
                    asked.request.address.id = Uuid::nil();
                    asked.attempts[0].ended =
                        Some((asked.attempts[0].begun, Answer::Refused(Refusal::Exists)));
                }
                is
            })
        },
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_truth_breaks_no_law_and_every_lie_breaks_the_one_that_is_meant() {
    let mut untold: Vec<&Lie> =
        [LOG, ANSWERS, CONDITIONS, READS, ROWS, ACCOUNTS].into_iter().flatten().collect();
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
