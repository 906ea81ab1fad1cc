//! Views and their queries as they are written.

use crate::names;
use crate::raw::{Named, RawFields, Roles, field_mention, mention, mentions, raw_fields, roles};
use crate::source::{Span, Text, Word};
use crate::table::{Entry, File, Table, Words};

/// `[view.*]`
pub(crate) struct RawView {
    pub(crate) named: Named,
    pub(crate) of: Option<Words>,
    /// Whether `of` could not be read.
    pub(crate) of_broken: bool,
    pub(crate) key: Option<Words>,
    pub(crate) fields: RawFields,
    /// By event, then by field.
    pub(crate) set: Vec<(Word, Vec<(Word, Text)>)>,
    pub(crate) sync: Option<RawSync>,
    pub(crate) priority: Option<(i64, Span)>,
    pub(crate) timeout: Option<Text>,
    pub(crate) deletes: Option<Words>,
    pub(crate) queries: Vec<RawQuery>,
}

/// `sync = true` or `sync = ["A"]`.
pub(crate) enum RawSync {
    All(bool),
    Events(Words),
}

impl RawView {
    pub(crate) fn read<'a>(file: File<'a>, context: &str, entry: &Entry<'a>) -> Self {
        let name = names::type_name(file.report, "view", context, &entry.key);
        let mut table = Table::of(file, format!("view `{}`", name.value), entry);
        let of_missing = table.misses("of");
        let of = mentions(&mut table, "of");
        let view = Self {
            named: Named::read(file, "view", name, &mut table),
            of_broken: !of_missing && of.is_none(),
            of,
            key: table.words("key").map(field_mentions),
            fields: raw_fields(&mut table, "fields"),
            set: set(file, &mut table),
            sync: sync(file, &mut table),
            priority: table.integer("priority"),
            timeout: table.text("timeout"),
            deletes: mentions(&mut table, "deletes"),
            queries: table.named("query").iter().map(|entry| RawQuery::read(file, context, entry)).collect(),
        };
        table.finish();
        view
    }
}

fn field_mentions(mut words: Words) -> Words {
    words.list = words.list.iter().map(field_mention).collect();
    words
}

fn set(file: File<'_>, table: &mut Table<'_>) -> Vec<(Word, Vec<(Word, Text)>)> {
    let title = format!("`set` of {}", table.title());
    let Some(entry) = table.entry("set") else {
        return Vec::new();
    };
    let event = |entry: Entry<'_>| {
        let title = format!("`{}` in {title}", entry.key.value);
        let fields = Table::of(file, title.as_str(), &entry).rest();
        let field = |field: Entry<'_>| {
            let text = field.text(file, &format!("`{}` of {title}", field.key.value))?;
            Some((field_mention(&field.key), text))
        };
        (mention(&entry.key), fields.into_iter().filter_map(field).collect())
    };
    Table::of(file, title.as_str(), &entry).rest().into_iter().map(event).collect()
}

fn sync(file: File<'_>, table: &mut Table<'_>) -> Option<RawSync> {
    let title = format!("`sync` of {}", table.title());
    let entry = table.entry("sync")?;
    if let Some(all) = entry.flag() {
        return Some(RawSync::All(all));
    }
    if entry.elements().is_none() && !entry.is_text() {
        return entry.wrong(file, &title, "`true`, `false` or an array of events");
    }
    let mut words = entry.words(file, &title);
    words.list = words.list.iter().map(mention).collect();
    Some(RawSync::Events(words))
}

/// `[view.*.query]`
pub(crate) struct RawQuery {
    pub(crate) named: Named,
    pub(crate) by: Option<Words>,
    pub(crate) filter: Option<Words>,
    pub(crate) one_of: Option<Words>,
    pub(crate) range: Option<Words>,
    pub(crate) search: Option<Words>,
    pub(crate) sort: Option<Words>,
    pub(crate) columns: Option<Words>,
    pub(crate) page: Option<Text>,
    pub(crate) total: Option<(bool, Span)>,
    pub(crate) changes: Option<(bool, Span)>,
    pub(crate) roles: Roles,
    pub(crate) route: Option<Text>,
}

impl RawQuery {
    fn read<'a>(file: File<'a>, context: &str, entry: &Entry<'a>) -> Self {
        let name = names::type_name(file.report, "query", context, &entry.key);
        let mut table = Table::of(file, format!("query `{}`", name.value), entry);
        let named = Named::read(file, "query", name, &mut table);
        let mut words = |key| table.words(key).map(field_mentions);
        let query = Self {
            named,
            by: words("by"),
            filter: words("filter"),
            one_of: words("one_of"),
            range: words("range"),
            search: words("search"),
            sort: words("sort"),
            columns: words("columns"),
            page: table.text("page"),
            total: table.flag("total"),
            changes: table.flag("changes"),
            roles: roles(file, &mut table),
            route: table.text("route"),
        };
        table.finish();
        query
    }
}
