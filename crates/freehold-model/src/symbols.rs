//! The names that the file declares, and where two things would have the same one.

use std::collections::HashMap;

use crate::fields::Foreign;
use crate::mistakes::Report;
use crate::model::Type;
use crate::names::pascal;
use crate::raw::{Named, RawModel};
use crate::source::Word;

/// What types and mentions of names are looked up in.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    pub(crate) uses: Vec<String>,
    pub(crate) enums: Vec<(String, Vec<String>)>,
    pub(crate) values: Vec<String>,
    /// What the newtypes are made of, known once they have been resolved; `None` where that could not be read.
    pub(crate) newtypes: HashMap<String, Option<Newtype>>,
    pub(crate) aggregates: Vec<AggregateSymbol>,
    pub(crate) entities: Vec<String>,
}

/// What the default of a field of this type is checked against.
#[derive(Debug)]
pub(crate) struct Newtype {
    pub(crate) inner: Type,
    pub(crate) pattern: Option<regex::Regex>,
}

/// An aggregate as others see it.
#[derive(Debug)]
pub(crate) struct AggregateSymbol {
    pub(crate) name: String,
    pub(crate) states: Vec<String>,
    /// Whether `states` could not be read.
    pub(crate) states_broken: bool,
}

impl Symbols {
    pub(crate) fn of(raw: &RawModel) -> Self {
        let aggregates = raw.aggregates.iter().map(|aggregate| AggregateSymbol {
            name: aggregate.named.name.value.clone(),
            states: names(&aggregate.states),
            states_broken: aggregate.states_broken || aggregate.named.broken,
        });
        Self {
            uses: names(&raw.uses),
            enums: raw.enums.iter().map(|it| (it.named.name.value.clone(), names(&it.variants))).collect(),
            values: raw.values.iter().map(|value| value.named.name.value.clone()).collect(),
            newtypes: HashMap::new(),
            aggregates: aggregates.collect(),
            entities: raw.entities.clone(),
        }
    }

    pub(crate) fn aggregate(&self, name: &str) -> Option<&AggregateSymbol> {
        self.aggregates.iter().find(|aggregate| aggregate.name == name)
    }

    pub(crate) fn is_composite(&self, name: &str) -> bool {
        self.values.iter().any(|value| value == name) && !self.newtypes.contains_key(name)
    }

    /// The type that a value of this type is stored as: what is inside a newtype, else the type itself.
    pub(crate) fn inside<'a>(&'a self, ty: &'a Type) -> &'a Type {
        let Type::Value(name) = ty else { return ty };
        self.newtypes.get(name).and_then(Option::as_ref).map_or(ty, |newtype| &newtype.inner)
    }

    /// The names that a field may have as its type, beside the primitives.
    pub(crate) fn type_names(&self) -> impl Iterator<Item = &str> + Clone {
        let enums = self.enums.iter().map(|(name, _)| name.as_str());
        let values = self.values.iter().map(String::as_str);
        let aggregates = self.aggregates.iter().map(|aggregate| aggregate.name.as_str());
        enums.chain(values).chain(aggregates)
    }
}

fn names(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.value.clone()).collect()
}

/// Reports names that two things have, that generated code gives to something else, and renames that lead nowhere.
pub(crate) fn check(report: &Report, raw: &RawModel) {
    let declared = declared(raw);
    let derived = derived(raw);
    let mut seen: HashMap<&str, &'static str> = HashMap::new();
    for (kind, named) in &declared {
        let name = named.name.value.as_str();
        if let Some(other) = seen.insert(name, kind) {
            report.mistake(named.name.span, format!("there is already {} `{name}`", article(other))).help(
                "enums, values, aggregates, commands, events, views and queries share one space of names",
            );
        } else if let Some((_, owner)) = derived.iter().find(|(taken, _)| taken == name) {
            report
                .mistake(named.name.span, format!("the {kind} cannot be called `{name}`: that is {owner}"))
                .help("choose another name");
        }
    }
    renames(report, &declared);
}

/// Reports ids of other contexts that generated code would call like something else.
pub(crate) fn check_foreign(report: &Report, raw: &RawModel, foreign: &[Foreign]) {
    let mut taken: Vec<(String, String)> = declared(raw)
        .iter()
        .map(|(kind, named)| (named.name.value.clone(), format!("{} of this file", article(kind))))
        .collect();
    taken.extend(derived(raw));
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for id in foreign {
        if seen.contains(&(&id.context, &id.of)) {
            continue;
        }
        seen.push((&id.context, &id.of));
        let called = foreign_id(raw, id);
        let whole = format!("{}.{}", id.context, id.of);
        if let Some((_, owner)) = taken.iter().find(|(name, _)| *name == called) {
            report
                .mistake(
                    id.at,
                    format!("the id of `{whole}` would be called `{called}`, and that is {owner}"),
                )
                .help("keep it as a `Uuid`, or rename the other");
        }
        taken.push((called, format!("what the ids of `{whole}` are called")));
    }
}

/// What generated code calls the id of an aggregate of another context.
fn foreign_id(raw: &RawModel, id: &Foreign) -> String {
    let own = raw.aggregates.iter().any(|aggregate| aggregate.named.name.value == id.of);
    let context = own.then(|| pascal(&id.context)).flatten().unwrap_or_default();
    format!("{context}{}Id", id.of)
}

fn renames(report: &Report, declared: &[(&'static str, &Named)]) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (kind, named) in declared {
        let Some(was) = &named.was else { continue };
        if let Some((same, _)) =
            declared.iter().find(|(same, other)| same == kind && other.name.value == was.value)
        {
            report
                .mistake(was.span, format!("`was` names `{}`, and that {same} is still there", was.value))
                .help("`was` says what this was called before; leave it out if it was not renamed");
        } else if seen.contains(&(kind, &was.value)) {
            report.mistake(was.span, format!("another {kind} was `{}` before, too", was.value));
        }
        seen.push((kind, &was.value));
    }
}

fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// Everything with a name of its own, in the order of the file.
fn declared(raw: &RawModel) -> Vec<(&'static str, &Named)> {
    let mut all: Vec<(&'static str, &Named)> = Vec::new();
    all.extend(raw.enums.iter().map(|it| ("enum", &it.named)));
    all.extend(raw.values.iter().map(|it| ("value", &it.named)));
    for aggregate in &raw.aggregates {
        all.push(("aggregate", &aggregate.named));
        all.extend(aggregate.commands.iter().map(|it| ("command", &it.named)));
        all.extend(aggregate.events.iter().map(|it| ("event", &it.named)));
    }
    for view in &raw.views {
        all.push(("view", &view.named));
        all.extend(view.queries.iter().map(|it| ("query", &it.named)));
    }
    all.sort_by_key(|(_, named)| named.name.span.start);
    all
}

/// The names that generated code makes from others, each with what it is.
fn derived(raw: &RawModel) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for aggregate in &raw.aggregates {
        let name = &aggregate.named.name.value;
        let parts = [("Id", "ids"), ("Event", "events"), ("Rejection", "rejections"), ("State", "states")];
        all.extend(
            parts.map(|(end, what)| {
                (format!("{name}{end}"), format!("what the {what} of `{name}` are called"))
            }),
        );
    }
    for query in raw.views.iter().flat_map(|view| &view.queries).filter(|query| query.columns.is_some()) {
        let name = &query.named.name.value;
        all.push((format!("{name}Item"), format!("what the items of `{name}` are called")));
    }
    for value in raw.values.iter().filter(|value| value.fields.is_given()) {
        let name = &value.named.name.value;
        all.push((format!("{name}Fields"), format!("what the fields of `{name}` are called")));
    }
    all
}
