//! Points: what is there before a process ends at a step, and what has to be there when the next has come.

use std::{collections::BTreeMap, path::Path};

use freehold::{
    Row as _,
    app::NodeRole,
    ports::{Database, DeadLetterQuery},
};
use freehold_testkit::deaths::Step;
use tokio::{runtime::Runtime, task::spawn_blocking};

use super::{
    mortal,
    node::{Node, TENANT},
};
use crate::{inspect, laws, ledger::Statement, load::rows_of, views::STATEMENTS};

/// What is not in order when a process has ended at a step and another one has come.
///
/// Errors: that it has not ended there, or that things do not go on.
pub(super) fn run(step: Step, database: &str, program: &Path) -> anyhow::Result<Vec<String>> {
    Runtime::new()?.block_on(async {
        let server = Node::start("server", database, &[NodeRole::Server]).await?;
        let accounts = server.open_accounts().await?;
        server.smuggle(accounts[1]).await?;
        let witness = server.make_room().await;
        let (url, program) = (database.to_owned(), program.to_owned());
        spawn_blocking(move || mortal::ends(step, &url, &program)).await??;

        let next = Node::start("next", database, &[NodeRole::Server, NodeRole::Worker]).await?;
        // Nobody can load the second.
        for account in accounts.iter().filter(|account| **account != accounts[1]) {
            next.deposit(*account, 100).await?;
        }
        next.smuggle(accounts[0]).await?;
        next.await_rest().await?;
        let faults = faults(&*next.database()).await?;
        next.stop().await;
        if let Some(witness) = witness {
            witness.stop().await;
        }
        Ok(faults)
    })
}

/// Rows that are not a fold over the log, and dead letters that do not wait for what cannot be read.
async fn faults(database: &dyn Database) -> anyhow::Result<Vec<String>> {
    let log = inspect::read(database).await?;
    let rows = rows_of(database, TENANT, Statement::SCHEMA).await?.into_iter().collect();
    let mut faults = laws::differences(&STATEMENTS, &log, &rows);
    let (found, expected) = (waiting(database).await?, STATEMENTS.waiting(&log));
    if found != expected {
        faults.push(format!("what waits in dead letters is {found:?}, and not {expected:?}"));
    }
    Ok(faults)
}

/// The dead letters of the view: the position of what cannot be taken in, and how many events wait there.
async fn waiting(database: &dyn Database) -> anyhow::Result<BTreeMap<u64, u64>> {
    let view = Some(STATEMENTS.name.to_owned());
    let letters =
        database.dead_letters(&DeadLetterQuery { view, limit: 100, ..DeadLetterQuery::default() }).await?;
    Ok(letters.iter().map(|letter| (letter.position.0, letter.waiting)).collect())
}
