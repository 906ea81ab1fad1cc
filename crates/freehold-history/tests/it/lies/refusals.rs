//! Lies about what was refused.

use freehold_history::{Answer, Expected, Refusal, What};

use super::{Lie, is_append};

pub(super) const LIES: &[Lie] = &[
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
];
