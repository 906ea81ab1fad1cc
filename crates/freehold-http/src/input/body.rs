//! JSON bodies.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    mistake::{self, Mistake},
    place::{Step, Steps},
    required::Required,
};
use crate::problem::{FieldError, Kind, Problem};

/// How many mistakes are named at most.
const MOST: usize = 50;

/// Reads a body. An empty one counts as `{}`.
pub(crate) fn from_json<T: DeserializeOwned + JsonSchema>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = mistake::read::<T, _>(&mut deserializer);
    match (read, deserializer.end()) {
        (Ok(value), Ok(())) => Ok(value),
        (read, _) => {
            let reading =
                Reading { attempt: &|value| mistake::read::<T, _>(value).err(), schema: T::json_schema };
            Err(reading.refuse(body, read.err()))
        }
    }
}

/// How a body is read, for finding out all that is wrong with one.
struct Reading<'r> {
    attempt: &'r dyn Fn(&Value) -> Option<Mistake>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Reading<'_> {
    /// Says all that is wrong with a body that could not be read.
    fn refuse(&self, body: &[u8], first: Option<Mistake>) -> Problem {
        match serde_json::from_slice::<Value>(body) {
            Err(error) => {
                Problem::new(Kind::MalformedJson, format!("Reading the body as JSON ended: {error}."))
            }
            Ok(value) => {
                let mut errors = self.all_mistakes(value);
                // What comes twice in one object is wrong in the text and not in the value.
                let only_in_text = |first: &Mistake| errors.is_empty() || first.is_repetition();
                errors
                    .extend(first.filter(only_in_text).iter().flat_map(|first| first.in_body(&first.steps)));
                Problem::invalid(errors)
            }
        }
    }

    /// Takes away what is wrong and reads again, until nothing new is found.
    fn all_mistakes(&self, mut value: Value) -> Vec<FieldError> {
        let required = Required::new(self.schema);
        let mut errors: Vec<FieldError> = Vec::new();
        let mut removed = Removed::default();
        while errors.len() < MOST
            && let Some(mistake) = (self.attempt)(&value)
        {
            let gone =
                if mistake.missing { &mistake.steps[..mistake.steps.len() - 1] } else { &mistake.steps[..] };
            if mistake.missing {
                errors.extend(removed.missing(&value, &mistake, &required));
            } else {
                errors.extend(mistake.in_body(&removed.original(&mistake.steps)));
            }
            if !removed.take(&mut value, gone) {
                break;
            }
        }
        errors
    }
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
            let gone = self
                .elements
                .iter()
                .filter(|(array, _)| *array == place)
                .map(|(_, gone)| gone)
                .sum::<usize>();
            place.push(match step {
                Step::Index(index) => Step::Index(index + gone),
                Step::Field(name) => Step::Field(name.clone()),
            });
        }
        place
    }

    /// What is missing beside a field that is: all that its object needs and neither has nor had.
    fn missing(&self, value: &Value, mistake: &Mistake, required: &Required) -> Vec<FieldError> {
        let (Some(Step::Field(field)), object) =
            (mistake.steps.last(), &mistake.steps[..mistake.steps.len() - 1])
        else {
            return Vec::new();
        };
        let place = self.original(object);
        let mut names = required.of(&place);
        if !names.contains(field) {
            names.push(field.clone());
        }
        let left = object.iter().try_fold(value, Step::within);
        let at = |name: String| place.iter().cloned().chain([Step::Field(name)]).collect::<Steps>();
        let absent = names.into_iter().filter(|name| left.is_none_or(|left| left.get(name).is_none()));
        let missing = absent.map(at).filter(|field| !self.fields.contains(field));
        missing.flat_map(|field| mistake.in_body(&field)).collect()
    }

    /// Takes out what is at a place, and of an array all before it, which has been read; whether there was anything
    /// to take.
    fn take(&mut self, value: &mut Value, steps: &[Step]) -> bool {
        let Some((last, parents)) = steps.split_last() else {
            return false;
        };
        let original = self.original(steps);
        let Some(parent) = find(value, parents) else {
            return false;
        };
        match (parent, last) {
            (Value::Object(fields), Step::Field(name)) if fields.contains_key(name) => {
                fields.remove(name);
                self.fields.push(original);
            }
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
