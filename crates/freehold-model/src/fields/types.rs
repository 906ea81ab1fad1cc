//! Looks up the types that fields name.

use std::cell::RefCell;
use std::ops::Range;

use crate::fields::{Owner, bounds};
use crate::mistakes::Report;
use crate::model::{Bounds, DecimalBounds, Type};
use crate::names;
use crate::nearest::{did_you_mean, nearest};
use crate::source::{Span, Text, Word};
use crate::symbols::Symbols;

const PRIMITIVES: [&str; 15] = [
    "Text",
    "Bool",
    "Int",
    "Decimal",
    "Money",
    "Currency",
    "Date",
    "Timestamp",
    "Duration",
    "Uuid",
    "Email",
    "Phone",
    "Url",
    "Country",
    "Json",
];

/// What people who come from elsewhere write, and what it is called here.
const FOREIGN: [(&[&str], &str); 8] = [
    (&["string", "str", "varchar", "char"], "Text"),
    (
        &[
            "integer", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "isize", "long",
            "short", "bigint", "number",
        ],
        "Int",
    ),
    (&["boolean"], "Bool"),
    (&["datetime", "instant", "timestamptz", "time", "zoneddatetime", "offsetdatetime"], "Timestamp"),
    (&["localdate", "naivedate", "day"], "Date"),
    (&["guid"], "Uuid"),
    (&["jsonb", "object", "map", "any"], "Json"),
    (&["interval", "timespan", "period"], "Duration"),
];

const FLOATS: [&str; 7] = ["float", "f32", "f64", "double", "real", "float32", "float64"];

/// Resolves the types that fields name.
pub(crate) struct Types<'a> {
    pub(crate) report: &'a Report,
    pub(crate) symbols: &'a Symbols,
    /// The ids of other contexts, where they are mentioned.
    foreign: RefCell<Vec<Foreign>>,
}

/// A mention of an id of another context.
pub(crate) struct Foreign {
    pub(crate) context: String,
    pub(crate) of: String,
    pub(crate) at: Span,
}

/// A primitive by its name, without bounds.
pub(crate) fn primitive(name: &str) -> Option<Type> {
    Some(match name {
        "Text" => Type::Text(Bounds::default()),
        "Bool" => Type::Bool,
        "Int" => Type::Int(Bounds::default()),
        "Decimal" => Type::Decimal(DecimalBounds::default()),
        "Money" => Type::Money,
        "Currency" => Type::Currency,
        "Date" => Type::Date,
        "Timestamp" => Type::Timestamp,
        "Duration" => Type::Duration,
        "Uuid" => Type::Uuid,
        "Email" => Type::Email,
        "Phone" => Type::Phone,
        "Url" => Type::Url,
        "Country" => Type::Country,
        "Json" => Type::Json,
        _ => return None,
    })
}

/// The name of a type as the field grammar writes it, without bounds.
pub(crate) fn spelled(ty: &Type) -> String {
    match ty {
        Type::Text(_) => "Text".to_owned(),
        Type::Int(_) => "Int".to_owned(),
        Type::Decimal(_) => "Decimal".to_owned(),
        Type::Value(name) | Type::Enum(name) | Type::Id { context: None, of: name } => name.clone(),
        Type::Id { context: Some(context), of } => format!("{context}.{of}"),
        Type::State(of) => format!("{of}.State"),
        other => format!("{other:?}"),
    }
}

impl<'a> Types<'a> {
    pub(crate) fn new(report: &'a Report, symbols: &'a Symbols) -> Self {
        Self { report, symbols, foreign: RefCell::default() }
    }

    /// The ids of other contexts that were mentioned so far, in the order of their mention.
    pub(crate) fn into_foreign(self) -> Vec<Foreign> {
        self.foreign.into_inner()
    }

    /// Reads the type at `base` with its bounds; `None` when that is reported.
    pub(crate) fn read(
        &self,
        text: &Text,
        base: &Range<usize>,
        limits: Option<&Range<usize>>,
        owner: Owner,
    ) -> Option<Type> {
        let ty = self.named(&text.word(base.clone()), owner)?;
        match limits {
            Some(limits) => bounds::read(self.report, text, limits, &ty),
            None => Some(ty),
        }
    }

    fn named(&self, word: &Word, owner: Owner) -> Option<Type> {
        if let Some((first, last)) = word.value.split_once('.') {
            return self.dotted(word, first, last, owner);
        }
        let name = names::pascal(&word.value).unwrap_or_default();
        let ty = primitive(&name).or_else(|| self.declared(&name));
        if ty.is_none() {
            self.unknown(word);
        }
        ty
    }

    fn declared(&self, name: &str) -> Option<Type> {
        let symbols = self.symbols;
        if symbols.enums.iter().any(|(other, _)| other == name) {
            return Some(Type::Enum(name.to_owned()));
        }
        if symbols.values.iter().any(|other| other == name) {
            return Some(Type::Value(name.to_owned()));
        }
        let known = symbols.aggregate(name).is_some() || symbols.entities.iter().any(|other| other == name);
        known.then(|| Type::Id { context: None, of: name.to_owned() })
    }

    /// `crm.Customer` or `Shipment.State`.
    fn dotted(&self, word: &Word, first: &str, last: &str, owner: Owner) -> Option<Type> {
        let aggregate = names::pascal(first).filter(|name| self.symbols.aggregate(name).is_some());
        if let (Some(aggregate), Some("State")) = (aggregate, names::pascal(last).as_deref()) {
            return self.state(word, aggregate, owner);
        }
        if let Some("State") = names::pascal(last).as_deref()
            && first.starts_with(|c: char| c.is_ascii_uppercase())
        {
            let aggregates = self.symbols.aggregates.iter().map(|aggregate| aggregate.name.as_str());
            self.report
                .mistake(word.span, format!("there is no aggregate `{first}`"))
                .help(did_you_mean(first, aggregates));
            return None;
        }
        self.foreign(word, first, last)
    }

    fn state(&self, word: &Word, aggregate: String, owner: Owner) -> Option<Type> {
        if owner != Owner::View {
            self.report
                .mistake(word.span, format!("only a view has fields of type `{aggregate}.State`"))
                .help("the life-cycle state is part of the aggregate anyway, as `self.state`");
            return None;
        }
        let symbol = self.symbols.aggregate(&aggregate)?;
        if symbol.states.is_empty() {
            if !symbol.states_broken {
                self.report
                    .mistake(word.span, format!("`{aggregate}` has no states"))
                    .help("name them in the aggregate, as in `states = [\"Open\", \"Closed\"]`");
            }
            return None;
        }
        Some(Type::State(aggregate))
    }

    fn foreign(&self, word: &Word, context: &str, name: &str) -> Option<Type> {
        let (Some(context), Some(of)) = (names::snake(context), names::pascal(name)) else {
            self.unknown(word);
            return None;
        };
        if self.symbols.uses.contains(&context) {
            self.foreign.borrow_mut().push(Foreign {
                context: context.clone(),
                of: of.clone(),
                at: word.span,
            });
            return Some(Type::Id { context: Some(context), of });
        }
        let help = match nearest(&context, self.symbols.uses.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}.{of}`?"),
            None => format!("add it: `uses = [\"{context}\"]`"),
        };
        self.report.mistake(word.span, format!("the model does not use a context `{context}`")).help(help);
        None
    }

    fn unknown(&self, word: &Word) {
        let plain = word.value.to_lowercase();
        if FLOATS.contains(&plain.as_str()) {
            self.report
                .mistake(word.span, format!("there is no floating point type `{}`", word.value))
                .help("amounts that are compared and added must be exact: use `Decimal`");
            return;
        }
        let message = if word.value.is_empty() {
            "the type is missing".to_owned()
        } else {
            format!("there is no type `{}`", word.value)
        };
        self.report.mistake(word.span, message).help(self.suggestion(&word.value, &plain));
    }

    fn suggestion(&self, name: &str, plain: &str) -> String {
        if let Some((_, here)) = FOREIGN.iter().find(|(others, _)| others.contains(&plain)) {
            return format!("it is called `{here}` here");
        }
        match nearest(name, PRIMITIVES.into_iter().chain(self.symbols.type_names())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "a type is a primitive, an enum, a value or the name of an aggregate, which means its id"
                .to_owned(),
        }
    }
}
