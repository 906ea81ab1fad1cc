//! Keys that signatures are verified with.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey};

use super::install;

/// The fewest bytes of a secret for HS256: as many as its digest has (RFC 7518, section 3.2).
const SECRET: usize = 32;
/// The fewest bytes of an RSA key: a modulus of 2048 bits (RFC 7518, section 3.3) and what stands around it.
const RSA: usize = 256 + 10;
/// The bytes of an uncompressed point on P-256.
const POINT: usize = 65;

/// A key, and the one algorithm that it is for.
#[derive(Clone)]
pub struct VerificationKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// Why something is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A secret is too short to withstand guessing.
    #[error(
        "a secret for HS256 has at least {SECRET} bytes, and this one has {0}; make one with `openssl rand -base64 48`"
    )]
    Short(usize),
    /// It is not the public key that it should be.
    #[error("this is not {expected} in PEM, which begins with `-----BEGIN PUBLIC KEY-----`")]
    NotPublic {
        /// What it should be.
        expected: &'static str,
    },
}

impl VerificationKey {
    /// A secret that the issuer shares with this service, for HS256: 32 bytes or more.
    pub fn hs256(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < SECRET {
            return Err(KeyError::Short(secret.len()));
        }
        Ok(Self::of_secret(DecodingKey::from_secret(secret)))
    }

    /// A secret that is known to be long enough.
    pub(crate) fn of_secret(key: DecodingKey) -> Self {
        Self::of(Algorithm::HS256, key)
    }

    fn of(algorithm: Algorithm, key: DecodingKey) -> Self {
        install();
        Self { algorithm, key }
    }

    /// The public RSA key of the issuer in PEM, for RS256: 2048 bits or more.
    pub fn rs256(pem: &str) -> Result<Self, KeyError> {
        let not = KeyError::NotPublic { expected: "a public RSA key of 2048 bits or more" };
        let key = public(pem, DecodingKey::from_rsa_pem, &not)?;
        match key.try_get_as_bytes() {
            Ok(bytes) if bytes.len() >= RSA => Ok(Self::of(Algorithm::RS256, key)),
            _ => Err(not),
        }
    }

    /// The public key of the issuer on the curve P-256 in PEM, for ES256.
    pub fn es256(pem: &str) -> Result<Self, KeyError> {
        let not = KeyError::NotPublic { expected: "a public key on the curve P-256" };
        let key = public(pem, DecodingKey::from_ec_pem, &not)?;
        match key.try_get_as_bytes() {
            Ok(point) if point.len() == POINT => Ok(Self::of(Algorithm::ES256, key)),
            _ => Err(not),
        }
    }
}

/// A private key is refused even where its public half could be read from it: it has no place here.
fn public(
    pem: &str,
    read: fn(&[u8]) -> jsonwebtoken::errors::Result<DecodingKey>,
    not: &KeyError,
) -> Result<DecodingKey, KeyError> {
    if pem.contains("PRIVATE KEY") {
        return Err(not.clone());
    }
    read(pem.trim().as_bytes()).map_err(|_| not.clone())
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerificationKey({:?}, ..)", self.algorithm)
    }
}
