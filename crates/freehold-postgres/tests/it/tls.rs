//! TLS: connections are encrypted, and the server proves who it is, as the URL asks for it.

use std::fs;

use freehold_domain::Position;
use freehold_ports::{EventStore, Migrator, StoreError};
use freehold_postgres::Postgres;
use postgres_server::Server;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::{
    fixtures::{MIGRATIONS, count_events, count_steps, counted_step},
    server,
};

/// Nobody gets in without TLS.
const DEMANDING: &str = "hostssl all all 127.0.0.1/32 password\n";

/// Someone who certifies.
type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server that demands TLS, and is certified for `localhost`.
struct Encrypted {
    server: Server,
    folder: TempDir,
}

impl Encrypted {
    fn start() -> Option<Self> {
        let (setup, authority) = (server::own()?, authority("trusted"));
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let setup = setup.setting("ssl", "on").file("pg_hba.conf", DEMANDING);
        let setup = setup.file("server.crt", certificate.pem()).file("server.key", key.serialize_pem());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("trusted.pem"), authority.pem()).unwrap();
        fs::write(folder.path().join("other.pem"), self::authority("other").pem()).unwrap();
        Some(Self { server: server::start(setup), folder })
    }

    /// Its URL by this name, with more behind it.
    fn url(&self, host: &str, query: &str) -> String {
        // Whatever a name leads to on this machine, the server is here.
        let place = format!("@{host}:");
        format!("{}?hostaddr=127.0.0.1{query}", self.server.url("postgres").replace("@127.0.0.1:", &place))
    }

    fn proven(&self, host: &str, authority: &str) -> String {
        let file = self.folder.path().join(authority);
        self.url(host, &format!("&sslmode=verify-full&sslrootcert={}", file.display()))
    }

    /// Opens it, uses all kinds of connections, and looks at each of them.
    async fn serves(&self, url: &str) {
        let database = Postgres::open(url).await.unwrap();
        database.migrate(&[MIGRATIONS]).await.unwrap();
        let before = *database.head().borrow();
        database.append(counted_step(1)).await.unwrap();
        assert_eq!(*database.head().borrow(), Position(before.0 + 1));
        assert_eq!(count_events(&database).await as u64, count_steps(&database).await);
        let plain = "SELECT count(*) FILTER (WHERE NOT ssl) || ' of ' || (count(*) > 1)
            FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'freehold/%'";
        assert_eq!(self.server.sql("postgres", plain).unwrap(), "0 of true");
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_encrypted_without_proof_unless_it_is_asked_for() {
    let Some(encrypted) = Encrypted::start() else { return };
    for mode in ["", "&sslmode=prefer", "&sslmode=require"] {
        encrypted.serves(&encrypted.url("elsewhere.example", mode)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_certified_for_its_name_is_trusted() {
    let Some(encrypted) = Encrypted::start() else { return };
    encrypted.serves(&encrypted.proven("localhost", "trusted.pem")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_prove_itself_is_refused() {
    let Some(encrypted) = Encrypted::start() else { return };
    let other_name = refused(&encrypted.proven("elsewhere.example", "trusted.pem")).await;
    assert!(other_name.contains("not valid for name"), "{other_name}");
    let other_authority = refused(&encrypted.proven("localhost", "other.pem")).await;
    assert!(other_authority.contains("UnknownIssuer"), "{other_authority}");
    let of_the_system = refused(&encrypted.url("localhost", "&sslmode=verify-full")).await;
    assert!(of_the_system.contains("UnknownIssuer") || of_the_system.contains("no certificate to trust"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_demands_tls_says_so_to_those_who_disable_it() {
    let Some(encrypted) = Encrypted::start() else { return };
    let said = refused(&encrypted.url("localhost", "&sslmode=disable")).await;
    assert!(said.contains("no encryption"), "{said}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let Some(setup) = server::own() else { return };
    let server = server::start(setup);
    for mode in ["require", "verify-full"] {
        let said = refused(&format!("{}?sslmode={mode}", server.url("postgres"))).await;
        assert!(said.contains("server does not support TLS"), "{said}");
    }
}

async fn refused(url: &str) -> String {
    match Postgres::open(url).await {
        Err(StoreError::Unavailable { reason }) => reason,
        other => panic!("it was to be unavailable: {other:?}"),
    }
}
