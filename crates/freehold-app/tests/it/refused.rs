//! Rows that a table does not take: they wait in the dead letters as those do that a view cannot fold, and all else goes on.

use freehold::{
    app::{Context, Host, NodeRole},
    ports::{DeadLetterQuery, Migration, ViewStore as _},
    prelude::*,
};
use freehold_sqlite::Sqlite;

use crate::{
    bank::{AccountEvent, AccountId, Deposit, open},
    service::clerk,
};

/// What an account holds, of which the table takes no more than 100.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "small.Purse", table = "purses")]
struct Purse {
    #[row(key)]
    id: AccountId,
    holds: i64,
}

impl View for Purse {
    type Event = AccountEvent;

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        let holds = row.map_or(0, |row| row.holds);
        let AccountEvent::Deposited { amount } = &event.event else {
            return Some(Self { id: event.stream_id(), holds });
        };
        Some(Self { id: event.stream_id(), holds: holds + amount })
    }
}

const PURSES: &[Migration] = &[Migration {
    name: "0001_purses",
    sql: "CREATE TABLE purses (
        tenant_id TEXT NOT NULL, id TEXT NOT NULL, holds INTEGER NOT NULL CONSTRAINT small CHECK (holds <= 100),
        version INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)
    ) STRICT",
}];

#[derive(Clone, Debug, Query)]
#[query(one = Purse, roles("clerk"))]
struct GetPurse {
    id: AccountId,
}

impl Ask for GetPurse {
    fn select(self) -> Select<Purse> {
        Select::by_key(self.id)
    }
}

#[tokio::test]
async fn a_row_that_the_table_does_not_take_stops_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(folder.path().join("purses.db")).await.unwrap();
    let small = || Context::new("bank").sqlite(PURSES).view::<Purse>();
    let roles = [NodeRole::Server].into_iter().collect();
    let server = Host::builder(database.clone()).context(small()).roles(roles).start().await.unwrap();
    let commands = &server.application().commands;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(commands.create(clerk(), open("Anna")).await.unwrap().id);
    }
    let mut last = Position::START;
    for amount in [60, 60, 1] {
        for (place, id) in ids.iter().enumerate() {
            // One of them has too much.
            let amount = if place == 7 { amount } else { 1 };
            last = commands.send(clerk(), *id, Deposit { amount }).await.unwrap().position;
        }
    }
    // What is there is read in one batch, and then in smaller ones.
    let worker = Host::builder(database.clone()).context(small()).start().await.unwrap();
    worker.application().caught_up_to(last).await.unwrap();
    let holds = async |id: AccountId| {
        let row = worker.application().queries.ask(clerk(), GetPurse { id }).await.unwrap();
        row.map(|stored: Stored<Purse>| stored.row.holds)
    };
    for (place, id) in ids.iter().enumerate() {
        assert_eq!(holds(*id).await, Some(if place == 7 { 60 } else { 3 }));
    }
    let all = DeadLetterQuery { limit: 9, ..DeadLetterQuery::default() };
    let [letter] = database.dead_letters(&all).await.unwrap().try_into().unwrap();
    assert!(letter.error.contains("small"), "{}", letter.error);
    assert_eq!((letter.position, letter.waiting), (Position(48), 2));
    // Left out, it makes room for what waits.
    let operations = worker.application().operations();
    operations.skip("anna", (letter.number, letter.position), "too much").await.unwrap();
    assert_eq!((holds(ids[7]).await, database.dead_letters(&all).await.unwrap().len()), (Some(61), 0));
    worker.stop().await;
    server.stop().await;
    database.close().await;
}
