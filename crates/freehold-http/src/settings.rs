//! What a configuration file says about HTTP.

mod admin;
mod authentication;
mod secret;

pub use admin::{AdminSettings, AdminSettingsError};
pub use authentication::{AuthenticationSettings, Mode, SettingsError};
pub use secret::Secret;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Deserializer, de::Error};

use crate::{Limits, Operators};

/// The table `[http]` of a configuration file.
///
/// ```
/// let settings: freehold_http::Settings = serde_json::from_str(
///     r#"{ "port": 9000, "request_timeout": "20s", "authentication": { "mode": "development" } }"#,
/// ).unwrap();
/// assert_eq!(settings.socket().to_string(), "127.0.0.1:9000");
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address to listen at; 127.0.0.1, which only this machine can reach.
    #[serde(default = "address")]
    pub address: IpAddr,
    /// The port to listen on; 8080. 0 is any that is free.
    #[serde(default = "port")]
    pub port: u16,
    /// The most bytes of a body.
    #[serde(default = "body_limit")]
    pub body_limit: usize,
    /// How many requests may be under way at once.
    #[serde(default = "concurrency_limit")]
    pub concurrency_limit: usize,
    /// How long a request may take: `30s`.
    #[serde(default = "request_timeout", deserialize_with = "duration")]
    pub request_timeout: Duration,
    /// How long requests under way may take once the service is asked to stop: `10s`.
    #[serde(default = "shutdown_timeout", deserialize_with = "duration")]
    pub shutdown_timeout: Duration,
    /// How callers are known. There is no default: nobody should have to find out that they were let in.
    pub authentication: AuthenticationSettings,
    /// Who may operate the service over HTTP; nobody unless said, and then there is nothing to operate it with.
    #[serde(default)]
    pub admin: Vec<AdminSettings>,
}

impl Settings {
    /// Where to listen.
    pub fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// Who may operate the service.
    ///
    /// Errors: a token that is missing, cannot be read, is too short, or is that of two people.
    pub fn operators(&self) -> Result<Operators, AdminSettingsError> {
        admin::load(&self.admin)
    }

    /// What the service takes on.
    pub fn limits(&self) -> Limits {
        Limits {
            body: self.body_limit,
            request: self.request_timeout,
            concurrency: self.concurrency_limit,
            shutdown: self.shutdown_timeout,
        }
    }
}

fn address() -> IpAddr {
    Ipv4Addr::LOCALHOST.into()
}

fn port() -> u16 {
    8080
}

fn body_limit() -> usize {
    Limits::default().body
}

fn concurrency_limit() -> usize {
    Limits::default().concurrency
}

fn request_timeout() -> Duration {
    Limits::default().request
}

fn shutdown_timeout() -> Duration {
    Limits::default().shutdown
}

/// `30s`, `1m 30s` or, as in ISO 8601, `PT30S`; more than nothing.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let length = freehold_domain::Duration::deserialize(deserializer)?;
    match Duration::try_from(length) {
        Ok(length) if !length.is_zero() => Ok(length),
        _ => Err(D::Error::custom("expected a length of time above zero, such as `30s`")),
    }
}
