//! Lies about requests that are sent again, and others under their command id.

use freehold_history::{Answer, Asked, Refusal};

use super::{Lie, is_append};

pub(super) const LIES: &[Lie] = &[
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
        "a command was refused that had been carried out",
        "what was carried out once is not refused when it is sent again",
        |told| {
            told.history.asked.values_mut().filter(|asked| asked.request.once.is_some()).any(|asked| {
                let Some(told) = asked.done().map(|done| done.ended).min() else { return false };
                let again = asked.attempts.iter_mut().filter(|attempt| attempt.begun > told);
                let mut answers = again.filter_map(|attempt| attempt.ended.as_mut());
                let replay = answers.find(|(_, answer)| matches!(answer, Answer::Done { .. }));
                replay.map(|(_, answer)| *answer = Answer::Refused(Refusal::Exists)).is_some()
            })
        },
    ),
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
];
