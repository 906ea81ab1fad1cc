//! Lies about conditions, where their requests were written.

use freehold_history::{Expected, Unless, What};
use uuid::Uuid;

use super::{Lie, is_append};

pub(super) const LIES: &[Lie] = &[
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
];
