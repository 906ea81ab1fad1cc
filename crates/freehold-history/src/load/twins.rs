//! Twins: the same requests, sent by all nodes at the same moment, and by each of them twice.

use std::time::Duration;

use tokio::time::sleep;

use super::{Dice, commands, draw, node::Node};
use crate::{Answer, Criterion, Moment, Query, Request, Unless, What};

/// How far the moments lie apart.
const TICK: u64 = 20_000_000;

pub(super) async fn run(node: Node) -> anyhow::Result<()> {
    while node.is_loaded() {
        let now = Moment::now().0;
        let number = now / TICK + 1;
        sleep(Duration::from_nanos(number * TICK - now)).await;
        let request = twin(&node, number);
        tokio::join!(settle(&node, &request), settle(&node, &request));
    }
    Ok(())
}

/// The request of a moment: to a stream that many want to begin, or with a claim.
fn twin(node: &Node, number: u64) -> Request {
    let mut dice = Dice::of(node.seed, &format!("twin-{number}"));
    let address = draw::address(&mut dice, 0);
    let events = draw::events(&mut dice);
    let mut request = draw::append(&mut dice, format!("twin-{number}"), address, events);
    request.once = Some(dice.id());
    if dice.percent(50)
        && let What::Append { unless, events, .. } = &mut request.what
    {
        let tag = format!("twin-claim-{}", number / 3);
        let criterion = Criterion { tags: vec![tag.clone()], ..Criterion::default() };
        unless.push(Unless { query: Query::from(criterion), after: 0 });
        events[0].tags.push(tag);
    }
    request
}

async fn settle(node: &Node, request: &Request) {
    while let Answer::Unknown(_) = commands::send(node, request).await {
        sleep(Duration::from_millis(20)).await;
        if node.is_over() {
            break;
        }
    }
}
