//! Who may operate a service: names, roles, and the digests of their tokens.

use axum::http::{HeaderMap, header};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

/// What somebody may do who operates a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperatorRole {
    /// Look at everything, events with what they hold included.
    Viewer,
    /// Change things too.
    Operator,
}

/// Those who may operate a service. Their tokens are not kept, only digests of them.
#[derive(Clone, Debug, Default)]
pub struct Operators(Vec<Known>);

#[derive(Clone, Debug)]
struct Known {
    operator: Operator,
    digest: Vec<u8>,
}

/// Somebody who has sent their token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) name: String,
    pub(crate) role: OperatorRole,
}

impl Operators {
    /// There is nobody, and no admin interface.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// The same, and somebody of this name who sends this token; nothing, if the name or the token is that of another.
    #[must_use]
    pub fn and(mut self, name: &str, role: OperatorRole, token: &str) -> Option<Self> {
        let digest = digest_of(token);
        if self.0.iter().any(|known| known.operator.name == name || known.digest == digest) {
            return None;
        }
        self.0.push(Known { operator: Operator { name: name.to_owned(), role }, digest });
        Some(self)
    }

    pub(crate) fn are_nobody(&self) -> bool {
        self.0.is_empty()
    }

    /// Who has sent these headers. Digests are compared, so that how long it takes says nothing of a token.
    pub(crate) fn who_sends(&self, headers: &HeaderMap) -> Option<Operator> {
        let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = sent.split_once(' ')?;
        let digest = scheme.eq_ignore_ascii_case("bearer").then(|| digest_of(token.trim()))?;
        self.0.iter().find(|known| known.digest == digest).map(|known| known.operator.clone())
    }
}

fn digest_of(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}
