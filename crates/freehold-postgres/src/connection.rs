//! Connections, each set up for what it does.

use std::{path::PathBuf, time::Duration};

use freehold_ports::StoreError;
use tokio::time::timeout;
use tokio_postgres::{Client, Config, Connection, Socket, config::TargetSessionAttrs, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    fault::{chain, unavailable},
    tls::{Proof, connector},
};

/// Where to connect to, read from a URL.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

/// How long a server may say nothing, not even that it has received something, before it is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(10);

/// The half of a connection that talks to the server.
pub(crate) type Wire = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// What a connection is for. Times are limited on the server, so that it notices a client that hangs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Appending: the same few statements for good, over tables that grow under them.
    Append { statement: Duration },
    /// Reading what a batch needs before it is appended: as appending, the same few statements for good.
    ReadAhead { statement: Duration },
    /// Reading, and workers' transactions.
    Read { statement: Duration },
    /// Listening and telling.
    Signal,
    /// Changing tables, however long it takes.
    Migrate,
}

impl Purpose {
    /// What it is called behind the name of the application, for whoever looks at the connections of a server.
    fn name(self) -> &'static str {
        match self {
            Self::Append { .. } => "append",
            Self::ReadAhead { .. } => "read ahead",
            Self::Read { .. } => "read",
            Self::Signal => "signal",
            Self::Migrate => "migrate",
        }
    }
}

impl Address {
    /// Errors: [`StoreError::Unavailable`] if the URL is none, or TLS cannot be had as it says. It is not repeated,
    /// since it may hold a password.
    pub(crate) fn parse(url: &str, connect_timeout: Duration) -> Result<Self, StoreError> {
        let (url, proof, roots) = split(url)?;
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            unavailable(format!("the URL of the database cannot be read: {}", chain(&error)))
        })?;
        config.connect_timeout(connect_timeout);
        notice_silence(&mut config);
        Ok(Self { config, tls: connector(proof, roots.as_deref())? })
    }

    /// Connects. The wire has to be polled for anything to happen.
    pub(crate) async fn connect(&self, purpose: Purpose) -> Result<(Client, Wire), StoreError> {
        let config = self.config_for(purpose);
        let limit = config.get_connect_timeout().copied().unwrap_or(Duration::from_secs(5));
        let connected = timeout(limit, config.connect(self.tls.clone())).await;
        let connected =
            connected.map_err(|_| unavailable(format!("PostgreSQL did not answer within {limit:?}")))?;
        connected.map_err(|error| unavailable(format!("PostgreSQL cannot be reached: {}", chain(&error))))
    }

    /// The same, set up for this.
    pub(crate) fn config_for(&self, purpose: Purpose) -> Config {
        let mut config = self.config.clone();
        config.options(options(&config, purpose));
        if matches!(purpose, Purpose::Append { .. } | Purpose::ReadAhead { .. }) {
            // Of several hosts the one that can be written to, and what it holds now.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let name = config.get_application_name().unwrap_or("freehold").to_owned();
        config.application_name(format!("{name}/{}", purpose.name()));
        config
    }

    /// Whom it connects as.
    pub(crate) fn user(&self) -> Option<&str> {
        self.config.get_user()
    }
}

/// A server, or a network, that has gone silent is noticed within half a minute, unless the URL says otherwise: the defaults
/// of the system are hours, for which nothing could be written.
fn notice_silence(config: &mut Config) {
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(SILENCE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(SILENCE / 5);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(3);
    }
}

/// What the library does not know of a URL is taken out of it.
fn split(url: &str) -> Result<(String, Proof, Option<PathBuf>), StoreError> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        let hint =
            "the URL of the database cannot be read; it looks like `postgres://user:password@host:5432/name`";
        return Err(unavailable(hint));
    }
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut proof, mut roots, mut kept) =
        (Proof::None, None, form_urlencoded::Serializer::new(String::new()));
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("sslmode", "verify-full") => {
                proof = Proof::Certificate;
                kept.append_pair("sslmode", "require");
            }
            ("sslmode", mode) if !["disable", "prefer", "require"].contains(&mode) => {
                let known =
                    "sslmode in the URL of the database is one of disable, prefer, require and verify-full";
                return Err(unavailable(known));
            }
            ("sslrootcert", file) => roots = Some(PathBuf::from(file)),
            (name, value) => _ = kept.append_pair(name, value),
        }
    }
    // A `+` is no blank to the library.
    Ok((format!("{place}?{}", kept.finish().replace('+', "%20")), proof, roots))
}

/// The settings of a connection, behind those that the URL gives.
///
/// Appending runs a handful of statements over arrays of a batch, whose plans must not depend on how large the tables
/// happened to be when they were first made: always by index, one row after another, once and for all. Without
/// `jit = off` and generic plans a batch takes several times as long.
fn options(config: &Config, purpose: Purpose) -> String {
    let given = config.get_options().unwrap_or_default();
    // Each statement has to see what was committed before it, above all before it had a lock, whatever is the default of
    // the server or the role.
    let limited = |statement: Duration| {
        format!(
            "-c statement_timeout={} -c idle_in_transaction_session_timeout=5000 -c jit=off \
             -c default_transaction_isolation=read\\ committed",
            statement.as_millis()
        )
    };
    let plans = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off \
        -c enable_mergejoin=off -c enable_bitmapscan=off -c enable_material=off -c enable_sort=on";
    let own = match purpose {
        Purpose::Append { statement } => {
            // Whoever waits for a lock in vain finds that out before the statement is cancelled for another reason.
            format!("{} -c lock_timeout={} {plans}", limited(statement), (statement / 2).as_millis().max(1))
        }
        Purpose::ReadAhead { statement } => format!("{} {plans}", limited(statement)),
        Purpose::Read { statement } => limited(statement),
        // What it tells is durable already.
        Purpose::Signal => "-c statement_timeout=5000 -c jit=off -c synchronous_commit=off".to_owned(),
        Purpose::Migrate => "-c idle_in_transaction_session_timeout=60000".to_owned(),
    };
    format!("{given} {own} -c client_min_messages=warning")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Address;

    fn refused(url: &str) -> String {
        Address::parse(url, Duration::from_secs(1)).err().expect("it is refused").to_string()
    }

    #[test]
    fn a_url_that_is_none_is_told_without_it() {
        let said = refused("host=localhost password=secret");
        assert!(said.contains("it looks like `postgres://user:password@host:5432/name`"), "{said}");
        assert!(!said.contains("secret"));
    }

    #[test]
    fn a_mode_of_tls_that_is_none_is_refused() {
        let said = refused("postgres://localhost/shop?sslmode=verify");
        assert!(said.contains("one of disable, prefer, require and verify-full"), "{said}");
    }

    #[test]
    fn a_file_of_certificates_that_is_not_there_is_named() {
        let said = refused("postgres://localhost/shop?sslmode=verify-full&sslrootcert=/no/such/file");
        assert!(said.contains("`/no/such/file` cannot be read"), "{said}");
    }

    #[test]
    fn a_server_that_goes_silent_is_noticed_soon_unless_the_url_says_otherwise() {
        let silences = |url: &str| {
            let config = Address::parse(url, Duration::from_secs(1)).unwrap().config;
            [config.get_tcp_user_timeout().copied().unwrap(), config.get_keepalives_idle()]
        };
        assert_eq!(silences("postgres://db/shop"), [super::SILENCE; 2]);
        let patient = silences("postgres://db/shop?tcp_user_timeout=60&keepalives_idle=90");
        assert_eq!(patient, [60, 90].map(Duration::from_secs));
    }

    #[test]
    fn what_else_a_url_says_is_kept() {
        let url = "postgres://shop:a%20b@db/shop?application_name=the%20shop&sslmode=disable";
        let config = Address::parse(url, Duration::from_secs(1)).unwrap().config;
        assert_eq!(config.get_application_name(), Some("the shop"));
        assert_eq!(config.get_password(), Some("a b".as_bytes()));
    }
}
