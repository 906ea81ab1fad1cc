//! Workers of the views of the port, on every node, so that they race.

use std::sync::Arc;

use freehold::ports::{ApplyError, Database, Projection, Scope, StoreError, Work};
use tokio::task::JoinSet;

use super::{Dice, node::Node, rows};
use crate::projections;

pub(super) fn start(node: &Node, tasks: &mut JoinSet<anyhow::Result<()>>) {
    for (name, projection) in [("mixed", projections::mixed()), ("followed", projections::followed())] {
        tasks.spawn(work(node.clone(), projection, node.dice(name)));
    }
}

async fn work(node: Node, projection: Arc<dyn Projection>, mut dice: Dice) -> anyhow::Result<()> {
    let mut head = node.database.head();
    loop {
        let phase = node.phase();
        if !phase.is_read() {
            return Ok(());
        }
        let limit = dice.one_of(&[1, 20, 200]);
        let Some(at) = rows::available(step(&*node.database, &projection, limit).await).await? else {
            continue;
        };
        tokio::select! {
            grown = head.wait_for(|head| head.0 > at) => drop(grown?),
            () = node.left(phase) => {}
        }
    }
}

/// Applies the next events: how far the view is then. That others were faster is no fault.
pub(crate) async fn step(
    database: &dyn Database,
    projection: &Arc<dyn Projection>,
    limit: usize,
) -> Result<u64, StoreError> {
    let after = database.checkpoint(projection).await?;
    let batch = database.read_all(&Scope::EveryTenant, after, projection.query(), limit).await?;
    let read_to = batch.read_to;
    match database.apply(projection, Work::whole(after, batch)).await {
        Ok(_) => Ok(read_to.0),
        Err(ApplyError::Moved { actual, .. }) => Ok(actual.0),
        Err(ApplyError::Store(error)) => Err(error),
        Err(error) => Err(StoreError::Other(Box::new(error))),
    }
}
