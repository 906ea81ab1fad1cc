//! Roles: an owner that makes tables, and a service that owns nothing and writes the log only through the functions
//! that are made for it.

use freehold_domain::{Position, TenantId, Version};
use freehold_ports::{
    Append, AppendError, Conflict, EventQuery, EventStore, Expected, Migrator, Scope, Snapshot,
    SnapshotStore, Unless, Versions,
};
use freehold_postgres::{Options, Postgres};
use freehold_testkit::postgres::TestDatabase;
use tokio_postgres::{Client, error::SqlState};
use uuid::Uuid;

use crate::{
    fixtures::{MIGRATIONS, count_events, count_steps, counted_step, log, once, step},
    server,
};

/// Roles of the whole server, which all tests share.
const ROLES: &str = "
    DO $$ BEGIN CREATE ROLE freehold_test_owner LOGIN PASSWORD 'owner' NOSUPERUSER NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
    DO $$ BEGIN CREATE ROLE freehold_test_service LOGIN PASSWORD 'service' NOSUPERUSER NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// The URLs of a database for its two roles.
pub(crate) struct Roles {
    pub(crate) owner: String,
    pub(crate) service: String,
}

impl Roles {
    /// Makes the roles if they are not there, and has the database belong to the owner.
    pub(crate) async fn of(database: &TestDatabase) -> Self {
        let session = server::session(database.url()).await;
        session.batch_execute(ROLES).await.unwrap();
        let give = "DO $$ BEGIN EXECUTE format(
            'ALTER DATABASE %I OWNER TO freehold_test_owner', current_database()); END $$";
        session.batch_execute(give).await.unwrap();
        Self {
            owner: Self::url(database, "freehold_test_owner", "owner"),
            service: Self::url(database, "freehold_test_service", "service"),
        }
    }

    /// The URL of a database for a role.
    pub(crate) fn url(database: &TestDatabase, role: &str, password: &str) -> String {
        let (scheme, rest) = database.url().split_once("://").unwrap();
        let place = rest.split_once('@').map_or(rest, |(_, place)| place);
        format!("{scheme}://{role}:{password}@{place}")
    }
}

/// An empty database, opened as the service.
async fn open(server: &str) -> (Postgres, (TestDatabase, Roles)) {
    let database = TestDatabase::create(server).await;
    let roles = Roles::of(&database).await;
    let opened = Postgres::open(Options::new(&roles.service).owner(&roles.owner)).await;
    (opened.expect("the database can be opened"), (database, roles))
}

mod suite {
    use crate::server;

    freehold_testkit::conformance::suite!({
        let Some(server) = server::url() else { return };
        async move || super::open(&server).await
    });
}

#[tokio::test]
async fn a_service_opens_what_is_up_to_date_without_its_owner() {
    let Some(server) = server::url() else { return };
    let (database, (_guard, roles)) = open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    database.append(counted_step(1)).await.unwrap();
    let alone = Postgres::open(roles.service.as_str()).await.expect("there is nothing to create");
    assert_eq!(alone.migrate(&[MIGRATIONS]).await.unwrap(), 0);
    alone.append(counted_step(1)).await.unwrap();
    assert_eq!(count_steps(&alone).await, 2);
}

#[tokio::test]
async fn the_service_cannot_write_the_log_past_its_functions() {
    let Some(server) = server::url() else { return };
    let (database, (_guard, roles)) = open(&server).await;
    database.append(once(step(1), 1)).await.unwrap();
    let service = server::session(&roles.service).await;
    for table in ["events", "archived_events", "event_tags", "commands", "migrations"] {
        for statement in [
            format!("INSERT INTO freehold.{table} SELECT * FROM freehold.{table}"),
            format!("DELETE FROM freehold.{table}"),
            format!("TRUNCATE freehold.{table}"),
            format!("SELECT * FROM freehold.{table} FOR UPDATE"),
        ] {
            assert_denied(&service, &statement).await;
        }
    }
    for statement in [
        "UPDATE freehold.events SET payload = 'null'",
        "UPDATE freehold.archived_events SET payload = 'null'",
        "UPDATE freehold.event_tags SET tag = ''",
        "UPDATE freehold.commands SET version = 9",
        "UPDATE freehold.migrations SET checksum = ''",
    ] {
        assert_denied(&service, statement).await;
    }
    assert_eq!(count_events(&database).await, 1);
}

#[tokio::test]
async fn the_service_cannot_change_what_the_owner_has_made() {
    let Some(server) = server::url() else { return };
    let (database, (_guard, roles)) = open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    database.append(counted_step(1)).await.unwrap();
    let service = server::session(&roles.service).await;
    for statement in [
        "ALTER TABLE freehold.events DISABLE TRIGGER ALL",
        "ALTER TABLE freehold.events ADD COLUMN more text",
        "ALTER TABLE freehold.events NO FORCE ROW LEVEL SECURITY",
        "CREATE INDEX ON freehold.events (time)",
        "CREATE TRIGGER mine BEFORE INSERT ON freehold.events FOR EACH ROW
            EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TABLE freehold.mine (id text)",
        "CREATE FUNCTION freehold.mine() RETURNS text LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION freehold.head() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
        "ALTER FUNCTION freehold.head() SECURITY INVOKER",
        "DROP FUNCTION freehold.head()",
        "DROP TABLE freehold.events",
        "DROP SCHEMA freehold CASCADE",
        "CREATE SCHEMA mine",
        "CREATE TABLE mine (id text)",
        "ALTER TABLE walks ADD COLUMN more text",
        "DROP TABLE walks",
        "TRUNCATE walks",
    ] {
        assert_denied(&service, statement).await;
    }
    let owned = "SELECT count(*) FROM pg_class WHERE relowner = 'freehold_test_service'::regrole";
    assert_eq!(service.query_one(owned, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!((count_events(&database).await, count_steps(&database).await), (1, 1));
}

async fn assert_denied(session: &Client, statement: &str) {
    match session.batch_execute(statement).await {
        Err(error) => {
            assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{statement}: {error:?}");
        }
        Ok(()) => panic!("it was to be denied: {statement}"),
    }
}

#[tokio::test]
async fn a_role_of_neither_reaches_nothing() {
    let Some(server) = server::url() else { return };
    let (_database, (guard, _roles)) = open(&server).await;
    let session = server::session(guard.url()).await;
    for seen in ["", "GRANT USAGE ON SCHEMA freehold TO freehold_test_stranger;"] {
        let stranger = format!(
            "BEGIN; CREATE ROLE freehold_test_stranger; {seen} SET LOCAL ROLE freehold_test_stranger"
        );
        for statement in [
            "SELECT * FROM freehold.events",
            "SELECT * FROM freehold.log",
            "SELECT freehold.head()",
            "SELECT freehold.events_at('{1}')",
            "SELECT freehold.append(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            "SELECT freehold.archive('', '', NULL, 0)",
        ] {
            session.batch_execute(&stranger).await.unwrap();
            assert_denied(&session, statement).await;
            session.batch_execute("ROLLBACK").await.unwrap();
        }
    }
}

/// A later issue writes the policies; this is what they will look like.
const FORCED: &str = "
    DO $$
    DECLARE
        relation record;
    BEGIN
        FOR relation IN
            SELECT class.oid::regclass AS name, EXISTS (
                SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname = 'tenant_id'
            ) AS has_tenant
            FROM pg_class AS class
            WHERE relnamespace IN ('freehold'::regnamespace, 'public'::regnamespace) AND relkind = 'r'
        LOOP
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation.name);
            EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', relation.name);
            EXECUTE format(
                'CREATE POLICY functions ON %s TO freehold_test_owner USING (true) WITH CHECK (true)', relation.name
            );
            IF relation.has_tenant THEN
                EXECUTE format(
                    'CREATE POLICY tenants ON %s TO freehold_test_service
                    USING (tenant_id = nullif(current_setting(''freehold.tenant'', true), ''''))
                    WITH CHECK (tenant_id = nullif(current_setting(''freehold.tenant'', true), ''''))',
                    relation.name
                );
            ELSE
                EXECUTE format(
                    'CREATE POLICY everyone ON %s TO freehold_test_service USING (true) WITH CHECK (true)',
                    relation.name
                );
            END IF;
        END LOOP;
    END
    $$";

/// A database of two tenants, with policies that are forced, and a service whose connections are those of a tenant.
struct Forced {
    roles: Roles,
    _guard: TestDatabase,
}

impl Forced {
    async fn on(server: &str) -> Self {
        let (database, (guard, roles)) = open(server).await;
        database.migrate(&[MIGRATIONS]).await.unwrap();
        database.close().await;
        server::session(&roles.owner).await.batch_execute(FORCED).await.unwrap();
        Self { roles, _guard: guard }
    }

    async fn as_tenant(&self, tenant: &str) -> Postgres {
        let options = Options::new(format!("{}?options=-c%20freehold.tenant%3D{tenant}", self.roles.service));
        Postgres::open(options.owner(&self.roles.owner)).await.unwrap()
    }

    async fn without_tenant(&self) -> Postgres {
        Postgres::open(Options::new(&self.roles.service).owner(&self.roles.owner)).await.unwrap()
    }
}

fn of(tenant: &str, append: Append) -> Append {
    Append { tenant: tenant.parse::<TenantId>().unwrap(), ..append }
}

#[tokio::test]
async fn the_functions_made_for_it_work_over_all_tenants_with_row_level_security_forced() {
    let Some(server) = server::url() else { return };
    let forced = Forced::on(&server).await;
    let database = forced.without_tenant().await;
    for (tenant, walk) in [("a", 1), ("b", 1), ("a", 2), ("b", 3)] {
        database.append(of(tenant, once(step(walk), walk))).await.unwrap();
    }
    assert!(database.append(of("a", once(step(1), 1))).await.unwrap().replayed);
    let stale = of("b", Append { expected: Expected::Version(Version(0)), ..step(1) });
    let refused = database.append(stale).await.unwrap_err();
    assert!(matches!(refused, AppendError::Conflict(Conflict::Version { .. })), "{refused}");
    let unless = Unless { query: EventQuery::stream(step(3).stream), after: Position::START };
    let refused =
        database.append(of("b", Append { unless: vec![unless.clone()], ..step(4) })).await.unwrap_err();
    assert!(matches!(refused, AppendError::Conflict(Conflict::Query { .. })), "{refused}");
    database.append(of("a", Append { unless: vec![unless], ..step(4) })).await.unwrap();
    database.archive(&"b".parse().unwrap(), &step(1).stream, Version(1)).await.unwrap();
    let tenants: Vec<_> = log(&database).await.iter().map(|event| event.tenant.to_string()).collect();
    assert_eq!(tenants, ["a", "b", "a", "b", "a"]);
    assert_eq!(*database.head().borrow(), Position(5));
}

#[tokio::test]
async fn a_service_reads_only_its_tenant_with_row_level_security_forced() {
    let Some(server) = server::url() else { return };
    let forced = Forced::on(&server).await;
    let (tenant_a, tenant_b): (TenantId, TenantId) = ("a".parse().unwrap(), "b".parse().unwrap());
    let (as_a, nobody) = (forced.as_tenant("a").await, forced.without_tenant().await);
    for tenant in ["a", "b"] {
        as_a.append(of(tenant, once(step(1), 1))).await.unwrap();
    }
    let snapshot = || Snapshot { version: Version(1), fingerprint: Uuid::nil(), state: "null".into() };
    as_a.save_snapshot(&tenant_a, &step(1).stream, snapshot()).await.unwrap();
    as_a.save_snapshot(&tenant_b, &step(1).stream, snapshot()).await.unwrap_err();
    for (node, seen) in [(&as_a, [1, 0]), (&nobody, [0, 0])] {
        for (tenant, seen) in [&tenant_a, &tenant_b].into_iter().zip(seen) {
            let events = node.read_stream(tenant, &step(1).stream, Versions::ALL).await.unwrap();
            assert_eq!(events.len(), seen);
            let all = EventQuery::all();
            let read = node.read_all(&Scope::Tenant(tenant.clone()), Position::START, &all, 9).await.unwrap();
            assert_eq!(read.events.len(), seen);
            let command = once(step(1), 1).metadata.command;
            assert_eq!(node.outcome(tenant, command).await.unwrap().is_some(), seen == 1);
            assert_eq!(node.snapshot(tenant, &step(1).stream).await.unwrap().is_some(), seen == 1);
        }
    }
}

#[tokio::test]
async fn a_service_writes_rows_only_of_its_tenant_with_row_level_security_forced() {
    let Some(server) = server::url() else { return };
    let forced = Forced::on(&server).await;
    let as_a = forced.as_tenant("a").await;
    as_a.append(of("a", counted_step(1))).await.unwrap();
    as_a.append(of("b", counted_step(1))).await.unwrap_err();
    as_a.append(of("a", counted_step(1))).await.unwrap();
    let rows = server::session(&forced.roles.owner).await;
    let rows = rows.query("SELECT tenant_id, steps FROM walks", &[]).await.unwrap();
    let rows: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(rows, [("a".to_owned(), 2)]);
    assert_eq!(count_events(&as_a).await, 2);
}
