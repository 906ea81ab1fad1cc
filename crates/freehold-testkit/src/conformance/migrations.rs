//! Migrations: each step once, and never changed behind one's back.

use std::sync::Arc;

use freehold_ports::{Database, Migration, MigrationError, Migrations};
use tokio::task::JoinSet;

use super::{
    MIGRATIONS,
    sample::{append, booked, parcel},
    views::tallies,
};

/// Steps as each kind of database understands them.
macro_rules! steps {
    ($($step:ident),+) => {
        Migrations {
            context: "stepwise",
            sqlite: &[$(sqlite::$step),+],
            postgres: &[$(postgres::$step),+],
        }
    };
}

mod sqlite {
    use super::Migration;

    pub(super) const FIRST: Migration =
        Migration { name: "0001_first", sql: "CREATE TABLE first (id TEXT NOT NULL) STRICT" };
    pub(super) const CHANGED: Migration =
        Migration { name: "0001_first", sql: "CREATE TABLE first (id TEXT) STRICT" };
    pub(super) const SECOND: Migration = Migration {
        name: "0002_second",
        sql: "CREATE TABLE second (id TEXT NOT NULL) STRICT; CREATE INDEX second_by_id ON second (id);",
    };
}

mod postgres {
    use super::Migration;

    pub(super) const FIRST: Migration =
        Migration { name: "0001_first", sql: "CREATE TABLE first (id text NOT NULL)" };
    pub(super) const CHANGED: Migration =
        Migration { name: "0001_first", sql: "CREATE TABLE first (id text)" };
    pub(super) const SECOND: Migration = Migration {
        name: "0002_second",
        sql: "CREATE TABLE second (id text NOT NULL); CREATE INDEX second_by_id ON second (id);",
    };
}

/// A second run of the same steps changes nothing, not even with rows in the tables.
pub async fn a_second_run_does_nothing(db: Arc<dyn Database>) {
    let view = tallies(freehold_domain::SyncMode::Sync).arc();
    append(parcel(1), [booked("ann")]).inline(&view).on(&db).await;
    assert_eq!(db.migrate(&[MIGRATIONS]).await.expect("nothing has changed"), 0);
    super::inline::assert_equals_log(&db, &view).await;
}

/// Steps are counted as they are run, new ones behind those that were.
pub async fn steps_can_be_added(db: Arc<dyn Database>) {
    assert_eq!(db.migrate(&[steps!(FIRST)]).await.expect("it is new"), 1);
    assert_eq!(db.migrate(&[MIGRATIONS, steps!(FIRST, SECOND)]).await.expect("one is new"), 1);
    assert_eq!(db.migrate(&[steps!(FIRST, SECOND)]).await.expect("none is new"), 0);
}

/// A step that was run has to stay as it was; nothing behind it is run.
pub async fn a_changed_step_is_refused(db: Arc<dyn Database>) {
    db.migrate(&[steps!(FIRST)]).await.expect("it is new");
    match db.migrate(&[steps!(CHANGED, SECOND)]).await.expect_err("the first step has changed") {
        MigrationError::Changed { context, name } => {
            assert_eq!((&*context, &*name), ("stepwise", "0001_first"));
        }
        other => panic!("another error was expected: {other}"),
    }
    assert_eq!(db.migrate(&[steps!(FIRST, SECOND)]).await.expect("it is put back"), 1);
}

/// A step that was run has to be there.
pub async fn an_unknown_step_is_refused(db: Arc<dyn Database>) {
    db.migrate(&[steps!(FIRST, SECOND)]).await.expect("they are new");
    match db.migrate(&[steps!(FIRST)]).await.expect_err("the second step is gone") {
        MigrationError::Unknown { context, name } => {
            assert_eq!((&*context, &*name), ("stepwise", "0002_second"));
        }
        other => panic!("another error was expected: {other}"),
    }
}

/// However many run the same steps at the same time, each is run once.
pub async fn runs_at_the_same_time_run_each_step_once(db: Arc<dyn Database>) {
    let mut runs = JoinSet::new();
    for _ in 0..8 {
        let db = Arc::clone(&db);
        runs.spawn(async move { db.migrate(&[steps!(FIRST, SECOND)]).await.expect("nothing has changed") });
    }
    assert_eq!(runs.join_all().await.into_iter().sum::<usize>(), 2);
}
