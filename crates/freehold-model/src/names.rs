//! The forms that names take, and the names that a model must leave alone.

use heck::{ToSnakeCase, ToUpperCamelCase};

use crate::mistakes::Report;
use crate::source::Word;

/// Rust's keywords, those that are reserved for later included.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// What generated code imports or is written with.
const TAKEN_TYPES: &[&str] = &[
    // Rust's prelude and what derives name.
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Hash",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Serialize",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
    // The types of the field grammar.
    "Bool",
    "Country",
    "Currency",
    "Date",
    "Decimal",
    "Duration",
    "Email",
    "Int",
    "Json",
    "Money",
    "Phone",
    "Text",
    "Timestamp",
    "Url",
    "Uuid",
    // Freehold's own, as its prelude and the derives name them.
    "ActorId",
    "Aggregate",
    "Ask",
    "Change",
    "Checked",
    "Column",
    "ColumnDef",
    "Command",
    "CommandId",
    "Context",
    "CorrelationId",
    "CountedPage",
    "Create",
    "Creation",
    "Cursor",
    "Decide",
    "Event",
    "EventId",
    "EventSet",
    "EventType",
    "Events",
    "Excerpt",
    "Fields",
    "Id",
    "Invalid",
    "JsonSchema",
    "Metadata",
    "Migration",
    "OffsetPage",
    "Page",
    "Position",
    "Query",
    "Range",
    "Recorded",
    "Redact",
    "Rejection",
    "Routes",
    "Row",
    "RowKey",
    "Rules",
    "Schema",
    "Select",
    "Snapshots",
    "Sort",
    "StdDuration",
    "Stored",
    "StreamId",
    "SyncMode",
    "Tag",
    "TenantId",
    "TestService",
    "UniqueKey",
    "UpcastError",
    "Validate",
    "Value",
    "Version",
    "View",
    "Violation",
];

/// Crates and modules that a context of the same name would hide.
const TAKEN_CONTEXTS: &[&str] = &[
    "adapters",
    "alloc",
    "anyhow",
    "app",
    "axum",
    "core",
    "domain",
    "freehold",
    "freehold_app",
    "freehold_cli",
    "freehold_domain",
    "freehold_http",
    "freehold_macros",
    "freehold_memory",
    "freehold_model",
    "freehold_ports",
    "freehold_scaffold",
    "freehold_sqlite",
    "freehold_testkit",
    "garde",
    "http",
    "jiff",
    "main",
    "ports",
    "proc_macro",
    "proptest",
    "rusqlite",
    "rust_decimal",
    "schemars",
    "serde",
    "serde_json",
    "server",
    "std",
    "test",
    "tests",
    "thiserror",
    "tokio",
    "tower",
    "tower_http",
    "tracing",
    "url",
    "uuid",
];

/// Columns that every table of a view has or may get.
const TAKEN_COLUMNS: &[&str] = &["id", "position", "tenant_id", "version"];

/// A word in Pascal case, if its form leaves no doubt.
pub(crate) fn pascal(word: &str) -> Option<String> {
    formed(word).then(|| word.to_upper_camel_case()).filter(|name| starts_with_letter(name))
}

/// A word in snake case, if its form leaves no doubt.
pub(crate) fn snake(word: &str) -> Option<String> {
    formed(word).then(|| word.to_snake_case()).filter(|name| starts_with_letter(name))
}

fn formed(word: &str) -> bool {
    word.len() <= 100 && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-'))
}

fn starts_with_letter(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Reads the name of something that becomes a type; reports what is wrong with it and keeps it all the same, so that
/// mentions of it are not called unknown.
pub(crate) fn type_name(report: &Report, kind: &str, context: &str, word: &Word) -> Word {
    let Some(name) = pascal(word.as_str()) else {
        return misformed(report, kind, word);
    };
    let module = name.to_snake_case();
    let reason = if TAKEN_TYPES.contains(&name.as_str()) {
        Some("generated code needs that name".to_owned())
    } else if KEYWORDS.contains(&module.as_str()) {
        Some(format!("its module would be called `{module}`, a keyword of Rust"))
    } else {
        None
    };
    if let Some(reason) = reason {
        let prefix = pascal(context).unwrap_or_else(|| "My".to_owned());
        report
            .mistake(word.span, format!("the {kind} cannot be called `{name}`: {reason}"))
            .help(format!("choose a name of the domain, such as `{prefix}{name}`"));
    }
    word.spelled(name)
}

/// Reads the name of a variant: of an enum, of a life cycle or of the rejections.
pub(crate) fn variant_name(report: &Report, kind: &str, word: &Word) -> Word {
    match pascal(word.as_str()) {
        Some(name) if name == "Self" => {
            report.mistake(word.span, format!("the {kind} cannot be called `Self`: Rust needs that name"));
            word.spelled(name)
        }
        Some(name) => word.spelled(name),
        None => misformed(report, kind, word),
    }
}

fn misformed(report: &Report, kind: &str, word: &Word) -> Word {
    report
        .mistake(word.span, format!("`{}` cannot be the name of the {kind}", word.value))
        .help("a name is made of ASCII letters and digits and starts with a letter, as in `OrderItem`");
    word.clone()
}

/// Reads the name of a field; `None` when it cannot be one.
pub(crate) fn field_name(report: &Report, word: &Word) -> Option<Word> {
    let Some(name) = snake(word.as_str()) else {
        report.mistake(word.span, format!("`{}` cannot be the name of a field", word.value)).help(
            "a field's name is made of ASCII letters and digits and starts with a letter, as in `booked_at`",
        );
        return None;
    };
    if KEYWORDS.contains(&name.as_str()) {
        report
            .mistake(word.span, format!("`{name}` is a keyword of Rust and cannot be the name of a field"))
            .help(format!("call it `{}`", instead_of(&name)));
    }
    Some(word.spelled(name))
}

/// A word that says what the keyword was meant to say.
fn instead_of(keyword: &str) -> String {
    match keyword {
        "type" => "kind".to_owned(),
        "ref" => "reference".to_owned(),
        "use" => "usage".to_owned(),
        "where" => "place".to_owned(),
        "move" => "movement".to_owned(),
        "abstract" => "summary".to_owned(),
        "box" => "parcel".to_owned(),
        "for" | "in" | "as" | "do" | "if" => format!("{keyword}_what"),
        "final" | "virtual" | "static" | "async" | "unsafe" => format!("is_{keyword}"),
        _ => format!("{keyword}_value"),
    }
}

/// Reads the name of the context.
pub(crate) fn context_name(report: &Report, word: &Word) -> Word {
    let Some(name) = snake(word.as_str()) else {
        report
            .mistake(word.span, format!("`{}` cannot be the name of a context", word.value))
            .help("write it in snake case, as in `broker_account`");
        return word.clone();
    };
    let clash = if KEYWORDS.contains(&name.as_str()) {
        Some("it is a keyword of Rust")
    } else if TAKEN_CONTEXTS.contains(&name.as_str()) {
        Some("a crate or a module of the service has that name")
    } else {
        None
    };
    if let Some(reason) = clash {
        report
            .mistake(word.span, format!("the context cannot be called `{name}`: {reason}"))
            .help(format!("choose a name of the domain, such as `{name}_context`"));
    }
    word.spelled(name)
}

/// Whether an event's field would hide what expressions beside it begin with.
pub(crate) fn is_root(name: &str) -> bool {
    matches!(name, "event" | "row")
}

/// Whether a view's field would clash with a column that the tables have anyway.
pub(crate) fn is_taken_column(name: &str) -> bool {
    TAKEN_COLUMNS.contains(&name)
}
