//! Reads a string of fields.

use std::ops::Range;

use crate::fields::split::{find_outside, split};
use crate::fields::{Attribute, FieldAt, Fields, Owner, Types, defaults};
use crate::mistakes::Report;
use crate::model::{Field, Literal, Type};
use crate::names;
use crate::nearest::nearest;
use crate::source::{Text, Word};

const ATTRIBUTES: [(&str, Attribute); 4] = [
    ("unique", Attribute::Unique),
    ("personal", Attribute::Personal),
    ("secret", Attribute::Secret),
    ("index", Attribute::Index),
];

/// Reads all fields of `text`; what cannot be read is reported and left out.
pub(super) fn parse(text: &Text, owner: Owner, types: &Types<'_>) -> Fields {
    let mut parser = Parser { text, owner, types, fields: Fields::none() };
    let split = split(text.as_str());
    if let Some(open) = split.unclosed {
        let character = parser.part(&open);
        parser.report().mistake(text.at(open), format!("`{character}` is never closed"));
        parser.fields.complete = false;
        return parser.fields;
    }
    let mut words = split.words.into_iter().peekable();
    while let Some(word) = words.next() {
        if parser.word(&word) == Read::TypeMissing {
            // `name: Type` with a space: the type has been reported with the name.
            let is_type = |next: &Range<usize>| find_outside(parser.part(next), &[':']).is_none();
            words.next_if(|next| is_type(next) && attribute(parser.part(next)).is_none());
        }
    }
    parser.fields
}

/// Reads `Text(1..20)`: a primitive with nothing after it.
pub(super) fn inner_type(text: &Text, types: &Types<'_>) -> Option<Type> {
    let written = text.as_str();
    let base_end = written.find(['(', '?', '[', '=', ' ']).unwrap_or(written.len());
    let rest = written.get(base_end..).unwrap_or_default();
    let bounds = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    if bounds.is_none() && !rest.is_empty() {
        types
            .report
            .mistake(text.at(base_end..written.len()), format!("`{rest}` cannot follow the type of a value"))
            .help("a value is always one thing; the field that holds it may be optional or a list");
        return None;
    }
    let bounds = bounds.map(|bounds| base_end + 1..base_end + 1 + bounds.len());
    let ty = types.read(text, &(0..base_end), bounds.as_ref(), Owner::Composite)?;
    if matches!(ty, Type::Value(_) | Type::Enum(_) | Type::Id { .. }) {
        types
            .report
            .mistake(text.at(0..base_end), "a value is made of a primitive")
            .help("write the primitive, or `fields = \"…\"` for a value that holds others");
        return None;
    }
    Some(ty)
}

struct Parser<'a> {
    text: &'a Text,
    owner: Owner,
    types: &'a Types<'a>,
    fields: Fields,
}

#[derive(PartialEq, Eq)]
enum Read {
    Done,
    TypeMissing,
}

/// The parts of `name:Type(bounds)?=default`.
struct Parts {
    name: Word,
    base: Range<usize>,
    bounds: Option<Range<usize>>,
    suffix: Range<usize>,
    default: Option<Range<usize>>,
}

impl Parser<'_> {
    fn report(&self) -> &Report {
        self.types.report
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.text.as_str().get(range.clone()).unwrap_or_default()
    }

    fn word(&mut self, word: &Range<usize>) -> Read {
        let Some(colon) = find_outside(self.part(word), &[':']).map(|at| word.start + at) else {
            self.attribute(word);
            return Read::Done;
        };
        let name = self.text.word(word.start..colon);
        let rest = colon + 1..word.end;
        let field = if rest.is_empty() {
            self.report()
                .mistake(self.text.at(word.clone()), format!("the field `{}` has no type", name.value))
                .help("write name and type without a space between them: `name:Type`");
            self.fields.complete = false;
            return Read::TypeMissing;
        } else {
            self.field(name, &rest)
        };
        match field {
            Some(field) => self.add(field),
            None => self.fields.complete = false,
        }
        Read::Done
    }

    fn add(&mut self, field: FieldAt) {
        if self.fields.get(field.name()).is_some() {
            self.report().mistake(field.name_at, format!("there are two fields `{}`", field.name()));
            return;
        }
        self.fields.list.push(field);
    }

    fn field(&self, name: Word, rest: &Range<usize>) -> Option<FieldAt> {
        let parts = self.parts(name, rest)?;
        let before = self.report().count();
        let name = names::field_name(self.report(), &parts.name)?;
        self.check_name(&name);
        let named = self.report().count() == before;
        let type_at = self.text.at(rest.clone());
        let ty = self.types.read(self.text, &parts.base, parts.bounds.as_ref(), self.owner);
        let (optional, list) = self.suffix(&parts);
        let mut field = FieldAt {
            known: ty.is_some() && named,
            field: Field {
                name: name.value,
                ty: ty.unwrap_or(Type::Json),
                optional,
                list,
                default: None,
                unique: false,
                personal: false,
                secret: false,
                index: false,
            },
            name_at: name.span,
            type_at,
            attributes: Vec::new(),
        };
        field.field.default = parts.default.and_then(|default| self.default(&field, default));
        Some(field)
    }

    /// Takes `Type(bounds)?=default` apart.
    fn parts(&self, name: Word, rest: &Range<usize>) -> Option<Parts> {
        let equals = find_outside(self.part(rest), &['=']).map(|at| rest.start + at);
        let ty = rest.start..equals.unwrap_or(rest.end);
        let base_end = self.part(&ty).find(['(', '?', '[']).map_or(ty.end, |at| ty.start + at);
        let mut suffix = base_end..ty.end;
        let mut bounds = None;
        if self.part(&suffix).starts_with('(') {
            let Some(close) = self.part(&suffix).rfind(')') else {
                self.report().mistake(self.text.at(suffix), "`(` is never closed");
                return None;
            };
            bounds = Some(suffix.start + 1..suffix.start + close);
            suffix.start += close + 1;
        }
        let default = equals.map(|equals| equals + 1..rest.end);
        Some(Parts { name, base: ty.start..base_end, bounds, suffix, default })
    }

    /// Whether the field is optional and whether it is a list.
    fn suffix(&self, parts: &Parts) -> (bool, bool) {
        let suffix = self.part(&parts.suffix);
        let name = &parts.name.value;
        let (message, help) = match suffix {
            "" => return (false, false),
            "?" => return (true, false),
            "[]" => return (false, true),
            "[]?" => return (true, true),
            "?[]" => {
                let help =
                    "write `[]?` for a list that may be missing; no element of a list is missing".to_owned();
                (format!("`{name}` is a list of optional values"), help)
            }
            _ if suffix.contains('(') => (
                format!("the bounds of `{name}` stand in the wrong place"),
                "write them right after the type".to_owned(),
            ),
            _ => (
                format!("`{suffix}` cannot follow a type"),
                "`?` makes a field optional, `[]` a list".to_owned(),
            ),
        };
        self.report().mistake(self.text.at(parts.suffix.clone()), message).help(help);
        (true, false)
    }

    fn check_name(&self, name: &Word) {
        let clash = match self.owner {
            Owner::Composite => return,
            Owner::View => names::is_taken_column(&name.value),
            Owner::Event => name.value == "id" || names::is_root(&name.value),
            Owner::Command | Owner::State => name.value == "id",
        };
        if !clash {
            return;
        }
        let name_of = |word: &Word| format!("the field cannot be called `{}`", word.value);
        let (message, help) = if name.value == "id" {
            let message = format!("{}: the id is there anyway", name_of(name));
            (
                message,
                "leave it out; for an id of something else say whose, as in `customer:Customer`".to_owned(),
            )
        } else if self.owner == Owner::Event {
            let message = format!("{}: expressions have that word for something else", name_of(name));
            (message, format!("say what it is of, as in `other_{}`", name.value))
        } else {
            let message = format!("{}: every table of a view may have that column", name_of(name));
            (message, format!("say what it is of, as in `document_{}`", name.value))
        };
        self.report().mistake(name.span, message).help(help);
    }

    fn default(&self, field: &FieldAt, range: Range<usize>) -> Option<Literal> {
        let at = self.text.at(range.clone());
        let name = field.name();
        if field.field.optional {
            self.report()
                .mistake(at, format!("`{name}` is optional and has a default"))
                .help("leave out the `?`, or the default");
            return None;
        }
        if field.field.list {
            self.report()
                .mistake(at, format!("the list `{name}` has a default"))
                .help("a list starts empty; leave it out");
            return None;
        }
        if !field.known {
            return None;
        }
        match defaults::read(self.part(&range), &field.field.ty, self.types.symbols) {
            Ok(literal) => Some(literal),
            Err(wrong) => {
                self.report()
                    .mistake(at, format!("the default of `{name}` {}", wrong.message))
                    .help(wrong.help);
                None
            }
        }
    }

    fn attribute(&mut self, range: &Range<usize>) {
        let at = self.text.at(range.clone());
        let word = self.part(range).to_owned();
        let Some(attribute) = attribute(&word) else {
            self.unknown_word(range, &word);
            return;
        };
        if let Some(message) = self.refuses(attribute) {
            self.report().mistake(at, message.0).help(message.1);
            return;
        }
        let Some(last) = self.fields.list.last_mut() else {
            if self.fields.complete {
                self.report().mistake(at, format!("`{word}` stands before any field"));
            }
            return;
        };
        last.attributes.push((attribute, at));
        match attribute {
            Attribute::Unique => last.field.unique = true,
            Attribute::Personal => last.field.personal = true,
            Attribute::Secret => last.field.secret = true,
            Attribute::Index => last.field.index = true,
        }
    }

    fn unknown_word(&mut self, range: &Range<usize>, word: &str) {
        let names = ATTRIBUTES.iter().map(|(name, _)| *name);
        let help = match nearest(word, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "a field has a type: `{word}:Type`; the attributes are unique, personal, secret and index"
            ),
        };
        self.report()
            .mistake(self.text.at(range.clone()), format!("`{word}` is neither a field nor an attribute"))
            .help(help);
        self.fields.complete = false;
    }

    /// Why the owner's fields cannot have an attribute, with what to do instead.
    fn refuses(&self, attribute: Attribute) -> Option<(&'static str, &'static str)> {
        match (self.owner, attribute) {
            (Owner::Composite, Attribute::Personal) => None,
            (Owner::Composite, _) => Some((
                "the fields of a value can only be `personal`",
                "put the attribute on the field that holds the value",
            )),
            (Owner::View, Attribute::Unique) => Some((
                "a read model cannot refuse a command",
                "put `unique` on the aggregate, or on the field of its command or event",
            )),
            (Owner::View, Attribute::Secret) => {
                Some(("a secret never leaves the write side", "leave the field out of the view"))
            }
            (Owner::Command | Owner::Event | Owner::State, Attribute::Index) => {
                Some(("only the fields of a view are indexed", "put `index` on the field of a view"))
            }
            _ => None,
        }
    }
}

fn attribute(word: &str) -> Option<Attribute> {
    ATTRIBUTES.iter().find(|(name, _)| *name == word).map(|(_, attribute)| *attribute)
}
