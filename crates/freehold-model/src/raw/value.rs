//! Enums and values as they are written.

use crate::names;
use crate::raw::{Named, RawFields, raw_fields, rules};
use crate::source::{Text, Word};
use crate::table::{Entry, File, Table, Words};

/// `Carrier = ["Dhl", "Ups"]`, or a table with `variants`.
pub(crate) struct RawEnum {
    pub(crate) named: Named,
    pub(crate) variants: Vec<Word>,
}

impl RawEnum {
    pub(crate) fn read<'a>(file: File<'a>, context: &str, entry: &Entry<'a>) -> Self {
        let name = names::type_name(file.report, "enum", context, &entry.key);
        let title = format!("enum `{}`", name.value);
        let (named, words) = if entry.is_table() {
            let mut table = Table::of(file, title.as_str(), entry);
            let mut named = Named::read(file, "enum", name, &mut table);
            named.broken |= !table.misses("variants");
            let words = table.words("variants");
            table.finish();
            (named, words)
        } else {
            let named = Named { name, description: String::new(), was: None, broken: false };
            (named, Some(entry.words(file, &title)))
        };
        let variants = variants(file, &named, words);
        Self { named, variants }
    }
}

fn variants(file: File<'_>, named: &Named, words: Option<Words>) -> Vec<Word> {
    if words.as_ref().map_or(!named.broken, Words::is_empty) {
        file.report
            .mistake(named.name.span, format!("enum `{}` has no variants", named.name.value))
            .help("name at least one, as in `[\"Dhl\", \"Ups\"]`");
    }
    let words = words.map(|words| words.list).unwrap_or_default();
    words.iter().map(|word| names::variant_name(file.report, "variant", word)).collect()
}

/// `[value.*]`
pub(crate) struct RawValue {
    pub(crate) named: Named,
    pub(crate) inner: Option<Text>,
    pub(crate) pattern: Option<Text>,
    pub(crate) fields: RawFields,
    pub(crate) require: Vec<(Word, Text)>,
    /// Whether the file tries to say what it is made of, be it wrongly.
    pub(crate) shaped: bool,
}

impl RawValue {
    pub(crate) fn read<'a>(file: File<'a>, context: &str, entry: &Entry<'a>) -> Self {
        let name = names::type_name(file.report, "value", context, &entry.key);
        let mut table = Table::of(file, format!("value `{}`", name.value), entry);
        let shaped = !table.misses("type") || !table.misses("fields");
        let value = Self {
            named: Named::read(file, "value", name, &mut table),
            inner: table.text("type"),
            pattern: table.text("pattern"),
            fields: raw_fields(&mut table, "fields"),
            require: rules(file, &mut table),
            shaped,
        };
        table.finish();
        value
    }
}
