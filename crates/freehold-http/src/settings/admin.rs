//! What a configuration file says about who may operate a service.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::Secret;
use crate::{OperatorRole, Operators};

/// The fewest characters of a token.
const SHORTEST: usize = 20;

/// One of the tables `[[http.admin]]`: somebody who may operate the service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSettings {
    /// Who it is, as the audit log says it.
    pub name: String,
    /// What they may do: look, or change things too.
    pub role: OperatorRole,
    /// The token that they send: 20 characters at least.
    #[serde(default)]
    pub token: Option<Secret>,
    /// Instead, the file that holds it.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
}

/// Why nobody can be let in.
#[derive(Debug, thiserror::Error)]
pub enum AdminSettingsError {
    /// The token is missing, or given twice.
    #[error("`http.admin` for `{0}` takes one of `token` and `token_file`")]
    OneOf(String),
    /// The file with the token cannot be read.
    #[error("the token in `{}` cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The token can be guessed.
    #[error(
        "the token of `{0}` under `http.admin` is shorter than 20 characters; `openssl rand -hex 32` makes one"
    )]
    Short(String),
    /// Two people cannot be told apart.
    #[error("`{0}` under `http.admin` has the token or the name of another")]
    Twice(String),
}

pub(super) fn load(settings: &[AdminSettings]) -> Result<Operators, AdminSettingsError> {
    let mut operators = Operators::nobody();
    for one in settings {
        let token = one.token()?;
        let token = token.trim();
        if token.chars().count() < SHORTEST {
            return Err(AdminSettingsError::Short(one.name.clone()));
        }
        operators = operators
            .and(&one.name, one.role, token)
            .ok_or_else(|| AdminSettingsError::Twice(one.name.clone()))?;
    }
    Ok(operators)
}

impl AdminSettings {
    fn token(&self) -> Result<String, AdminSettingsError> {
        match (&self.token, &self.token_file) {
            (Some(token), None) => Ok(token.reveal().to_owned()),
            (None, Some(path)) => read(path),
            _ => Err(AdminSettingsError::OneOf(self.name.clone())),
        }
    }
}

fn read(path: &Path) -> Result<String, AdminSettingsError> {
    fs::read_to_string(path).map_err(|source| AdminSettingsError::File { path: path.to_owned(), source })
}
