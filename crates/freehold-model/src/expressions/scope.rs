//! What an expression sees.

/// The names that an expression may begin with.
pub(crate) struct Scope {
    roots: Vec<Root>,
    /// Names that it does not see here but elsewhere, with the reason and what to do.
    missing: Vec<(&'static str, &'static str)>,
}

/// A name that an expression may begin with.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) name: String,
    /// What follows its dot; `None` when that is for the compiler to say.
    pub(crate) fields: Option<Vec<String>>,
}

impl Root {
    /// A name whose fields are known.
    pub(crate) fn with<'a>(name: &str, fields: impl Iterator<Item = &'a str>) -> Self {
        Self { name: name.to_owned(), fields: Some(fields.map(str::to_owned).collect()) }
    }

    /// A name that anything may follow.
    pub(crate) fn any(name: &str) -> Self {
        Self { name: name.to_owned(), fields: None }
    }
}

impl Scope {
    pub(crate) fn new(roots: Vec<Root>) -> Self {
        Self { roots, missing: Vec::new() }
    }

    /// Says why a name is not seen.
    pub(crate) fn without(mut self, name: &'static str, help: &'static str) -> Self {
        self.missing.push((name, help));
        self
    }

    pub(super) fn root(&self, name: &str) -> Option<&Root> {
        self.roots.iter().find(|root| root.name == name)
    }

    pub(super) fn why_missing(&self, name: &str) -> Option<&'static str> {
        self.missing.iter().find(|(other, _)| *other == name).map(|(_, help)| *help)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.roots.iter().map(|root| root.name.as_str())
    }
}
