//! What a configuration file says about how callers are known.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::Secret;
use crate::{
    Authentication,
    authentication::{KeyError, VerificationKey},
    development::{DevelopmentKey, DevelopmentKeyError},
};

/// The table `[http.authentication]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthenticationSettings {
    /// Which kind of key signs tokens.
    pub mode: Mode,
    /// For `hs256`: the secret.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// For `hs256`, instead: the file that holds it.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// For `rs256` and `es256`: the public key in PEM.
    #[serde(default)]
    pub public_key: Option<String>,
    /// For `rs256` and `es256`, instead: the file that holds it.
    #[serde(default)]
    pub public_key_file: Option<PathBuf>,
    /// For `development`: the file of the key, made if it is not there.
    #[serde(default = "key_file")]
    pub key_file: PathBuf,
    /// The issuer that a token must name.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The audience that a token must name. Without this setting a token that names one is refused.
    #[serde(default)]
    pub audience: Option<String>,
    /// The claim with the tenant.
    #[serde(default = "tenant_claim")]
    pub tenant_claim: String,
    /// The claim with the roles.
    #[serde(default = "roles_claim")]
    pub roles_claim: String,
}

/// Which kind of key signs tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One that lives on the developer's machine; the service listens to nobody else.
    Development,
    /// A secret shared with the issuer.
    Hs256,
    /// The RSA key of the issuer.
    Rs256,
    /// The key of the issuer on the curve P-256.
    Es256,
}

/// Why callers cannot be known.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The key is missing, or given twice.
    #[error("`http.authentication` with this mode takes one of `{text}` and `{file}`")]
    OneOf {
        /// The setting with the key itself.
        text: &'static str,
        /// The setting with its file.
        file: &'static str,
    },
    /// The file with the key cannot be read.
    #[error("the key in `{}` cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The key is no such key.
    #[error("`http.authentication` has a key that cannot be used: {0}")]
    Key(#[from] KeyError),
    /// There is no key for development.
    #[error(transparent)]
    Development(#[from] DevelopmentKeyError),
}

impl AuthenticationSettings {
    /// Authentication as these settings say.
    pub fn load(&self) -> Result<Authentication, SettingsError> {
        let authentication = match self.mode {
            Mode::Development => {
                Authentication::development(&DevelopmentKey::load_or_create(&self.key_file)?)
            }
            Mode::Hs256 => {
                Authentication::new(VerificationKey::hs256(self.secret()?.reveal().trim().as_bytes())?)
            }
            Mode::Rs256 => Authentication::new(VerificationKey::rs256(&self.public_key()?)?),
            Mode::Es256 => Authentication::new(VerificationKey::es256(&self.public_key()?)?),
        };
        let authentication = authentication.tenant_claim(&self.tenant_claim).roles_claim(&self.roles_claim);
        let authentication = self.issuer.iter().fold(authentication, Authentication::issuer);
        Ok(self.audience.iter().fold(authentication, Authentication::audience))
    }

    fn secret(&self) -> Result<Secret, SettingsError> {
        match (&self.secret, &self.secret_file) {
            (Some(secret), None) => Ok(secret.clone()),
            (None, Some(path)) => read(path).map(Secret::new),
            _ => Err(SettingsError::OneOf { text: "secret", file: "secret_file" }),
        }
    }

    fn public_key(&self) -> Result<String, SettingsError> {
        match (&self.public_key, &self.public_key_file) {
            (Some(key), None) => Ok(key.clone()),
            (None, Some(path)) => read(path),
            _ => Err(SettingsError::OneOf { text: "public_key", file: "public_key_file" }),
        }
    }
}

fn read(path: &Path) -> Result<String, SettingsError> {
    fs::read_to_string(path).map_err(|source| SettingsError::File { path: path.to_owned(), source })
}

fn key_file() -> PathBuf {
    "data/development.key".into()
}

fn tenant_claim() -> String {
    "tenant".to_owned()
}

fn roles_claim() -> String {
    "roles".to_owned()
}
