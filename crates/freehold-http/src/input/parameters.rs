//! Parameters of the path and of the query string, read together.

use serde::de::DeserializeOwned;

use super::{
    form::Form,
    mistake::{self, Mistake},
};
use crate::problem::{FieldError, Problem};

/// A name and its value.
pub(super) type Pair = (String, String);

/// How many mistakes are named at most.
const MOST: usize = 50;

/// Names and values, in the order in which they came; those of the path first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(Vec<Pair>);

impl Parameters {
    /// Those of a path, then those of a query string. One that came twice, or in both, is a mistake.
    pub(crate) fn new(path: Vec<Pair>, query: &str) -> Self {
        let query = form_urlencoded::parse(query.as_bytes()).into_owned();
        Self(path.into_iter().chain(query).collect())
    }

    /// Reads them into a query.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        attempt::<T>(&self.0).map_err(|first| self.refuse(first, &|left| attempt::<T>(left).err()))
    }

    /// Says all that is wrong with parameters that could not be read.
    fn refuse(&self, first: Mistake, attempt: &dyn Fn(&[Pair]) -> Option<Mistake>) -> Problem {
        let mut left = self.0.clone();
        let mut errors: Vec<FieldError> = Vec::new();
        let mut next = Some(first);
        while errors.len() < MOST
            && let Some(mistake) = next
        {
            let Some(name) = mistake.parameter() else {
                errors.extend(mistake.in_parameter(""));
                break;
            };
            let taken_away = self.0.iter().any(|(known, _)| is_of(&name, known));
            if mistake.missing && taken_away {
                break;
            }
            errors.extend(self.errors(&name, &mistake));
            let before = left.len();
            left.retain(|(known, _)| !is_of(&name, known));
            if left.len() == before {
                break;
            }
            next = attempt(&left);
        }
        Problem::invalid(errors)
    }

    fn errors(&self, name: &str, mistake: &Mistake) -> Vec<FieldError> {
        let times = self.0.iter().filter(|(known, _)| known == name).count();
        let part = self.0.iter().find(|(known, _)| known != name && is_of(name, known));
        match (times, part) {
            // Of a list each value is a place of its own.
            (2.., _) if !mistake.is_in_a_list() => {
                vec![FieldError::parameter(name, "this parameter may be given once")]
            }
            (0, Some((part, _))) => {
                vec![FieldError::parameter(part, "unknown field; what stands before the dot has none")]
            }
            _ => mistake.in_parameter(name),
        }
    }
}

/// Whether a parameter is the one of this name, or one of its fields.
fn is_of(name: &str, parameter: &str) -> bool {
    parameter.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn attempt<T: DeserializeOwned>(parameters: &[Pair]) -> Result<T, Mistake> {
    mistake::read::<T, _>(&Form::new(parameters))
}
