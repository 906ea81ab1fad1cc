//! Tokens for a developer's own machine: signed with a key that lives in a file there, and never leaves it.

use std::{
    fmt, fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use freehold_domain::{ActorId, Duration, TenantId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;

use crate::authentication::{VerificationKey, install};

/// How many bytes a key has.
const BYTES: usize = 32;

/// The key that tokens for development are signed with.
#[derive(Clone)]
pub struct DevelopmentKey([u8; BYTES]);

/// Why there is no key for development.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentKeyError {
    /// The file cannot be read or written.
    #[error("the key for development in `{}` cannot be {action}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("`{}` holds no key for development: expected {BYTES} bytes in base64; delete it for a new one", path.display())]
    Content {
        /// The file.
        path: PathBuf,
    },
}

/// What a token for development says.
#[derive(Serialize)]
struct Claims<'c> {
    sub: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'c str>,
    roles: &'c [&'c str],
    iat: i64,
    exp: i64,
}

impl DevelopmentKey {
    /// The key in this file; a new one, readable only by the owner of the process, if there is no such file.
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, DevelopmentKeyError> {
        let path = path.as_ref();
        let failed =
            |action| move |source| DevelopmentKeyError::File { path: path.to_owned(), action, source };
        match fs::read_to_string(path) {
            Ok(text) => {
                Self::read(&text).ok_or_else(|| DevelopmentKeyError::Content { path: path.to_owned() })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create(path).map_err(failed("created"))?;
                let text = fs::read_to_string(path).map_err(failed("read"))?;
                Self::read(&text).ok_or_else(|| DevelopmentKeyError::Content { path: path.to_owned() })
            }
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(DevelopmentKeyError::Content { path: path.to_owned() })
            }
            Err(error) => Err(failed("read")(error)),
        }
    }

    /// The key with these bytes, for tests.
    pub fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// A token for this subject with these roles, on behalf of this tenant or, without one, of the platform.
    pub fn token(
        &self,
        tenant: Option<&TenantId>,
        subject: &ActorId,
        roles: &[&str],
        valid: Validity,
    ) -> String {
        let (iat, exp) = (valid.from.as_second(), (valid.from + valid.length).as_second());
        let claims = Claims { sub: subject.as_str(), tenant: tenant.map(TenantId::as_str), roles, iat, exp };
        install();
        let key = EncodingKey::from_secret(&self.0);
        // Text and numbers always have a form in JSON, and HMAC takes a key of any length.
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap_or_default()
    }

    pub(crate) fn verification_key(&self) -> VerificationKey {
        VerificationKey::of_secret(DecodingKey::from_secret(&self.0))
    }

    fn read(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }
}

/// From when and for how long a token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The moment from which on.
    pub from: Timestamp,
    /// For how long.
    pub length: Duration,
}

/// Writes a new key beside the file and links it there, so that nobody ever reads half of one and of two processes
/// that start together both use the first.
fn create(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let (mut key, mut mark) = ([0; BYTES], [0; 8]);
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    getrandom::fill(&mut mark).map_err(io::Error::other)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = directory.join(format!(".{name}.{:016x}", u64::from_ne_bytes(mark)));
    let linked = write_private(&draft, &BASE64_STANDARD.encode(key)).and_then(|()| link(&draft, path));
    fs::remove_file(&draft)?;
    linked
}

/// Writes a new file that only its owner can read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn link(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

impl fmt::Debug for DevelopmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DevelopmentKey(..)")
    }
}
