//! `personal` and `secret` are said once and hold for every field of that name in the aggregate.

use crate::fields::{FieldAt, Fields};
use crate::mistakes::Report;
use crate::model::Field;
use crate::resolve::aggregates::AggregateDraft;
use crate::resolve::aggregates::draft::{CommandDraft, EventDraft};

/// Marks each field whose namesake is marked.
pub(super) fn spread(commands: &mut [CommandDraft<'_>], events: &mut [EventDraft<'_>], own: &mut Fields) {
    let mut all: Vec<&mut FieldAt> = Vec::new();
    all.extend(commands.iter_mut().flat_map(|command| &mut command.fields.list));
    all.extend(events.iter_mut().flat_map(|event| &mut event.fields.list));
    all.extend(&mut own.list);
    spread_one(&mut all, |field| &mut field.personal);
    spread_one(&mut all, |field| &mut field.secret);
}

fn spread_one(all: &mut [&mut FieldAt], mark: fn(&mut Field) -> &mut bool) {
    let marked: Vec<String> =
        all.iter_mut().filter_map(|it| mark(&mut it.field).then(|| it.field.name.clone())).collect();
    for field in all.iter_mut().filter(|it| marked.contains(&it.field.name)) {
        *mark(&mut field.field) = true;
    }
}

/// Reports secrets that would leave the context.
pub(super) fn check(report: &Report, draft: &AggregateDraft<'_>) {
    for event in draft.events.iter().filter(|event| event.raw.published) {
        for secret in event.fields.list.iter().filter(|field| field.field.secret) {
            report
                .mistake(
                    secret.name_at,
                    format!("`{}` is a secret, and `{}` is published", secret.name(), event.name()),
                )
                .help("a secret never leaves the write side; leave the field out of the event");
        }
    }
}
