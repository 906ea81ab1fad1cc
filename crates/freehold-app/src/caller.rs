//! On whose behalf a command or a query is sent.

use std::{collections::BTreeSet, sync::Arc};

use freehold_domain::{ActorId, CorrelationId, EventId, TenantId};

/// Who asks, for which tenant, and what it belongs together with.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose data may be reached, and no other.
    pub tenant: TenantId,
    /// Who it is.
    pub actor: ActorId,
    /// What they may do.
    pub roles: Roles,
    /// What this belongs together with.
    pub correlation: CorrelationId,
    /// The event that it follows from, if it follows from one.
    pub causation: Option<EventId>,
}

/// The roles of a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Arc<BTreeSet<String>>);

impl Roles {
    /// Whether one of these is among them. Of no roles, nobody has one.
    pub fn include_any(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|role| self.0.contains(*role))
    }

    /// Their names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<R: Into<String>> FromIterator<R> for Roles {
    fn from_iter<I: IntoIterator<Item = R>>(roles: I) -> Self {
        Self(Arc::new(roles.into_iter().map(Into::into).collect()))
    }
}

/// These roles as a list for people.
pub(crate) fn listed(roles: &[&str]) -> String {
    if roles.is_empty() { "nobody".to_owned() } else { roles.join(", ") }
}
