//! What tells the rows of a view apart.

use crate::fields::{FieldAt, spelled};
use crate::mistakes::Report;
use crate::model::{Type, ViewKey};
use crate::nearest::did_you_mean;
use crate::resolve::twice;
use crate::resolve::views::draft::ViewDraft;
use crate::source::Word;

/// Resolves the key; `None` when it cannot be told, which is reported.
pub(super) fn resolve(report: &Report, view: &ViewDraft<'_>) -> Option<ViewKey> {
    let Some(words) = &view.raw.key else {
        return by_stream(report, view);
    };
    if words.is_empty() {
        report
            .mistake(words.span, "`key` names no field")
            .help("leave it out for rows that are keyed by their stream");
        return None;
    }
    twice(report, &words.list);
    let fields: Vec<&FieldAt> = words.list.iter().filter_map(|word| field(report, view, word)).collect();
    if fields.len() < words.list.len() || words.broken {
        return None;
    }
    let key = ViewKey::Fields(words.list.iter().map(|word| word.value.clone()).collect());
    carried(report, view, &words.list).then_some(key)
}

fn by_stream(report: &Report, view: &ViewDraft<'_>) -> Option<ViewKey> {
    if view.of.len() < 2 {
        return Some(ViewKey::Stream);
    }
    let name = &view.raw.named.name;
    report.mistake(name.span, format!("view `{}` is of several aggregates and has no key", name.value)).help(
        "name the fields that tell its rows apart and that events of each carry, as in `key = \"customer\"`",
    );
    None
}

fn field<'a>(report: &Report, view: &'a ViewDraft<'_>, word: &Word) -> Option<&'a FieldAt> {
    let Some(field) = view.fields.get(&word.value) else {
        if view.fields.complete {
            let help = if word.value == "id" {
                Some("leave `key` out: the rows are keyed by their stream then, and have its id".to_owned())
            } else {
                did_you_mean(&word.value, view.fields.names())
            };
            report.mistake(word.span, format!("the view has no field `{}`", word.value)).help(help);
        }
        return None;
    };
    if !field.known {
        return None;
    }
    if field.field.optional {
        report
            .mistake(word.span, format!("`{}` is optional and cannot be a key", word.value))
            .help("leave out the `?`; an event that has none in it leaves the view alone");
        return None;
    }
    if field.field.list || !is_scalar(view, &field.field.ty) {
        report
            .mistake(word.span, format!("`{}` is {} and cannot be a key", word.value, spelled(&field.field)))
            .help("a key is made of single values that can be compared");
        return None;
    }
    Some(field)
}

fn is_scalar(view: &ViewDraft<'_>, ty: &Type) -> bool {
    match ty {
        Type::Json | Type::Money | Type::State(_) => false,
        Type::Value(name) => !view.symbols.is_composite(name),
        _ => true,
    }
}

/// Whether events carry the whole key; else nothing would ever be in the view.
fn carried(report: &Report, view: &ViewDraft<'_>, key: &[Word]) -> bool {
    let unread = view.events().any(|(_, event)| !event.fields.complete);
    if unread || !view.of_known {
        return true;
    }
    let carries = |word: &Word| view.events().any(|(_, event)| event.fields.get(&word.value).is_some());
    if let Some(word) = key.iter().find(|word| !carries(word)) {
        let names: Vec<&str> = view.events().flat_map(|(_, event)| event.fields.names()).collect();
        report
            .mistake(word.span, format!("no event carries `{}`", word.value))
            .help(did_you_mean(&word.value, names));
        return false;
    }
    let whole =
        view.events().any(|(_, event)| key.iter().all(|word| event.fields.get(&word.value).is_some()));
    if !whole && let Some(first) = key.first() {
        report.mistake(first.span, "no event carries all fields of the key");
    }
    whole
}
