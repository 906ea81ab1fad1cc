//! Lies about the order of the log itself.

use super::Lie;

pub(super) const LIES: &[Lie] = &[
    ("an event is gone", "positions are dense", |told| {
        told.events.remove(10);
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
];
