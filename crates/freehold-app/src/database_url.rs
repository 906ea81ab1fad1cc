//! Where a service keeps its data, as one line of its configuration says it.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error};

/// Where a service keeps its data: in a file, by SQLite, or in a database of a PostgreSQL server.
///
/// | it is written | and means |
/// |---|---|
/// | `data/shop.db`, `sqlite:data/shop.db` | a file, as seen from where the service is started |
/// | `sqlite:/data/shop.db`, `sqlite:///data/shop.db` | a file, wherever it is started |
/// | `postgres://shop:secret@db:5432/shop` | a database of a server; `postgresql://` means the same |
///
/// Shown or logged, it has no password.
///
/// ```
/// use freehold_app::DatabaseUrl;
///
/// let url: DatabaseUrl = "postgres://shop:secret@db/shop?sslmode=require".parse().unwrap();
/// assert_eq!(url.to_string(), "postgres://db/shop");
/// let url: DatabaseUrl = "data/shop.db".parse().unwrap();
/// assert_eq!(url.to_string(), "sqlite:data/shop.db");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A database of a server.
    Postgres(PostgresUrl),
}

/// The URL of a database of a PostgreSQL server. Shown or logged, it has no password: it is the server and the name
/// alone, or not even those if it cannot be told where they begin.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

/// Why a text names no database. It is not repeated, since it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// There is nothing.
    #[error("no database is named")]
    Empty,
    /// It begins with a scheme that is not known.
    #[error("{KNOWN}, and not `{scheme}://`")]
    Scheme {
        /// What it begins with.
        scheme: String,
    },
    /// It is neither a URL nor a path.
    #[error("{KNOWN}, and this is neither")]
    Form,
    /// SQLite cannot do this.
    #[error("`sqlite:` takes the path of a file and no parameters")]
    Sqlite,
}

const KNOWN: &str = "a database is `sqlite:data/name.db` or `postgres://user:password@host:5432/name`";

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        match scheme(text) {
            _ if text.is_empty() => Err(DatabaseUrlError::Empty),
            None => Ok(Self::Sqlite(text.into())),
            Some(("sqlite", rest)) => file(rest.strip_prefix("//").unwrap_or(rest)),
            Some(_) => text.parse().map(Self::Postgres),
        }
    }
}

impl FromStr for PostgresUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        match text.split_once("://") {
            _ if text.is_empty() => Err(DatabaseUrlError::Empty),
            Some(("postgres" | "postgresql", _)) => Ok(Self(text.to_owned())),
            Some((scheme, _)) if is_plain(scheme) => {
                Err(DatabaseUrlError::Scheme { scheme: scheme.to_owned() })
            }
            _ => Err(DatabaseUrlError::Form),
        }
    }
}

/// What stands before the first colon, and behind it; not so in a path, where a slash comes first, and not of a drive.
fn scheme(text: &str) -> Option<(&str, &str)> {
    text.split_once(':').filter(|(scheme, _)| scheme.len() != 1 && !scheme.contains(['/', '\\']))
}

/// Letters and digits, where nobody has a password.
fn is_plain(scheme: &str) -> bool {
    !scheme.is_empty() && scheme.len() <= 20 && scheme.chars().all(|letter| letter.is_ascii_alphanumeric())
}

/// What is kept in memory would be gone with the process, so that is no place.
fn file(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    match path {
        "" => Err(DatabaseUrlError::Empty),
        path if path.contains('?') || path.starts_with(':') => Err(DatabaseUrlError::Sqlite),
        path => Ok(DatabaseUrl::Sqlite(path.into())),
    }
}

impl PostgresUrl {
    /// The URL itself, with its password.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The server and the name. A sign that belongs before the server and stands behind it says that the URL is not what
    /// it seems, such as one with a `/` in its password.
    fn place(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once("://")?;
        let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let server = authority.rsplit_once('@').map_or(0, |(user, _)| user.len() + 1);
        let end = behind.find(['?', '#']).unwrap_or(behind.len());
        (!behind.contains('@')).then(|| &rest[server..authority.len() + end])
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}", self.place().unwrap_or(".."))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

macro_rules! deserialized {
    ($($url:ty),+) => {$(
        impl<'de> Deserialize<'de> for $url {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

deserialized! { DatabaseUrl, PostgresUrl }
