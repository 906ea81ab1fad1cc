//! Sets of fields that no two live streams share.

use crate::fields::{Attribute, FieldAt, spelled};
use crate::mistakes::Report;
use crate::model::{Type, UniqueSet};
use crate::nearest::did_you_mean;
use crate::resolve::aggregates::AggregateDraft;
use crate::resolve::twice;
use crate::source::{Span, Word};
use crate::table::Words;

/// The sets that `unique` names, then one for each field that is marked.
pub(super) fn sets(report: &Report, draft: &AggregateDraft<'_>) -> Vec<UniqueSet> {
    let mut sets: Vec<UniqueSet> = Vec::new();
    let named = draft.raw.unique.iter().filter_map(|words| named(report, draft, words));
    for fields in named.chain(marked(report, draft)) {
        if !sets.iter().any(|other| same(&other.fields, &fields)) {
            sets.push(UniqueSet { sensitive: sensitive(draft, &fields), fields });
        }
    }
    sets
}

fn same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|field| other.contains(field))
}

fn sensitive(draft: &AggregateDraft<'_>, fields: &[String]) -> bool {
    let mut kept = fields.iter().filter_map(|field| draft.state.get(field));
    kept.any(|it| it.field.personal || it.field.secret)
}

fn named(report: &Report, draft: &AggregateDraft<'_>, words: &Words) -> Option<Vec<String>> {
    if words.is_empty() {
        report
            .mistake(words.span, "a set of unique fields is empty")
            .help("name a field, or leave the set out");
        return None;
    }
    twice(report, &words.list);
    let fields: Vec<String> = words.list.iter().filter_map(|word| field(report, draft, word)).collect();
    (fields.len() == words.list.len()).then_some(fields)
}

fn field(report: &Report, draft: &AggregateDraft<'_>, word: &Word) -> Option<String> {
    let Some(kept) = draft.state.get(&word.value) else {
        if draft.state.complete {
            report
                .mistake(word.span, format!("the state of `{}` has no field `{}`", draft.name(), word.value))
                .help(did_you_mean(&word.value, draft.state.names()));
        }
        return None;
    };
    comparable(report, word.span, kept).then(|| word.value.clone())
}

fn comparable(report: &Report, at: Span, field: &FieldAt) -> bool {
    let comparable = !field.field.list && field.field.ty != Type::Json;
    if !comparable && field.known {
        report
            .mistake(at, format!("`{}` is {} and cannot be unique", field.name(), spelled(&field.field)))
            .help("only what is one value can be compared");
    }
    comparable
}

/// The fields that are marked in commands, events and the state.
fn marked(report: &Report, draft: &AggregateDraft<'_>) -> Vec<Vec<String>> {
    let commands = draft.commands.iter().flat_map(|command| &command.fields.list);
    let events = draft.events.iter().flat_map(|event| &event.fields.list);
    let mut sets = Vec::new();
    for field in commands.chain(events).filter(|field| field.field.unique) {
        let at = field.attribute_at(Attribute::Unique).unwrap_or(field.name_at);
        if let Some(kept) = draft.state.get(field.name()) {
            if comparable(report, at, kept) {
                sets.push(vec![field.name().to_owned()]);
            }
        } else if draft.state.complete {
            report
                .mistake(at, format!("`{}` is unique, but no event carries it", field.name()))
                .help("what must be unique must be known: let an event carry it");
        }
    }
    for kept in draft.state.names().filter_map(|name| draft.state.get(name)).filter(|kept| kept.field.unique)
    {
        let at = kept.attribute_at(Attribute::Unique).unwrap_or(kept.name_at);
        if comparable(report, at, kept) {
            sets.push(vec![kept.name().to_owned()]);
        }
    }
    sets
}
