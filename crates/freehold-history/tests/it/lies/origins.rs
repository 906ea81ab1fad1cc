//! Lies about what the events of the log come from.

use uuid::Uuid;

use super::Lie;

pub(super) const LIES: &[Lie] = &[
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
    ("an event is there twice", "a request is written whole, in one place, once", |told| {
        let again = told.events[10].clone();
        told.events.push(again);
        told.close_up(|_| true);
        true
    }),
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
    ("two requests have one name", "requests are told apart by their names", |told| {
        told.history.confused.push("n0.0.w0.1".to_owned());
        true
    }),
];
