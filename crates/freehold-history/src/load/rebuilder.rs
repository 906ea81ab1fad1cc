//! Rebuilds of views, begun and put back while all else goes on.

use freehold::{Position, ports::Stage};
use tokio::time::{Duration, sleep};

use super::{
    node::{Node, Phase},
    rows,
};
use crate::views::{BALANCES, STATEMENTS};

/// How long it takes nodes to look at the partitions that they hold.
const LOOKED: Duration = Duration::from_secs(2);
/// How long a client waits at most before it looks again.
const PAUSE: u64 = 1_500;

/// Until the workers of the host have taken in all that there is.
pub(super) async fn follow(node: Node) -> anyhow::Result<()> {
    loop {
        let phase = node.phase();
        if let Some(end) = phase.end() {
            // What was put back last is known to all nodes when they have looked once more.
            sleep(LOOKED).await;
            while node.application.caught_up_to(Position(end)).await.is_err() {
                sleep(rows::PAUSE).await;
            }
            return Ok(());
        }
        if !phase.is_read() {
            return Ok(());
        }
        node.left(phase).await;
    }
}

/// Whatever cannot be done is tried again: nodes and the server come and go.
pub(super) async fn run(node: Node) -> anyhow::Result<()> {
    let (mut dice, operations) = (node.dice("rebuilder"), node.application.operations());
    while node.phase() == Phase::Load {
        let pause = Duration::from_millis(dice.below(PAUSE));
        tokio::select! {
            () = sleep(pause) => {}
            () = node.left(Phase::Load) => {}
        }
        let view = dice.one_of(&[STATEMENTS.name, BALANCES.name]);
        let Ok(rebuilds) = operations.rebuilds().await else { continue };
        let known =
            rebuilds.iter().find(|status| status.rebuild.view == view).map(|status| status.rebuild.stage);
        // What has served before is put back only where workers go on from there: appends do not.
        let done = match (known, dice.below(4)) {
            (Some(Stage::TakenOver), 0) if view == STATEMENTS.name => {
                operations.roll_back("history", view).await
            }
            (Some(_), 1) => operations.end_rebuild("history", view).await,
            (Some(Stage::Waiting), _) => operations.take_over("history", view).await,
            (known, chance) if !known.is_some_and(Stage::is_under_way) => {
                operations.rebuild("history", view, chance > 0).await
            }
            _ => Ok(()),
        };
        // That one is lost with the server, or was ended by another, is no fault.
        drop(done);
    }
    Ok(())
}
