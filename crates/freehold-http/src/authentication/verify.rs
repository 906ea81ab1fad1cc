//! A token from its header to the caller that it stands for.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use freehold_app::Roles;
use freehold_domain::{ActorId, TenantId, Timestamp};
use jsonwebtoken::{TokenData, Validation, decode_header};
use serde_json::{Map, Value};

use super::{Authentication, LEEWAY, VerificationKey, claims::Claims};
use crate::problem::{Kind, Problem};

/// Whom a valid token stands for.
#[derive(Clone, Debug)]
pub(crate) struct Authenticated {
    pub(crate) actor: ActorId,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) roles: Roles,
    /// For how long from now on the token is accepted.
    pub(crate) expires_in: Duration,
}

/// Why somebody is not let in. What is wrong with a signature is told to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// There is no token.
    Missing,
    /// It is not accepted.
    Refused,
    /// It was valid.
    Expired,
    /// It will be valid.
    Early,
}

impl Authentication {
    /// Whom the token in these headers stands for.
    pub(crate) fn authenticate(&self, headers: &HeaderMap, now: Timestamp) -> Result<Authenticated, Denied> {
        let claims = self.verify(bearer(headers)?)?;
        let expires_in = in_time(&claims, now)?;
        let actor = ActorId::new(claims.subject().ok_or(Denied::Refused)?);
        let roles = claims.roles(&self.roles_claim).ok_or(Denied::Refused)?;
        Ok(Authenticated { actor, tenant: claims.tenant(&self.tenant_claim), roles, expires_in })
    }

    fn verify(&self, token: &str) -> Result<Claims, Denied> {
        let algorithm = decode_header(token).map_err(|_| Denied::Refused)?.alg;
        let mut keys = self.keys.iter().filter(|key| key.algorithm == algorithm);
        keys.find_map(|key| self.verify_with(token, key)).ok_or(Denied::Refused)
    }

    fn verify_with(&self, token: &str, key: &VerificationKey) -> Option<Claims> {
        let verified = jsonwebtoken::decode::<Map<String, Value>>(token, &key.key, &self.validation(key));
        match verified {
            Ok(TokenData { claims, .. }) => Some(Claims(claims)),
            Err(error) => {
                tracing::debug!(%error, "token refused");
                None
            }
        }
    }

    /// Everything but the times, which are compared with the clock of the service.
    fn validation(&self, key: &VerificationKey) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        let mut required = vec!["exp", "sub"];
        validation.validate_exp = false;
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Denied> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Denied::Missing)?;
    if values.next().is_some() {
        return Err(Denied::Refused);
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Denied::Refused)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Denied::Refused) }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of today are far below the limits of a float")]
fn in_time(claims: &Claims, now: Timestamp) -> Result<Duration, Denied> {
    let (now, leeway) = (now.as_second() as f64, LEEWAY.as_secs() as f64);
    let until = claims.moment("exp").ok_or(Denied::Refused)?;
    if now >= until + leeway {
        return Err(Denied::Expired);
    }
    match claims.moment("nbf") {
        Some(from) if now + leeway < from => Err(Denied::Early),
        _ => Ok(Duration::try_from_secs_f64(until + leeway - now).unwrap_or(Duration::MAX)),
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let (detail, challenge) = match denied {
            Denied::Missing => ("The request has no bearer token.", "Bearer"),
            Denied::Refused => ("The bearer token is not accepted.", "Bearer error=\"invalid_token\""),
            Denied::Expired => (
                "The bearer token has expired.",
                "Bearer error=\"invalid_token\", error_description=\"the token has expired\"",
            ),
            Denied::Early => (
                "The bearer token is not valid yet.",
                "Bearer error=\"invalid_token\", error_description=\"the token is not valid yet\"",
            ),
        };
        Self::new(Kind::Unauthenticated, detail).challenging(challenge)
    }
}
