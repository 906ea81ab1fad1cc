//! Parameters of the path and of the query string, read together.

use serde::de::DeserializeOwned;

use super::{
    mistake::{self, Mistake},
    place::Step,
};
use crate::problem::{FieldError, Problem};

/// A name and its value.
type Pair = (String, String);

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
        while let Some(mistake) = next {
            let Some(Step::Field(name)) = mistake.steps.first() else {
                errors.extend(mistake.in_parameter());
                break;
            };
            let taken_away = self.0.iter().any(|(known, _)| known == name);
            if mistake.missing && taken_away {
                break;
            }
            errors.extend(self.errors(name, &mistake));
            let before = left.len();
            left.retain(|(known, _)| known != name);
            if left.len() == before {
                break;
            }
            next = attempt(&left);
        }
        Problem::invalid(errors)
    }

    fn errors(&self, name: &str, mistake: &Mistake) -> Vec<FieldError> {
        if self.0.iter().filter(|(known, _)| known == name).count() > 1 {
            return vec![FieldError::parameter(name, "this parameter may be given once")];
        }
        mistake.in_parameter()
    }
}

fn attempt<T: DeserializeOwned>(parameters: &[Pair]) -> Result<T, Mistake> {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    mistake::read::<T, _>(serde_html_form::Deserializer::from_bytes(text.as_bytes()))
}
