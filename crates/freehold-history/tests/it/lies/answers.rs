//! Lies about what was acknowledged.

use freehold_history::{Answer, Event, What};

use super::{Lie, has_events, is_append};

pub(super) const LIES: &[Lie] = &[
    ("a request is gone", "what was acknowledged is there, where its answer says", |told| {
        let Some((request, _)) = told.done(is_append) else { return false };
        let token = request.token.clone();
        told.close_up(|event| event.mark.token != token);
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
];
