//! Sample data as Rust expressions, for generated tests.

use std::cell::RefCell;

use freehold_model::{Field, ValueShape};

use super::Source;
use crate::{
    names, rust,
    samples::{Fields, Sample},
};

/// Writes samples, and keeps the composite values among them as functions of their own.
pub(super) struct Literals<'s, 'm> {
    source: &'s Source<'m>,
    composites: RefCell<Vec<(String, Sample)>>,
}

impl<'s, 'm> Literals<'s, 'm> {
    pub(super) fn of(source: &'s Source<'m>) -> Self {
        Self { source, composites: RefCell::new(Vec::new()) }
    }

    /// The value of a field.
    pub(super) fn field(&self, field: &Field, sample: &Sample) -> String {
        match sample {
            Sample::Null => "None".into(),
            Sample::List(elements) => {
                let elements: Vec<_> = elements.iter().map(|element| self.value(element)).collect();
                some(field, format!("vec![{}]", elements.join(", ")))
            }
            sample => some(field, self.value(sample)),
        }
    }

    /// The values of these fields, as they stand between the braces of a struct.
    pub(super) fn fields(&self, fields: &[Field], samples: &Fields) -> String {
        let values = fields.iter().filter_map(|field| {
            let sample = crate::samples::field(samples, &field.name)?;
            Some(format!("{}: {}", names::snake(&field.name), self.field(field, sample)))
        });
        values.collect::<Vec<_>>().join(", ")
    }

    fn value(&self, sample: &Sample) -> String {
        match sample {
            Sample::Null => "None".into(),
            Sample::Bool(value) => value.to_string(),
            Sample::Int(value) => rust::int(*value),
            Sample::Decimal(value) => format!("dec!({value})"),
            Sample::Text(text) if text.is_empty() => "String::new()".into(),
            Sample::Text(text) => format!("{}.to_owned()", rust::string(text)),
            Sample::Money { amount, currency } => format!("Money::new(dec!({amount}), Currency::{currency})"),
            Sample::Currency(code) => format!("Currency::{code}"),
            Sample::Country(code) => format!("Country::{code}"),
            Sample::Timestamp(moment) if *moment == crate::samples::now() => "now()".into(),
            Sample::Date(_)
            | Sample::Timestamp(_)
            | Sample::Duration(_)
            | Sample::Uuid(_)
            | Sample::Email(_)
            | Sample::Phone(_)
            | Sample::Url(_)
            | Sample::Id { .. } => {
                let text = sample.to_json();
                format!("{text}.parse().unwrap()")
            }
            Sample::Json(json) => format!("json!({json})"),
            Sample::Enum { name, variant } => format!("{name}::{variant}"),
            Sample::State { aggregate, variant } => format!("{aggregate}State::{variant}"),
            Sample::List(elements) => {
                format!(
                    "vec![{}]",
                    elements.iter().map(|element| self.value(element)).collect::<Vec<_>>().join(", ")
                )
            }
            Sample::Newtype { value, inner } => format!("{}.unwrap()", self.newtype_call(value, inner)),
            Sample::Composite { value, .. } => self.composite(value, sample),
        }
    }

    /// The call of a newtype's constructor.
    pub(super) fn newtype_call(&self, value: &str, inner: &Sample) -> String {
        let inner = match inner {
            Sample::Text(text) => rust::string(text),
            Sample::Date(_)
            | Sample::Timestamp(_)
            | Sample::Duration(_)
            | Sample::Uuid(_)
            | Sample::Email(_)
            | Sample::Phone(_)
            | Sample::Url(_) => {
                let ty =
                    self.source.model.values.iter().find(|it| it.name == value).map(|it| match &it.shape {
                        ValueShape::Newtype { inner, .. } => self.source.types.base(inner),
                        ValueShape::Composite { .. } => value.to_owned(),
                    });
                format!("{}.parse::<{}>().unwrap()", inner.to_json(), ty.unwrap_or_default())
            }
            inner => self.value(inner),
        };
        format!("{value}::new({inner})")
    }

    /// A composite value, as a call of its function: `address()` for the first, `address_2()` for another.
    fn composite(&self, value: &str, sample: &Sample) -> String {
        let mut composites = self.composites.borrow_mut();
        if let Some((name, _)) = composites.iter().find(|(_, known)| known == sample) {
            return format!("samples::{name}()");
        }
        let of_value = |known: &&(String, Sample)| matches!(&known.1, Sample::Composite { value: of, .. } if of == value);
        let count = composites.iter().filter(of_value).count();
        let base = names::snake(value);
        let name = if count == 0 { base } else { format!("{base}_{}", count + 1) };
        composites.push((name.clone(), sample.clone()));
        format!("samples::{name}()")
    }

    /// The unchecked fields of a composite value.
    pub(super) fn composite_fields(&self, value: &str, samples: &Fields) -> String {
        let fields = self.source.model.values.iter().find(|it| it.name == value).map(|it| match &it.shape {
            ValueShape::Composite { fields } => self.fields(fields, samples),
            ValueShape::Newtype { .. } => String::new(),
        });
        format!("{value}Fields {{ {} }}", fields.unwrap_or_default())
    }

    /// The functions of the composite values that were written: name, type and expression.
    pub(super) fn functions(&self) -> Vec<(String, String, String)> {
        let mut functions = Vec::new();
        // Writing one may bring in those that it is made of.
        let mut next = 0;
        loop {
            let Some((name, sample)) = self.composites.borrow().get(next).cloned() else { break };
            next += 1;
            if let Sample::Composite { value, fields } = &sample {
                let fields = self.composite_fields(value, fields).replace("samples::", "");
                functions.push((name, value.clone(), format!("{value}::new({fields}).unwrap()")));
            }
        }
        functions
    }
}

fn some(field: &Field, value: String) -> String {
    if field.optional { format!("Some({value})") } else { value }
}
