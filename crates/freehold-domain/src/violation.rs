//! What is wrong with a value, a command or a question, all of it at once.

use std::{cell::RefCell, fmt};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a path of field names: `to.city`; empty for the whole.
    pub path: String,
    /// What is wrong, without the offending value.
    pub message: String,
}

impl Violation {
    /// Something is wrong with the field at this path.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// Something is wrong with the whole: the rule of this name does not hold.
    pub fn rule(name: &str) -> Self {
        Self::at("", format!("the rule `{name}` does not hold"))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// All that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// At least one.
    pub violations: Vec<Violation>,
}

impl Invalid {
    /// One thing is wrong.
    pub fn because(violation: Violation) -> Self {
        Self { violations: vec![violation] }
    }

    /// Whether something is wrong at this path, or within what is there.
    pub fn concerns(&self, path: &str) -> bool {
        let within = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        self.violations.iter().any(|violation| violation.path.strip_prefix(path).is_some_and(within))
    }

    /// Whether the rule of this name is among what does not hold.
    pub fn breaks(&self, rule: &str) -> bool {
        self.violations.contains(&Violation::rule(rule))
    }

    /// The same as an error of a deserializer, which takes text only. Whoever reads inside
    /// [`caught`](Self::caught) gets it back whole.
    pub fn into_serde<E: serde::de::Error>(self) -> E {
        let error = E::custom(&self);
        LAST.set(Some(self));
        error
    }

    /// Reads something, and keeps what was last found to be invalid meanwhile.
    pub fn caught<T>(read: impl FnOnce() -> T) -> (T, Option<Self>) {
        LAST.take();
        let result = read();
        (result, LAST.take())
    }
}

thread_local! {
    /// What was last found to be invalid while something was read: reading stays on one thread, and serde's errors
    /// carry nothing but text.
    static LAST: RefCell<Option<Invalid>> = const { RefCell::new(None) };
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

impl From<garde::Report> for Invalid {
    fn from(report: garde::Report) -> Self {
        let violations =
            report.iter().map(|(path, error)| Violation::at(path.to_string(), error.message())).collect();
        Self { violations }
    }
}

/// The rules among these that do not hold.
pub fn broken_rules<const N: usize>(rules: [(bool, &str); N]) -> Vec<Violation> {
    rules.iter().filter(|(holds, _)| !holds).map(|(_, name)| Violation::rule(name)).collect()
}
