//! The life cycle of an aggregate: its states, where events lead and where commands start from.

use crate::mistakes::Report;
use crate::nearest::did_you_mean;
use crate::resolve::aggregates::draft::CommandDraft;
use crate::resolve::aggregates::{AggregateDraft, EventDraft};
use crate::resolve::twice;
use crate::source::Word;

/// Reports what is wrong with the states and with the events' `to`.
pub(super) fn check(report: &Report, draft: &AggregateDraft<'_>) {
    twice(report, &draft.raw.states);
    let before = report.count();
    for event in &draft.events {
        leads_to(report, draft, event);
    }
    for command in &draft.commands {
        starts_from(report, draft, command);
    }
    if report.count() == before && draft.emissions_known && draft.beginning.is_some() {
        unreachable(report, draft);
    }
}

fn leads_to(report: &Report, draft: &AggregateDraft<'_>, event: &EventDraft<'_>) {
    match &event.raw.to {
        Some(to) => known_state(report, draft, to),
        None if draft.begins(event) && !draft.raw.states.is_empty() && !event.raw.to_broken => report
            .mistake(
                event.raw.named.name.span,
                format!("`{}` begins a stream and leads to no state", event.name()),
            )
            .help(format!("say the first state: `to = \"{}\"`", draft.raw.states[0].value)),
        None => {}
    }
}

fn known_state(report: &Report, draft: &AggregateDraft<'_>, word: &Word) {
    let states = &draft.raw.states;
    if draft.raw.states_broken || states.iter().any(|state| state.value == word.value) {
        return;
    }
    let name = draft.name();
    if states.is_empty() {
        report
            .mistake(word.span, format!("`{name}` has no states"))
            .help(format!("name them in the aggregate, as in `states = [\"{}\"]`", word.value));
        return;
    }
    report
        .mistake(word.span, format!("`{name}` has no state `{}`", word.value))
        .help(did_you_mean(&word.value, states.iter().map(Word::as_str)));
}

fn starts_from(report: &Report, draft: &AggregateDraft<'_>, command: &CommandDraft<'_>) {
    let Some(from) = &command.raw.from else { return };
    if command.raw.creates {
        report
            .mistake(
                from.span,
                format!("`{}` creates, so there is no state that it starts from", command.name()),
            )
            .help("leave `from` out, or `creates`");
        return;
    }
    if from.is_empty() {
        report
            .mistake(from.span, format!("`{}` is accepted in no state", command.name()))
            .help("name the states, or leave `from` out for a command that is accepted in every state");
    }
    twice(report, &from.list);
    from.list.iter().for_each(|state| known_state(report, draft, state));
}

/// The states that a command is accepted in; `None` is every state.
pub(super) fn from(command: &CommandDraft<'_>) -> Option<Vec<String>> {
    let from = command.raw.from.as_ref()?;
    Some(from.list.iter().map(|state| state.value.clone()).collect())
}

/// The states that no command starts from; none when a command is accepted in every state.
pub(super) fn final_states(draft: &AggregateDraft<'_>) -> Vec<String> {
    let mut later = draft.commands.iter().filter(|command| !command.raw.creates).map(from);
    let mut left: Vec<String> = Vec::new();
    let all_named = later.all(|from| from.map(|from| left.extend(from)).is_some());
    let is_final = |state: &String| all_named && !left.contains(state);
    draft.states().into_iter().filter(is_final).collect()
}

/// Reports states that no stream can get to.
fn unreachable(report: &Report, draft: &AggregateDraft<'_>) {
    let reached = reached(draft);
    for state in draft.raw.states.iter().filter(|state| !reached.contains(&state.value.as_str())) {
        let led_to =
            draft.events.iter().any(|event| event.raw.to.as_ref().is_some_and(|to| to.value == state.value));
        let message = if led_to {
            format!("no stream can get to the state `{}`", state.value)
        } else {
            format!("no event leads to the state `{}`", state.value)
        };
        let help = if led_to {
            "the commands that lead there start from states that cannot be reached"
        } else {
            "say `to` on the event that does, or leave the state out"
        };
        report.mistake(state.span, message).help(help);
    }
}

/// The states that streams can get to; retired events got there in their time.
fn reached<'a>(draft: &'a AggregateDraft<'_>) -> Vec<&'a str> {
    let to = |event: &'a EventDraft<'_>| event.raw.to.as_ref().map(Word::as_str);
    let at_once = draft.events.iter().filter(|event| event.raw.retired || draft.begins(event));
    let mut reached: Vec<&str> = at_once.filter_map(to).collect();
    loop {
        let before = reached.len();
        for command in &draft.commands {
            let starts = |state: &Word| reached.contains(&state.as_str());
            if !command.raw.creates
                && !command.raw.from.as_ref().is_none_or(|from| from.list.iter().any(starts))
            {
                continue;
            }
            let events = command.raw.emits.iter().filter_map(|emission| draft.event(&emission.event.value));
            for state in events.filter_map(to) {
                if !reached.contains(&state) {
                    reached.push(state);
                }
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}
