//! The types and literals of a model, as Rust writes them.

use freehold_model::{Field, Literal, Type, Value, ValueShape};

/// Looks up what the model says of a type's name.
pub(crate) struct Types<'m> {
    model: &'m freehold_model::Model,
}

impl<'m> Types<'m> {
    pub(crate) fn of(model: &'m freehold_model::Model) -> Self {
        Self { model }
    }

    /// The type of one value.
    pub(crate) fn base(&self, ty: &Type) -> String {
        match ty {
            Type::Text(_) => "String".into(),
            Type::Bool => "bool".into(),
            Type::Int(_) => "i64".into(),
            Type::Decimal(_) => "Decimal".into(),
            Type::Money => "Money".into(),
            Type::Currency => "Currency".into(),
            Type::Date => "Date".into(),
            Type::Timestamp => "Timestamp".into(),
            Type::Duration => "Duration".into(),
            Type::Uuid => "Uuid".into(),
            Type::Email => "Email".into(),
            Type::Phone => "Phone".into(),
            Type::Url => "Url".into(),
            Type::Country => "Country".into(),
            Type::Json => "Json".into(),
            Type::Value(name) | Type::Enum(name) => name.clone(),
            Type::Id { context, of } => self.id(context.as_deref(), of),
            Type::State(aggregate) => format!("{aggregate}State"),
        }
    }

    /// The type of a field.
    pub(crate) fn field(&self, field: &Field) -> String {
        let base = self.base(&field.ty);
        let base = if field.list { format!("Vec<{base}>") } else { base };
        if field.optional { format!("Option<{base}>") } else { base }
    }

    /// The typed id of an aggregate: of another context it carries that context's name if both have such an aggregate.
    pub(crate) fn id(&self, context: Option<&str>, of: &str) -> String {
        let own = self.model.aggregates.iter().any(|aggregate| aggregate.name == of);
        match context {
            Some(context) if own => format!("{}{of}Id", heck::AsPascalCase(context)),
            _ => format!("{of}Id"),
        }
    }

    fn value(&self, name: &str) -> Option<&'m Value> {
        self.model.values.iter().find(|value| value.name == name)
    }

    /// What a field starts from where nothing is said: its default, else nothing.
    pub(crate) fn default_of(&self, field: &Field) -> String {
        match &field.default {
            Some(literal) => self.literal(literal, &field.ty),
            None if field.optional => "None".into(),
            None if field.list => "Vec::new()".into(),
            None => "Default::default()".into(),
        }
    }

    /// A default as an expression.
    pub(crate) fn literal(&self, literal: &Literal, ty: &Type) -> String {
        if let Type::Value(name) = ty
            && let Some(ValueShape::Newtype { inner, .. }) = self.value(name).map(|value| &value.shape)
        {
            let inner = self.literal(literal, inner);
            return format!("{name}::new({inner}).expect(\"the default was checked with the model\")");
        }
        match literal {
            Literal::Bool(value) => value.to_string(),
            Literal::Int(value) if matches!(ty, Type::Decimal(_)) => format!("dec!({value})"),
            Literal::Int(value) => int(*value),
            Literal::Decimal(value) => format!("dec!({value})"),
            Literal::Text(text) => text_literal(text, ty),
        }
    }
}

fn text_literal(text: &str, ty: &Type) -> String {
    let quoted = string(text);
    match ty {
        Type::Text(_) if text.is_empty() => "String::new()".into(),
        Type::Text(_) => format!("{quoted}.to_owned()"),
        Type::Enum(name) => format!("{name}::{text}"),
        Type::Currency => format!("Currency::{text}"),
        Type::Country => format!("Country::{text}"),
        Type::Date => date(text).unwrap_or_else(|| parsed(&quoted)),
        Type::Duration => duration(text).unwrap_or_else(|| parsed(&quoted)),
        _ => parsed(&quoted),
    }
}

fn parsed(quoted: &str) -> String {
    format!("{quoted}.parse().expect(\"the default was checked with the model\")")
}

fn date(text: &str) -> Option<String> {
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(format!("Date::constant({}, {}, {})", date.year(), date.month(), date.day()))
}

/// A length of time in the largest unit that it is a whole number of.
fn duration(text: &str) -> Option<String> {
    let duration: jiff::SignedDuration = text.parse().ok()?;
    let seconds = duration.as_secs();
    match (duration.subsec_nanos(), seconds) {
        (0, 0) => Some("Duration::ZERO".into()),
        (0, _) if seconds % 3600 == 0 => Some(format!("Duration::from_hours({})", int(seconds / 3600))),
        (0, _) if seconds % 60 == 0 => Some(format!("Duration::from_mins({})", int(seconds / 60))),
        (0, _) => Some(format!("Duration::from_secs({})", int(seconds))),
        _ => None,
    }
}

/// Whether a field is copied without a word.
pub(crate) fn is_copy(field: &Field) -> bool {
    !field.list
        && match &field.ty {
            Type::Text(_) | Type::Email | Type::Phone | Type::Url | Type::Json | Type::Value(_) => false,
            Type::Bool
            | Type::Int(_)
            | Type::Decimal(_)
            | Type::Money
            | Type::Currency
            | Type::Date
            | Type::Timestamp
            | Type::Duration
            | Type::Uuid
            | Type::Country
            | Type::Enum(_)
            | Type::Id { .. }
            | Type::State(_) => true,
        }
}

/// A string literal.
pub(crate) fn string(text: &str) -> String {
    format!("{text:?}")
}

/// A pattern as a raw string literal, with as many `#` as it takes.
pub(crate) fn raw_string(text: &str) -> String {
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// An integer with its digits in groups where there are many.
pub(crate) fn int(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    if digits.len() < 6 {
        return value.to_string();
    }
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    format!("{}{}", if value < 0 { "-" } else { "" }, groups.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_integers_are_grouped() {
        assert_eq!(int(-1_234_567), "-1_234_567");
        assert_eq!(int(12_345), "12345");
    }

    #[test]
    fn raw_strings_hold_quotes() {
        assert_eq!(raw_string(r#"^"a"#), r##"r#"^"a"#"##);
    }
}
