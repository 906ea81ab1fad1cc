//! What serde says is wrong, in words that help whoever sent it.

use freehold_domain::Invalid;
use serde::de::DeserializeOwned;

use super::place::{Step, Steps, pointer, pointer_to, steps};
use crate::problem::FieldError;

/// Something that cannot be read, and where.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub(super) steps: Steps,
    pub(super) missing: bool,
    details: Vec<Detail>,
}

/// What is wrong at a place below.
#[derive(Clone, Debug)]
struct Detail {
    below: String,
    text: String,
}

/// Reads a value with this deserializer, noting where it fails and which rules are broken there.
pub(super) fn read<'de, T, D>(deserializer: D) -> Result<T, Mistake>
where
    T: DeserializeOwned,
    D: serde::Deserializer<'de>,
{
    let (result, broken) = Invalid::caught(|| serde_path_to_error::deserialize::<_, T>(deserializer));
    result.map_err(|error| Mistake::new(steps(error.path()), &error.inner().to_string(), broken))
}

impl Mistake {
    fn new(mut steps: Steps, message: &str, broken: Option<Invalid>) -> Self {
        let message = without_position(message);
        if let Some(field) = quoted_after(message, "missing field ") {
            steps.push(Step::Field(field.to_owned()));
            return Self { steps, missing: true, details: vec![Detail::here("this field is required")] };
        }
        if let Some(field) = quoted_after(message, "unknown field ") {
            let step = Step::Field(field.to_owned());
            if steps.last() != Some(&step) {
                steps.push(step);
            }
            let known = message.split_once(", ").map_or("there are no fields", |(_, known)| known);
            return Self {
                steps,
                missing: false,
                details: vec![Detail::here(format!("unknown field; {known}"))],
            };
        }
        let details = match broken.filter(|broken| broken.to_string() == message) {
            Some(broken) => broken.violations.into_iter().map(Detail::from).collect(),
            None => vec![Detail::here(helpful(message))],
        };
        Self { steps, missing: false, details }
    }

    /// Whether it is that a field comes twice.
    pub(super) fn is_repetition(&self) -> bool {
        self.details.iter().any(|detail| detail.text.starts_with("duplicate field"))
    }

    /// What is wrong in a body; the place as it is in the body that was sent.
    pub(super) fn in_body(&self, place: &[Step]) -> Vec<FieldError> {
        let base = pointer_to(place);
        let error = |detail: &Detail| FieldError::pointer(format!("{base}{}", detail.below), &detail.text);
        self.details.iter().map(error).collect()
    }

    /// The parameter that it is in, if it is in one: the names of fields with dots between them.
    pub(super) fn parameter(&self) -> Option<String> {
        let names = self.steps.iter().map_while(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            Step::Index(_) => None,
        });
        Some(names.collect::<Vec<_>>().join(".")).filter(|name| !name.is_empty())
    }

    /// Whether it is in one of several values.
    pub(super) fn is_in_a_list(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Index(_)))
    }

    /// What is wrong with the parameter of this name.
    pub(super) fn in_parameter(&self, name: &str) -> Vec<FieldError> {
        self.details.iter().map(|detail| FieldError::parameter(name, &detail.text)).collect()
    }
}

impl Detail {
    fn here(text: impl Into<String>) -> Self {
        Self { below: String::new(), text: text.into() }
    }
}

impl From<freehold_domain::Violation> for Detail {
    fn from(violation: freehold_domain::Violation) -> Self {
        Self { below: pointer(&violation.path), text: violation.message }
    }
}

/// The name between backticks after a beginning.
fn quoted_after<'m>(message: &'m str, beginning: &str) -> Option<&'m str> {
    message.strip_prefix(beginning)?.strip_prefix('`')?.split('`').next()
}

/// The place in lines and columns says nothing that the pointer does not.
fn without_position(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(text, _)| text)
}

/// What libraries say of numbers is about their types.
fn helpful(message: &str) -> String {
    if message.contains("a Decimal type") {
        return "a decimal number is written as a string, such as \"12.50\"".to_owned();
    }
    if message == "invalid digit found in string" {
        return "expected a whole number".to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((found, "i64" | "u64" | "i32" | "u32")) => format!("{found}, expected a whole number"),
        _ => message.to_owned(),
    }
}
