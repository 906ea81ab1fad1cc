//! Aggregates with their commands and events as they are written.

use crate::names;
use crate::raw::{Named, RawFields, Roles, field_mention, mention, mentions, raw_fields, roles, rules};
use crate::source::{Span, Text, Word};
use crate::table::{Entry, File, Table, Words};

/// `[aggregate.*]`
pub(crate) struct RawAggregate {
    pub(crate) named: Named,
    pub(crate) states: Vec<Word>,
    /// Whether `states` is there but could not be read.
    pub(crate) states_broken: bool,
    pub(crate) unique: Vec<Words>,
    pub(crate) snapshot_every: Option<(i64, Span)>,
    pub(crate) state: RawFields,
    pub(crate) commands: Vec<RawCommand>,
    pub(crate) events: Vec<RawEvent>,
}

impl RawAggregate {
    pub(crate) fn read<'a>(file: File<'a>, context: &str, entry: &Entry<'a>) -> Self {
        let name = names::type_name(file.report, "aggregate", context, &entry.key);
        let mut table = Table::of(file, format!("aggregate `{}`", name.value), entry);
        let (states, states_broken) = states(file, &mut table);
        let aggregate = Self {
            named: Named::read(file, "aggregate", name, &mut table),
            states,
            states_broken,
            unique: unique(file, &mut table),
            snapshot_every: table.integer("snapshot_every"),
            state: raw_fields(&mut table, "state"),
            commands: table
                .named("command")
                .iter()
                .map(|entry| RawCommand::read(file, context, entry))
                .collect(),
            events: table.named("event").iter().map(|entry| RawEvent::read(file, context, entry)).collect(),
        };
        table.finish();
        aggregate
    }
}

fn states(file: File<'_>, table: &mut Table<'_>) -> (Vec<Word>, bool) {
    let Some(words) = table.words("states") else {
        return (Vec::new(), false);
    };
    if words.is_empty() {
        file.report
            .mistake(words.span, "`states` names no state")
            .help("name at least one, or leave `states` out for an aggregate without a life cycle");
    }
    let states = words.list.iter().map(|word| names::variant_name(file.report, "state", word)).collect();
    (states, words.broken || words.list.is_empty())
}

fn unique(file: File<'_>, table: &mut Table<'_>) -> Vec<Words> {
    let Some(entry) = table.entry("unique") else {
        return Vec::new();
    };
    let title = format!("`unique` of {}", table.title());
    let expected = "an array of sets of fields, as in `[[\"number\"], [\"user\", \"broker\"]]`";
    let Some(elements) = entry.elements() else {
        return entry.wrong(file, &title, expected).unwrap_or_default();
    };
    let set = |element: &Entry<'_>| -> Option<Words> {
        if element.elements().is_none() {
            return element.wrong(file, &title, expected);
        }
        let mut words = element.words(file, &title);
        words.list = words.list.iter().map(field_mention).collect();
        Some(words)
    };
    elements.iter().filter_map(set).collect()
}

/// `[aggregate.*.command.*]`
pub(crate) struct RawCommand {
    pub(crate) named: Named,
    pub(crate) creates: bool,
    /// Whether `creates` could not be read.
    pub(crate) creates_broken: bool,
    pub(crate) from: Option<Words>,
    pub(crate) fields: RawFields,
    pub(crate) require: Vec<(Word, Text)>,
    pub(crate) with: Vec<(Word, Text)>,
    pub(crate) emits: Vec<RawEmission>,
    /// Whether some of `emits` could not be read, which has been reported.
    pub(crate) emits_broken: bool,
    pub(crate) roles: Roles,
    pub(crate) route: Option<Text>,
}

/// One element of `emits`.
pub(crate) struct RawEmission {
    pub(crate) event: Word,
    pub(crate) when: Option<Text>,
}

impl RawCommand {
    fn read<'a>(file: File<'a>, context: &str, entry: &Entry<'a>) -> Self {
        let name = names::type_name(file.report, "command", context, &entry.key);
        let mut table = Table::of(file, format!("command `{}`", name.value), entry);
        let with = table.texts("with");
        let creates_missing = table.misses("creates");
        let creates = table.flag("creates").map(|(creates, _)| creates);
        let (emits, emits_broken) = emits(file, &mut table);
        let command = Self {
            named: Named::read(file, "command", name, &mut table),
            creates: creates.unwrap_or(false),
            creates_broken: !creates_missing && creates.is_none(),
            from: mentions(&mut table, "from"),
            fields: raw_fields(&mut table, "fields"),
            require: rules(file, &mut table),
            with: with.into_iter().map(|(field, text)| (field_mention(&field), text)).collect(),
            emits,
            emits_broken,
            roles: roles(file, &mut table),
            route: table.text("route"),
        };
        table.finish();
        command
    }
}

/// The emissions, and whether some could not be read.
fn emits(file: File<'_>, table: &mut Table<'_>) -> (Vec<RawEmission>, bool) {
    let title = format!("`emits` of {}", table.title());
    let missing = table.misses("emits");
    let Some(entry) = table.entry("emits") else {
        if missing {
            file.report
                .mistake(table.span(), format!("{} emits no event", table.title()))
                .help("say what it makes happen, as in `emits = \"ShipmentBooked\"`");
        }
        return (Vec::new(), true);
    };
    let Some(elements) = entry.elements() else {
        let event = entry.text(file, &title).map(|event| event.whole());
        if event.as_ref().is_some_and(|event| event.value.trim().is_empty()) {
            file.report.mistake(entry.span(), format!("{title} names no event"));
            return (Vec::new(), true);
        }
        let broken = event.is_none();
        let emission = event.map(|event| RawEmission { event: mention(&event), when: None });
        return (emission.into_iter().collect(), broken);
    };
    if elements.is_empty() {
        file.report.mistake(entry.span(), format!("{title} names no event"));
    }
    let emits: Vec<RawEmission> =
        elements.iter().filter_map(|element| emission(file, &title, element)).collect();
    let broken = emits.is_empty() || emits.len() < elements.len();
    (emits, broken)
}

/// `"A"` or `{ event = "A", when = "…" }`.
fn emission(file: File<'_>, title: &str, element: &Entry<'_>) -> Option<RawEmission> {
    if !element.is_table() {
        let event = element.text(file, &format!("each element of {title}"))?.whole();
        return Some(RawEmission { event: mention(&event), when: None });
    }
    let mut table = Table::of(file, format!("an element of {title}"), element);
    let missing = table.misses("event");
    let event = table.text("event").map(|text| text.whole());
    let when = table.text("when");
    if missing {
        file.report
            .mistake(element.span(), format!("an element of {title} names no event"))
            .help("write `{ event = \"…\", when = \"…\" }`");
    }
    table.finish();
    event.map(|event| RawEmission { event: mention(&event), when })
}

/// `[aggregate.*.event.*]`
pub(crate) struct RawEvent {
    pub(crate) named: Named,
    pub(crate) to: Option<Word>,
    /// Whether `to` could not be read.
    pub(crate) to_broken: bool,
    pub(crate) published: bool,
    pub(crate) retired: bool,
    pub(crate) creates: Option<Span>,
    pub(crate) fields: RawFields,
    pub(crate) set: Vec<(Word, Text)>,
}

impl RawEvent {
    fn read<'a>(file: File<'a>, context: &str, entry: &Entry<'a>) -> Self {
        let name = names::type_name(file.report, "event", context, &entry.key);
        let mut table = Table::of(file, format!("event `{}`", name.value), entry);
        let set = table.texts("set");
        let to_missing = table.misses("to");
        let to = table.text("to").map(|text| mention(&text.whole()));
        let event = Self {
            named: Named::read(file, "event", name, &mut table),
            to_broken: !to_missing && to.is_none(),
            to,
            published: table.flag("published").is_some_and(|(published, _)| published),
            retired: table.flag("retired").is_some_and(|(retired, _)| retired),
            creates: table.flag("creates").filter(|(creates, _)| *creates).map(|(_, span)| span),
            fields: raw_fields(&mut table, "fields"),
            set: set.into_iter().map(|(field, text)| (field_mention(&field), text)).collect(),
        };
        table.finish();
        event
    }
}
