//! Read models that are written by SQL, and reactions.

use std::future::Future;

use freehold::{
    Row as _, Selection,
    app::{Application, Context, Host, NodeRole, OperationError, StartError},
    memory::Memory,
    ports::{
        DeadLetterQuery, Lane, Reaction, Rebuilds as _, Sql, SqlError, SqlProjection, Stage, ViewStore as _,
    },
    prelude::*,
};
use freehold_sqlite::Sqlite;
use tokio::time::sleep;

use crate::{
    bank::{AccountEvent, AccountId, Deposit, open},
    service::clerk,
};

/// An account, and what its owner has on all of theirs: an event changes many rows.
#[derive(Clone, Debug, PartialEq, Row)]
#[row(name = "bank.Wealth", table = "wealth")]
struct Wealth {
    #[row(key)]
    id: AccountId,
    owner: String,
    of_owner: i64,
}

impl SqlProjection for Wealth {
    type Event = AccountEvent;

    /// Accounts of one owner hang together, and who owns one is not said of later events.
    fn lane(_: &Recorded<AccountEvent>) -> Option<Lane> {
        Some(Lane::tenant())
    }

    async fn apply(event: Recorded<AccountEvent>, mut sql: Sql) -> Result<(), SqlError> {
        let (tenant, id, position) = (&event.tenant, event.stream.id(), &event.position);
        match &event.event {
            AccountEvent::Opened { owner, .. } => {
                let insert = "INSERT INTO {table} (tenant_id, id, owner, of_owner, version, position)
                    SELECT $1, $2, $3, coalesce(max(of_owner), 0), 1, $4 FROM {table} WHERE tenant_id = $1 AND owner = $3";
                sql.execute(insert, &[tenant, &id, owner, position]).await?;
            }
            AccountEvent::Deposited { amount } => {
                let update =
                    "UPDATE {table} SET of_owner = of_owner + $3, version = version + 1, position = $4
                    WHERE tenant_id = $1
                        AND owner = (SELECT owner FROM {table} WHERE tenant_id = $1 AND id = $2)";
                sql.execute(update, &[tenant, &id, amount, position]).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Query)]
#[query(page = Wealth, changes, roles("clerk"))]
struct ListWealth {}

impl Ask for ListWealth {
    fn select(self) -> Select<Wealth> {
        Select::all()
    }
}

/// A letter that is to be sent.
#[derive(Clone, Row)]
#[row(name = "bank.Letter", table = "letters")]
struct Letter {
    #[row(key)]
    number: Position,
    owner: String,
}

/// A letter to everybody who opens an account, in a table that others read. It is written once.
struct Welcome;

impl Reaction for Welcome {
    const NAME: &'static str = "bank.Welcome";
    type Event = AccountEvent;

    fn lane(event: &Recorded<AccountEvent>) -> Option<Lane> {
        matches!(event.event, AccountEvent::Opened { .. }).then(|| Lane::stream(event))
    }

    async fn react(event: Recorded<AccountEvent>, mut sql: Sql) -> Result<(), SqlError> {
        let AccountEvent::Opened { owner, .. } = &event.event else { return Ok(()) };
        let insert =
            "INSERT INTO letters (tenant_id, number, owner, version, position) VALUES ($1, $2, $3, 1, $2)";
        sql.execute(insert, &[&event.tenant, &event.position, owner]).await?;
        if owner == "Nobody" { Err(SqlError::new("nobody is not written to")) } else { Ok(()) }
    }
}

const TABLES: &[Migration] = &[Migration {
    name: "0001_wealth",
    sql: "CREATE TABLE wealth (
            tenant_id TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, of_owner INTEGER NOT NULL,
            version INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)
        ) STRICT;
        CREATE TABLE letters (
            tenant_id TEXT NOT NULL, number INTEGER PRIMARY KEY, owner TEXT NOT NULL,
            version INTEGER NOT NULL, position INTEGER NOT NULL
        ) STRICT",
}];

fn plain() -> Context {
    Context::new("bank").sqlite(TABLES)
}

fn whole() -> Context {
    plain().sql_projection::<Wealth>().reaction::<Welcome>()
}

async fn with_bank<F: Future<Output = ()>>(test: impl FnOnce(Sqlite) -> F) {
    let folder = tempfile::tempdir().unwrap();
    test(Sqlite::open(folder.path().join("bank.db")).await.unwrap()).await;
}

async fn opened(application: &Application, owner: &str, amount: i64) -> AccountId {
    let id = application.commands.create(clerk(), open(owner)).await.unwrap().id;
    application.commands.send(clerk(), id, Deposit { amount }).await.unwrap();
    id
}

/// To whom letters were written, in the order of events.
async fn letters(database: &Sqlite) -> Vec<String> {
    let rows = database.select(&clerk().tenant, &Selection::all(Letter::SCHEMA)).await.unwrap();
    rows.into_iter().map(|row| Letter::from_cells(row.cells).unwrap().owner).collect()
}

async fn wealth(application: &Application) -> Vec<(String, i64)> {
    let page = application.queries.ask(clerk(), ListWealth {}).await.unwrap();
    let mut rows: Vec<_> = page
        .items
        .into_iter()
        .map(|stored: Stored<Wealth>| (stored.row.owner, stored.row.of_owner))
        .collect();
    rows.sort();
    rows
}

fn rich() -> Vec<(String, i64)> {
    [("Anna", 6), ("Anna", 6), ("Bob", 3)].map(|(owner, amount)| (owner.to_owned(), amount)).to_vec()
}

#[tokio::test]
async fn an_event_can_change_many_rows_by_sql() {
    with_bank(async |database| {
        let host = Host::builder(database.clone()).context(whole()).start().await.unwrap();
        let application = host.application();
        for (owner, amount) in [("Anna", 1), ("Bob", 3), ("Anna", 5)] {
            opened(&application, owner, amount).await;
        }
        application.caught_up().await.unwrap();
        assert_eq!(wealth(&application).await, rich());
        host.stop().await;
        database.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_does_nothing_again_but_rows() {
    with_bank(async |database| {
        let host = Host::builder(database.clone()).context(whole()).start().await.unwrap();
        let application = host.application();
        opened(&application, "Anna", 1).await;
        opened(&application, "Bob", 3).await;
        application.caught_up().await.unwrap();
        application.operations().rebuild("anna", "bank.Wealth", true).await.unwrap();
        opened(&application, "Anna", 5).await;
        let rebuilt =
            async || database.rebuilds().await.unwrap().iter().any(|one| one.stage == Stage::TakenOver);
        while !rebuilt().await {
            sleep(StdDuration::from_millis(20)).await;
        }
        application.caught_up().await.unwrap();
        assert_eq!((wealth(&application).await, letters(&database).await.len()), (rich(), 3));
        host.stop().await;

        let host = Host::builder(database.clone()).context(whole()).start().await.unwrap();
        host.application().caught_up().await.unwrap();
        assert_eq!(letters(&database).await, ["Anna", "Bob", "Anna"]);
        let refused = host.application().operations().rebuild("anna", "bank.Welcome", true).await;
        assert!(matches!(refused, Err(OperationError::Reaction(name)) if name == "bank.Welcome"));
        host.stop().await;
        database.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_reaction_begins_where_the_log_ends() {
    with_bank(async |database| {
        let before = Host::builder(database.clone()).context(plain()).start().await.unwrap();
        opened(&before.application(), "Anna", 1).await;
        before.stop().await;
        // First seen by a node that leaves it to others, who come later.
        let roles = [NodeRole::Server].into_iter().collect();
        let server = Host::builder(database.clone()).context(whole()).roles(roles).start().await.unwrap();
        opened(&server.application(), "Bob", 1).await;
        let worker = Host::builder(database.clone()).context(whole()).start().await.unwrap();
        opened(&server.application(), "Cat", 1).await;
        worker.application().caught_up().await.unwrap();
        assert_eq!(letters(&database).await, ["Bob", "Cat"]);
        worker.stop().await;
        server.stop().await;
        database.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_reaction_that_fails_has_done_nothing_and_stops_its_lane_alone() {
    with_bank(async |database| {
        let host = Host::builder(database.clone()).context(whole()).start().await.unwrap();
        let application = host.application();
        for owner in ["Anna", "Nobody", "Bob"] {
            opened(&application, owner, 1).await;
        }
        application.caught_up().await.unwrap();
        assert_eq!(letters(&database).await, ["Anna", "Bob"]);
        let all = DeadLetterQuery { limit: 9, ..DeadLetterQuery::default() };
        let letter = database.dead_letters(&all).await.unwrap().remove(0);
        assert_eq!(
            (letter.view.as_str(), letter.error.as_str()),
            ("bank.Welcome", "nobody is not written to")
        );
        let operations = application.operations();
        operations.skip("anna", (letter.number, letter.position), "nobody").await.unwrap();
        assert_eq!(
            (letters(&database).await.len(), database.dead_letters(&all).await.unwrap().len()),
            (2, 0)
        );
        host.stop().await;
        database.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_database_without_sql_refuses_what_is_written_in_it() {
    let error = Host::builder(Memory::new()).context(whole()).start().await.err().unwrap();
    assert!(matches!(error, StartError::NoSql { view: "bank.Wealth" }), "{error}");
}

#[tokio::test]
async fn changes_of_what_is_written_by_sql_are_refused() {
    with_bank(async |database| {
        let host = Host::builder(database.clone()).context(whole()).start().await.unwrap();
        let refused = host.application().changes(clerk(), ListWealth {}, None).await.err().unwrap();
        assert!(refused.to_string().contains("which rows an event touches is not known"), "{refused}");
        host.stop().await;
        database.close().await;
    })
    .await;
}
