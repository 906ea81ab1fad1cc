//! Which events begin a stream: those that a creating command can emit first.

use crate::mistakes::Report;
use crate::raw::{RawAggregate, RawCommand};
use crate::resolve::aggregates::EventDraft;

/// The events that begin a stream; `None` when that cannot be told, which is reported.
pub(super) fn beginning(
    report: &Report,
    raw: &RawAggregate,
    events: &[EventDraft<'_>],
) -> Option<Vec<String>> {
    let mut names: Vec<String> = retired(report, events);
    let mut known = creates_at_all(report, raw);
    for command in raw.commands.iter().filter(|command| command.creates) {
        known &= always_emits(report, command) && !command.emits_broken;
        for emission in first(command) {
            if !names.contains(&emission.event.value) {
                names.push(emission.event.value.clone());
            }
        }
    }
    known &= names.iter().all(|name| events.iter().any(|event| event.name() == name));
    emitted_later(report, raw, &names);
    known.then_some(names)
}

/// What a creating command can emit first: everything up to the first event without a condition.
fn first(command: &RawCommand) -> &[crate::raw::RawEmission] {
    let unconditional = command.emits.iter().position(|emission| emission.when.is_none());
    let count = unconditional.map_or(command.emits.len(), |at| at + 1);
    command.emits.get(..count).unwrap_or_default()
}

fn creates_at_all(report: &Report, raw: &RawAggregate) -> bool {
    if raw.named.broken || raw.commands.iter().any(|command| command.creates_broken) {
        return false;
    }
    if raw.commands.iter().any(|command| command.creates) {
        return true;
    }
    report
        .mistake(raw.named.name.span, format!("no command creates a `{}`", raw.named.name.value))
        .help("say `creates = true` on the command that addresses a new stream");
    false
}

fn always_emits(report: &Report, command: &RawCommand) -> bool {
    if command.emits_broken || command.emits.iter().any(|emission| emission.when.is_none()) {
        return true;
    }
    let name = &command.named.name;
    report
        .mistake(
            name.span,
            format!("`{}` may emit nothing, but a creating command always begins a stream", name.value),
        )
        .help("emit one event without `when`");
    false
}

/// A retired event that began streams says so itself, because no command does any more.
fn retired(report: &Report, events: &[EventDraft<'_>]) -> Vec<String> {
    let mut names = Vec::new();
    for event in events {
        match event.raw.creates {
            Some(_) if event.raw.retired => names.push(event.name().to_owned()),
            Some(at) => report
                .mistake(at, "whether an event begins a stream follows from the commands")
                .help("leave it out; only a retired event, which no command emits, says it itself"),
            None => {}
        }
    }
    names
}

/// An event that begins streams would have to do two things if it were also emitted to a stream that exists.
fn emitted_later(report: &Report, raw: &RawAggregate, beginning: &[String]) {
    for command in &raw.commands {
        let beginners = if command.creates { first(command).len() } else { 0 };
        for emission in command.emits.iter().skip(beginners).filter(|it| beginning.contains(&it.event.value))
        {
            report
                .mistake(
                    emission.event.span,
                    format!("`{}` begins a stream, and here the stream exists", emission.event.value),
                )
                .help("emit another event here, so that each says one thing");
        }
    }
}
