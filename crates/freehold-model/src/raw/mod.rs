//! The file as it is written: every section and key taken over, no name resolved yet.

mod aggregate;
mod value;
mod view;

pub(crate) use aggregate::{RawAggregate, RawCommand, RawEmission, RawEvent};
pub(crate) use value::{RawEnum, RawValue};
pub(crate) use view::{RawQuery, RawSync, RawView};

use toml::de::DeTable;

use crate::names;
use crate::source::{Span, Text, Word};
use crate::table::{Entry, File, Table, Words};

/// A whole file.
pub(crate) struct RawModel {
    pub(crate) context: Word,
    pub(crate) description: String,
    pub(crate) tenancy: Option<Text>,
    pub(crate) uses: Vec<Word>,
    pub(crate) enums: Vec<RawEnum>,
    pub(crate) values: Vec<RawValue>,
    pub(crate) aggregates: Vec<RawAggregate>,
    pub(crate) views: Vec<RawView>,
    /// Entities are refused, but their names may be mentioned without a second mistake.
    pub(crate) entities: Vec<String>,
}

/// What every named thing may say of itself.
pub(crate) struct Named {
    pub(crate) name: Word,
    pub(crate) description: String,
    pub(crate) was: Option<Word>,
    /// Whether its table could not be read, which has been reported.
    pub(crate) broken: bool,
}

impl Named {
    pub(crate) fn was_name(&self) -> Option<String> {
        self.was.as_ref().map(|was| was.value.clone())
    }

    /// Reads what the table of a thing says of the thing itself.
    fn read(file: File<'_>, kind: &str, name: Word, table: &mut Table<'_>) -> Self {
        let description = description(table);
        let was = table.text("was").map(|was| names::type_name(file.report, kind, "", &was.whole()));
        Self { name, description, was, broken: table.is_broken() }
    }
}

/// Reads a file whose syntax is right.
pub(crate) fn read<'a>(file: File<'a>, document: &'a DeTable<'a>) -> RawModel {
    let mut table = Table::new(file, "the model", Span { start: 0, end: 0 }, document);
    let context = context(file, &mut table);
    let at = context.value.clone();
    let model = RawModel {
        description: description(&mut table),
        tenancy: table.text("tenancy"),
        uses: uses(file, &mut table),
        enums: table.named("enum").iter().map(|entry| RawEnum::read(file, &at, entry)).collect(),
        values: table.named("value").iter().map(|entry| RawValue::read(file, &at, entry)).collect(),
        aggregates: table
            .named("aggregate")
            .iter()
            .map(|entry| RawAggregate::read(file, &at, entry))
            .collect(),
        views: table.named("view").iter().map(|entry| RawView::read(file, &at, entry)).collect(),
        entities: later_sections(file, &mut table),
        context,
    };
    table.finish();
    model
}

fn context(file: File<'_>, table: &mut Table<'_>) -> Word {
    if table.misses("context") {
        file.report
            .mistake(table.span(), "the model does not say which context it describes")
            .help("begin it with `context = \"…\"`");
    }
    let nameless = Word { value: String::new(), span: table.span() };
    table.text("context").map_or(nameless, |text| names::context_name(file.report, &text.whole()))
}

fn description(table: &mut Table<'_>) -> String {
    table.text("description").map(|text| text.as_str().to_owned()).unwrap_or_default()
}

fn uses(file: File<'_>, table: &mut Table<'_>) -> Vec<Word> {
    let words = table.words("uses").map(|words| words.list).unwrap_or_default();
    words.iter().map(|word| names::context_name(file.report, word)).collect()
}

/// Refuses what only a later version generates.
fn later_sections(file: File<'_>, table: &mut Table<'_>) -> Vec<String> {
    if let Some(entry) = table.entry("process") {
        file.report
            .mistake(entry.key.span, "processes are not generated yet; leave the `[process.*]` sections out")
            .help("write the process by hand, against the ports of the generated context");
    }
    let Some(entry) = table.entry("entity") else {
        return Vec::new();
    };
    file.report
        .mistake(entry.key.span, "entities are not generated yet; leave the `[entity.*]` sections out")
        .help("model each as an aggregate with commands that create, change and remove it");
    let names = Table::of(file, "`entity`", &entry).rest();
    names.iter().filter_map(|entry: &Entry<'_>| names::pascal(&entry.key.value)).collect()
}

/// A string of fields, as yet unread.
pub(crate) struct RawFields {
    pub(crate) text: Option<Text>,
    /// Whether the file tries to give it, be it wrongly; that has been reported.
    pub(crate) broken: bool,
}

impl RawFields {
    pub(crate) fn is_given(&self) -> bool {
        self.text.is_some() || self.broken
    }
}

fn raw_fields(table: &mut Table<'_>, key: &'static str) -> RawFields {
    let missing = table.misses(key);
    let text = table.text(key);
    RawFields { broken: !missing && text.is_none(), text }
}

/// The roles of a command or query; none at all when the key is missing or empty.
pub(crate) struct Roles {
    pub(crate) list: Vec<String>,
    /// Whether the file says who, be it that nobody is meant to.
    pub(crate) said: bool,
}

fn roles(file: File<'_>, table: &mut Table<'_>) -> Roles {
    let said = !table.misses("roles");
    let words = table.words("roles");
    let list = words.map(|words| words.list).unwrap_or_default();
    for role in &list {
        if role.value.is_empty() || role.value.contains(char::is_whitespace) {
            file.report
                .mistake(role.span, format!("`{}` cannot be a role", role.value))
                .help("a role is one word, as in `dispatcher`");
        }
    }
    Roles { list: list.into_iter().map(|role| role.value).collect(), said }
}

/// Rules by the name of their rejection.
fn rules(file: File<'_>, table: &mut Table<'_>) -> Vec<(Word, Text)> {
    let texts = table.texts("require");
    texts
        .into_iter()
        .map(|(name, text)| (names::variant_name(file.report, "rejection", &name), text))
        .collect()
}

/// Names of types as they are mentioned, in the form that they are declared in.
fn mentions(table: &mut Table<'_>, key: &'static str) -> Option<Words> {
    let mut words = table.words(key)?;
    words.list = words.list.iter().map(mention).collect();
    Some(words)
}

fn mention(word: &Word) -> Word {
    word.spelled(names::pascal(&word.value).unwrap_or_else(|| word.value.clone()))
}

/// Names of fields as they are mentioned.
fn field_mention(word: &Word) -> Word {
    word.spelled(names::snake(&word.value).unwrap_or_else(|| word.value.clone()))
}
