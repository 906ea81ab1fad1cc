//! Lies about accounts, and about what their commands were rejected for.

use freehold_history::{Act, Answer, Event, Refusal, What};
use uuid::Uuid;

use super::Lie;

pub(super) const LIES: &[Lie] = &[
    ("more was withdrawn than there was", "accounts are used as they may be", |told| {
        let event = told.events.iter_mut().find(|event| event.name == "Withdrawn");
        event.map(|event| event.mark.amount += 100_000).is_some()
    }),
    ("an account that was closed goes on", "accounts are used as they may be", |told| {
        let events = told.events.iter().enumerate();
        let goes_on = |place: usize, event: &Event| {
            told.events[place + 1..].iter().any(|later| later.address == event.address)
        };
        let closed = events
            .filter(|(_, event)| event.name == "Deposited")
            .find(|(place, event)| goes_on(*place, event));
        let Some((place, _)) = closed else { return false };
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
