//! The `use` lines of a generated file, found by the names that its text mentions.

use std::collections::{BTreeMap, HashSet};

use freehold_model::{Model, Type};

use crate::{names, rust::Types};

/// The place in a template that is replaced by the imports.
const MARK: &str = "// imports\n";

/// Behind an import of a template that not every body needs.
const WHERE_MENTIONED: &str = " // where mentioned";

/// What generated tests use of the prelude.
const PRELUDE: [&str; 12] = [
    "Country",
    "Currency",
    "Date",
    "Decimal",
    "Duration",
    "Email",
    "Money",
    "Phone",
    "Timestamp",
    "Url",
    "Uuid",
    "dec",
];

/// Where each name of a context is to be had.
pub(crate) struct Imports {
    context: String,
    /// Module by name.
    homes: BTreeMap<String, &'static str>,
}

impl Imports {
    pub(crate) fn of(model: &Model) -> Self {
        let mut homes = BTreeMap::new();
        let types = Types::of(model);
        for value in &model.values {
            homes.insert(value.name.clone(), "domain");
            homes.insert(format!("{}Fields", value.name), "domain");
        }
        homes.extend(model.enums.iter().map(|it| (it.name.clone(), "domain")));
        homes.extend(
            foreign_ids(model).into_iter().map(|(context, of)| (types.id(Some(&context), &of), "domain")),
        );
        for aggregate in &model.aggregates {
            homes.extend(crate::context::aggregate_names(aggregate).into_iter().map(|name| (name, "domain")));
        }
        for view in &model.views {
            homes.insert(view.name.clone(), "application::views");
            for query in &view.queries {
                homes.insert(query.name.clone(), "application::queries");
                homes.extend(crate::context::item_name(query).map(|name| (name, "application::queries")));
            }
        }
        Self { context: names::snake(&model.context), homes }
    }

    /// The text with its mark replaced by what it needs: from `crate` in the sources, from the crate's name in tests.
    pub(crate) fn resolve(&self, text: &str) -> String {
        let (root, mark) = if text.contains("// imports from outside\n") {
            (self.context.as_str(), "// imports from outside\n")
        } else {
            ("crate", MARK)
        };
        let Some((before, body)) = text.split_once(mark) else { return text.to_owned() };
        let code = code(body);
        let mentioned = words(&code);
        let own = defined(text);
        let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, module) in &self.homes {
            if mentioned.contains(name.as_str()) && !own.contains(name) {
                modules.entry(module).or_default().push(name);
            }
        }
        let before = only_mentioned(before, &mentioned);
        let lines = modules
            .iter()
            .map(|(module, names)| format!("use {root}::{module}::{{{}}};\n", names.join(", ")));
        format!("{before}{}{body}", lines.collect::<String>())
    }
}

/// Without the lines that are marked as wanted only by a body that mentions what they import.
fn only_mentioned(head: &str, mentioned: &HashSet<&str>) -> String {
    let kept = head.lines().filter_map(|line| match line.strip_suffix(WHERE_MENTIONED) {
        Some(import) => {
            let name = import.trim_end_matches(';').rsplit([':', ' ']).next().unwrap_or_default();
            let wanted = if name == "*" {
                PRELUDE.iter().any(|name| mentioned.contains(name))
            } else {
                mentioned.contains(name)
            };
            wanted.then_some(import)
        }
        None => Some(line),
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The aggregates of other contexts whose ids a model mentions, each with its context.
pub(crate) fn foreign_ids(model: &Model) -> Vec<(String, String)> {
    let aggregates = model.aggregates.iter().flat_map(|aggregate| {
        let commands = aggregate.commands.iter().flat_map(|command| &command.fields);
        let events = aggregate.events.iter().flat_map(|event| &event.fields);
        commands.chain(events).chain(aggregate.state.iter().map(|state| &state.field))
    });
    let values = model.values.iter().flat_map(|value| match &value.shape {
        freehold_model::ValueShape::Composite { fields } => fields.as_slice(),
        freehold_model::ValueShape::Newtype { .. } => &[],
    });
    let fields = aggregates.chain(values).chain(model.views.iter().flat_map(|view| &view.fields));
    let mut ids: Vec<_> = fields
        .filter_map(|field| match &field.ty {
            Type::Id { context: Some(context), of } => Some((context.clone(), of.clone())),
            _ => None,
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The text without comments, documentation and the contents of strings.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split('"').step_by(2).collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// The words of a text, but for those that a path leads to: of `Carrier::Dhl` only `Carrier`.
fn words(text: &str) -> HashSet<&str> {
    let mut words = HashSet::new();
    let mut before = "";
    for part in text.split_inclusive(|letter: char| !letter.is_alphanumeric() && letter != '_') {
        let word = part.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
        if !word.is_empty() && !before.ends_with("::") {
            words.insert(word);
        }
        before = &text[..part.as_ptr() as usize - text.as_ptr() as usize + part.len()];
    }
    words
}

/// The names of the items that the text defines, or imports from a module beside it.
fn defined(text: &str) -> HashSet<String> {
    let mut defined = HashSet::new();
    for line in text.lines() {
        let line = line.trim_start().trim_start_matches("pub ");
        if let Some(item) = ["struct ", "enum ", "type "].iter().find_map(|kind| line.strip_prefix(kind)) {
            let first: String =
                item.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            defined.insert(first);
        }
        // A variant over the events of an aggregate has that aggregate's name.
        if let Some((name, events)) = line.split_once('(')
            && events.strip_suffix("),") == Some(&format!("{name}Event"))
        {
            defined.insert(name.to_owned());
        }
        if let Some(names) = line.strip_prefix("use ").filter(|path| !path.starts_with("freehold")) {
            defined.extend(
                names.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(str::to_owned),
            );
        }
    }
    defined
}
