//! JSON bodies.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    mistake::{self, Mistake},
    place::{Step, Steps},
};
use crate::problem::{FieldError, Kind, Problem};

/// How many mistakes are named at most.
const MOST: usize = 50;

/// Reads a body. An empty one counts as `{}`.
pub(crate) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = mistake::read::<T, _>(&mut deserializer);
    match (read, deserializer.end()) {
        (Ok(value), Ok(())) => Ok(value),
        (read, _) => Err(refuse(body, read.err(), &|value| mistake::read::<T, _>(value).err())),
    }
}

/// Says all that is wrong with a body that could not be read.
fn refuse(body: &[u8], first: Option<Mistake>, attempt: &dyn Fn(&Value) -> Option<Mistake>) -> Problem {
    match serde_json::from_slice::<Value>(body) {
        Err(error) => Problem::new(Kind::MalformedJson, format!("Reading the body as JSON ended: {error}.")),
        Ok(value) => {
            let mut errors = all_mistakes(value, attempt);
            if errors.is_empty() {
                // Only what comes twice in one object is wrong in the text and not in the value.
                errors = first.map_or_else(Vec::new, |first| first.in_body(&first.steps));
            }
            Problem::invalid(errors)
        }
    }
}

/// Takes away what is wrong and reads again, until nothing new is found.
fn all_mistakes(mut value: Value, attempt: &dyn Fn(&Value) -> Option<Mistake>) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = Vec::new();
    let mut removed = Removed::default();
    while errors.len() < MOST
        && let Some(mistake) = attempt(&value)
    {
        let place = removed.original(&mistake.steps);
        let known = mistake.missing && removed.fields.contains(&place);
        let gone = if known { &mistake.steps[..mistake.steps.len() - 1] } else { &mistake.steps[..] };
        if !known {
            errors.extend(mistake.in_body(&place));
        }
        if gone.is_empty() || !removed.take(&mut value, gone) {
            break;
        }
    }
    errors
}

/// What has been taken out of a body.
#[derive(Default)]
struct Removed {
    fields: Vec<Steps>,
    /// By the place of an array, how many of its first elements are gone.
    elements: Vec<(Steps, usize)>,
}

impl Removed {
    /// The place in the body that was sent of a place in what is left of it.
    fn original(&self, steps: &[Step]) -> Steps {
        let mut place = Steps::new();
        for step in steps {
            let gone = self.elements.iter().filter(|(array, _)| *array == place).map(|(_, gone)| gone).sum::<usize>();
            place.push(match step {
                Step::Index(index) => Step::Index(index + gone),
                Step::Field(name) => Step::Field(name.clone()),
            });
        }
        place
    }

    /// Takes out what is at a place, and of an array all before it, which has been read; whether there was anything
    /// to take. A field that is missing leaves its object to be taken.
    fn take(&mut self, value: &mut Value, steps: &[Step]) -> bool {
        let Some((last, parents)) = steps.split_last() else { return false };
        let original = self.original(steps);
        let Some(parent) = find(value, parents) else { return false };
        match (parent, last) {
            (Value::Object(fields), Step::Field(name)) if fields.contains_key(name) => {
                fields.remove(name);
                self.fields.push(original);
            }
            (Value::Object(_), Step::Field(_)) => return self.take(value, parents),
            (Value::Array(elements), Step::Index(index)) if *index < elements.len() => {
                elements.drain(..=*index);
                self.elements.push((original[..original.len() - 1].to_vec(), index + 1));
            }
            _ => return false,
        }
        true
    }
}

fn find<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Index(index) => value.get_mut(index),
    })
}
