//! Who asks: bearer tokens, verified with keys that the service was given. Without one nothing is allowed.

mod claims;
mod cryptography;
mod key;
mod verify;

pub use key::{KeyError, VerificationKey};

pub(crate) use cryptography::install;

use std::net::SocketAddr;

use freehold_domain::Duration;

use crate::development::DevelopmentKey;

/// How far the clocks of two machines may be apart.
const LEEWAY: Duration = Duration::from_secs(30);

/// How the callers of a service are known: by a JSON Web Token that is signed with a key.
///
/// A token must say until when it is valid (`exp`) and who it is for (`sub`). The tenant comes from the claim
/// `tenant` and the roles from the claim `roles`, a list of text, unless other names are given. Only the algorithm of
/// the key is accepted, whatever the token says of itself.
#[derive(Clone, Debug)]
pub struct Authentication {
    keys: Vec<VerificationKey>,
    issuer: Option<String>,
    audience: Option<String>,
    tenant_claim: String,
    roles_claim: String,
    development: bool,
}

impl Authentication {
    /// Tokens that are signed with this key.
    pub fn new(key: VerificationKey) -> Self {
        Self {
            keys: vec![key],
            issuer: None,
            audience: None,
            tenant_claim: "tenant".to_owned(),
            roles_claim: "roles".to_owned(),
            development: false,
        }
    }

    /// Tokens that are signed with the key of a developer's machine. A service with it listens to nobody else.
    pub fn development(key: &DevelopmentKey) -> Self {
        Self { development: true, ..Self::new(key.verification_key()) }
    }

    /// The same, and tokens that are signed with this key: while an issuer goes from one key to the next.
    #[must_use]
    pub fn or(mut self, key: VerificationKey) -> Self {
        self.keys.push(key);
        self
    }

    /// The same, and only tokens of this issuer (`iss`).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The same, and only tokens that are meant for this audience (`aud`). Where none is asked for, a token that is meant
    /// for a particular one is refused, as RFC 7519 has it.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The same, with the tenant in this claim. A dot leads into an object: `app.tenant`.
    #[must_use]
    pub fn tenant_claim(mut self, name: impl Into<String>) -> Self {
        self.tenant_claim = name.into();
        self
    }

    /// The same, with the roles in this claim. A dot leads into an object: `realm_access.roles`.
    #[must_use]
    pub fn roles_claim(mut self, name: impl Into<String>) -> Self {
        self.roles_claim = name.into();
        self
    }

    /// Whether a service with it may listen at this address.
    pub(crate) fn may_listen(&self, address: SocketAddr) -> bool {
        !self.development || address.ip().is_loopback()
    }
}
