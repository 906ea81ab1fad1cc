//! Lies about what was read while others wrote.

use freehold_history::{Address, Page, PageEnd, Seen, Sight};
use uuid::Uuid;

use super::{Lie, has_events};

pub(super) const LIES: &[Lie] = &[
    ("an event is another one than was read", "a page holds what matches, once and in order", |told| {
        told.events[10].glimpse.1 ^= 1;
        true
    }),
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
