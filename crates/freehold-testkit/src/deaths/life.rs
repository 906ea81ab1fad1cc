//! A life: all that a node does between its start and its end.

use std::{sync::Arc, time::Duration};

use freehold_app::{Context, Host, Operations};
use freehold_ports::{Database, DeadLetterQuery};
use tokio::time::{sleep, timeout};

use crate::faults::Faults;

/// Who asks for what operators ask for.
const ACTOR: &str = "anna";
/// How long it is given to take in the log. Whether it gets there is not for it to say.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked whether a rebuild has come to its end.
const PAUSE: Duration = Duration::from_millis(100);
/// How long it takes a node to look twice at what it shall hold.
const LOOKED: Duration = Duration::from_secs(2);

/// Lives as a node over a database with these faults: it follows the log, tries again what the view could not take in,
/// rebuilds the view, ends that, rebuilds it once more, and stops. It comes to every [`Step`](super::Step) if the log holds
/// something that the view cannot take in.
///
/// # Panics
/// If an operation fails.
pub async fn live(database: Arc<dyn Database>, faults: &Faults, context: Context, view: &str) {
    let builder = Host::builder(faults.around(Arc::clone(&database))).context(context);
    let host = builder.node_name("mortal").start().await.expect("it starts");
    let (application, operations) = (host.application(), host.application().operations());
    drop(timeout(PATIENCE, application.caught_up()).await);
    operations.rebuild(ACTOR, view, true).await.expect("it begins");
    rebuilt(&*database).await;
    retry(&operations).await;
    operations.end_rebuild(ACTOR, view).await.expect("there is one");
    operations.rebuild(ACTOR, view, true).await.expect("it begins again");
    rebuilt(&*database).await;
    host.stop().await;
}

/// Waits until what was rebuilt has taken over, and nodes have seen it. Looks past faults, so that steps are those of the node.
async fn rebuilt(database: &dyn Database) {
    let is_under_way = async || {
        let rebuilds = database.rebuilds().await.expect("they can be read");
        rebuilds.iter().any(|rebuild| rebuild.stage.is_under_way())
    };
    while is_under_way().await {
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
