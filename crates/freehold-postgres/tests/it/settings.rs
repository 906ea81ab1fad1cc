//! Settings: what a server or a role has as its default undoes no promise.

use freehold_ports::EventStore;
use freehold_postgres::Postgres;
use freehold_testkit::postgres::TestDatabase;

use crate::{
    fixtures::{count_events, step},
    server,
};

/// Keeps the settings of whoever writes the log.
const WITNESS: &str = "CREATE TABLE seen (isolation text, durability text);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.seen
    VALUES (current_setting('transaction_isolation'), current_setting('synchronous_commit'));
    RETURN NULL;
END
$$;
CREATE TRIGGER witness AFTER INSERT ON freehold.events FOR EACH STATEMENT EXECUTE FUNCTION witness()";

/// The settings of the one append to a database of this default.
async fn seen(server: &str, default: &str) -> (String, String) {
    let guard = TestDatabase::create(server).await;
    let session = server::session(guard.url()).await;
    let set =
        format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {default}', current_database()); END $$");
    session.batch_execute(&set).await.unwrap();
    let database = Postgres::open(guard.url()).await.unwrap();
    session.batch_execute(WITNESS).await.unwrap();
    database.append(step(1)).await.unwrap();
    assert_eq!(count_events(&database).await, 1);
    let row = session.query_one("SELECT isolation, durability FROM seen", &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn an_append_sees_what_was_committed_before_it_had_the_lock_whatever_is_the_default() {
    let Some(server) = server::url() else { return };
    for level in ["serializable", "repeatable read"] {
        let (isolation, _) = seen(&server, &format!("default_transaction_isolation = \"{level}\"")).await;
        assert_eq!(isolation, "read committed");
    }
}

#[tokio::test]
async fn nobody_is_answered_before_the_flush_whatever_is_the_default() {
    let Some(server) = server::url() else { return };
    for (default, used) in [("off", "on"), ("remote_apply", "remote_apply"), ("local", "local")] {
        let (_, durability) = seen(&server, &format!("synchronous_commit = {default}")).await;
        assert_eq!(durability, used);
    }
}
