//! When a view is brought up to date: before the command returns, or by workers.

use crate::mistakes::Report;
use crate::model::{Sync, ViewEvent, ViewKey};
use crate::raw::RawSync;
use crate::resolve::twice;
use crate::resolve::views::draft::ViewDraft;
use crate::source::{Text, Word};
use crate::table::Words;

const TIMEOUT_MS: u32 = 2_000;
const LONGEST_TIMEOUT_MS: u32 = 5_000;

/// The synchronous share with its priority and its time-out in milliseconds.
pub(super) fn resolve(report: &Report, view: &ViewDraft<'_>, on: &[ViewEvent]) -> (Sync, i32, u32) {
    let sync = match &view.raw.sync {
        None | Some(RawSync::All(false)) => Sync::None,
        Some(RawSync::All(true)) => Sync::All,
        Some(RawSync::Events(words)) => events(report, view, on, words),
    };
    if sync == Sync::None && view.raw.sync.is_none() {
        idle(report, view);
    }
    (sync, priority(report, view), timeout(report, view))
}

fn events(report: &Report, view: &ViewDraft<'_>, on: &[ViewEvent], words: &Words) -> Sync {
    if let Some(ViewKey::Fields(_)) = view.key {
        report
            .mistake(words.span, "only a view that is keyed by its stream is synchronous event by event")
            .help("write `sync = true` for all events, or leave it out");
        return Sync::None;
    }
    twice(report, &words.list);
    let event = |word: &Word| {
        let (_, event) = view.mentioned(report, word)?;
        let touches = on.iter().any(|it| it.event == event.name());
        if !touches && view.key.is_some() && view.is_complete() && event.fields.complete {
            report
                .mistake(word.span, format!("`{}` changes no row of `{}`", event.name(), view.name()))
                .help("leave it out");
        }
        Some(event.name().to_owned())
    };
    let events: Vec<String> = words.list.iter().filter_map(event).collect();
    if events.is_empty() { Sync::None } else { Sync::Events(events) }
}

/// Settings of a synchronous share that the view does not have.
fn idle(report: &Report, view: &ViewDraft<'_>) {
    let timeout = view.raw.timeout.as_ref().map(|text| ("timeout", text.span()));
    let priority = view.raw.priority.map(|(_, at)| ("priority", at));
    for (key, at) in timeout.into_iter().chain(priority) {
        report
            .warning(at, format!("`{key}` has no effect: workers apply the events of `{}`", view.name()))
            .help("say `sync`, or leave it out");
    }
}

fn priority(report: &Report, view: &ViewDraft<'_>) -> i32 {
    let Some((priority, at)) = view.raw.priority else {
        return 0;
    };
    i32::try_from(priority).unwrap_or_else(|_| {
        report
            .mistake(at, "this priority is out of reach")
            .help("use small numbers: the highest goes first, 0 is usual");
        0
    })
}

fn timeout(report: &Report, view: &ViewDraft<'_>) -> u32 {
    let Some(text) = &view.raw.timeout else {
        return TIMEOUT_MS;
    };
    milliseconds(text).unwrap_or_else(|message| {
        report
            .mistake(text.span(), message)
            .help("what runs before a command returns must be short, as in `timeout = \"500ms\"`");
        TIMEOUT_MS
    })
}

fn milliseconds(text: &Text) -> Result<u32, String> {
    let written = text.as_str();
    let duration: jiff::SignedDuration =
        written.parse().map_err(|_| format!("`{written}` is not a length of time"))?;
    match u32::try_from(duration.as_millis()) {
        Ok(0) | Err(_) if duration.as_millis() <= 0 => Err(format!("`{written}` leaves no time")),
        Ok(timeout) if timeout <= LONGEST_TIMEOUT_MS => Ok(timeout),
        _ => Err(format!("`{written}` is too long: a view has at most 5 seconds")),
    }
}
