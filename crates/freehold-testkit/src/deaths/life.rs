//! A life: all that a node does between its start and its end.

use std::{sync::Arc, time::Duration};

use freehold_app::{Context, Host, Operations};
use freehold_ports::{Database, DeadLetterQuery, Stage};
use tokio::time::{sleep, timeout};

use crate::faults::Faults;

/// Who asks for what operators ask for.
const ACTOR: &str = "anna";
/// How long it is given to take in the log. Whether it gets there is not for it to say.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked how far a rebuild has come.
const PAUSE: Duration = Duration::from_millis(100);
/// How long it takes a node to look twice at what it shall hold.
const LOOKED: Duration = Duration::from_secs(2);

/// Lives as a node over a database with these faults: it follows the log, tries again what the view could not take in,
/// rebuilds the view, ends that, rebuilds it once more at its word, puts back what was there, and stops. It comes to every
/// [`Step`](super::Step) if the log holds something that the view cannot take in.
///
/// Where it ends meanwhile, a rebuild may wait for the word.
///
/// # Panics
/// If an operation fails.
pub async fn live(database: Arc<dyn Database>, faults: &Faults, context: Context, view: &str) {
    let builder = Host::builder(faults.around(Arc::clone(&database))).context(context);
    let host = builder.node_name("mortal").start().await.expect("it starts");
    let (application, operations) = (host.application(), host.application().operations());
    drop(timeout(PATIENCE, application.caught_up()).await);
    operations.rebuild(ACTOR, view, true).await.expect("it begins");
    reached(&*database, Stage::TakenOver).await;
    retry(&operations).await;
    operations.end_rebuild(ACTOR, view).await.expect("there is one");
    operations.rebuild(ACTOR, view, false).await.expect("it begins again");
    reached(&*database, Stage::Waiting).await;
    operations.take_over(ACTOR, view).await.expect("it waits for that");
    reached(&*database, Stage::TakenOver).await;
    operations.roll_back(ACTOR, view).await.expect("what was there before is still there");
    sleep(LOOKED).await;
    host.stop().await;
}

/// Waits until a rebuild has come so far, and nodes have seen it. Looks past faults, so that steps are those of the node.
async fn reached(database: &dyn Database, stage: Stage) {
    let is_reached = async || {
        let rebuilds = database.rebuilds().await.expect("they can be read");
        rebuilds.iter().any(|rebuild| rebuild.stage == stage)
    };
    while !is_reached().await {
        sleep(PAUSE).await;
    }
    sleep(LOOKED).await;
}

async fn retry(operations: &Operations) {
    let all = DeadLetterQuery { limit: 100, ..DeadLetterQuery::default() };
    for letter in operations.dead_letters(&all).await.expect("they can be read") {
        operations.retry(ACTOR, letter.number).await.expect("it is tried");
    }
}
