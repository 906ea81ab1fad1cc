//! What a verified token says.

use freehold_app::Roles;
use freehold_domain::TenantId;
use serde_json::{Map, Value};

/// The claims of a token whose signature holds.
#[derive(Clone, Debug)]
pub(super) struct Claims(pub(super) Map<String, Value>);

impl Claims {
    /// The claim of this name; where there is none, a dot leads into an object.
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut names = name.split('.');
            let outermost = self.0.get(names.next()?)?;
            names.try_fold(outermost, |value, name| value.get(name))
        })
    }

    /// The subject, if it says one.
    pub(super) fn subject(&self) -> Option<&str> {
        self.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty())
    }

    /// The tenant in this claim. The platform itself is nobody's to act for.
    pub(super) fn tenant(&self, name: &str) -> Option<TenantId> {
        let tenant: TenantId = self.get(name)?.as_str()?.parse().ok()?;
        (tenant != TenantId::platform()).then_some(tenant)
    }

    /// The roles in this claim: none if it is absent, nothing if it is not a list of text.
    pub(super) fn roles(&self, name: &str) -> Option<Roles> {
        match self.get(name) {
            None => Some(Roles::default()),
            Some(roles) => roles.as_array()?.iter().map(Value::as_str).collect(),
        }
    }

    /// A moment in seconds since the beginning of 1970, if it says one.
    pub(super) fn moment(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }
}
