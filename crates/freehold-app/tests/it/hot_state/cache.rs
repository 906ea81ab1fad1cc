//! Which aggregates stay in memory, and what the log refuses all the same.

use freehold::{
    StreamId, Version,
    app::{DispatchError, SendOptions},
    memory::Memory,
    ports::{Conflict, EventStore},
    prelude::*,
};
use futures_util::{
    future::{join_all, poll_immediate},
    pin_mut,
};

use super::{Node, is_lost};
use crate::{
    bank::{Account, Close, Deposit, open},
    service::{clerk, stranger},
};

#[tokio::test]
async fn an_aggregate_in_memory_is_not_read() {
    let node = Node::start().await;
    node.reads_fail();
    let id = node.opened().await;
    assert_eq!(node.deposited(id, 1).await, 2);
    assert_eq!(node.deposited(id, 1).await, 3);
    let cold = node.elsewhere().await;
    cold.reads_fail();
    assert!(is_lost(&cold.deposit(id, 1).await));
}

#[tokio::test]
async fn an_archived_aggregate_takes_no_more_though_it_is_in_memory() {
    let node = Node::start().await;
    let (tenant, id) = (clerk().tenant, node.opened().await);
    node.memory.archive(&tenant, &StreamId::of::<Account>(id), Version(1)).await.unwrap();
    for _ in 0..2 {
        let answer = node.deposit(id, 1).await;
        let is_archived =
            matches!(answer, Err(DispatchError::Conflict(Conflict::Archived { at: Version(1) })));
        assert!(is_archived, "{answer:?}");
    }
}

#[tokio::test]
async fn aggregates_that_make_way_while_they_are_in_use_lose_nothing() {
    let node = Node::over(Memory::new(), 1).await;
    let ids = join_all((0..8).map(|_| node.opened())).await;
    let gate = node.hold_answer();
    let first = node.deposit(ids[0], 1);
    pin_mut!(first);
    assert!(poll_immediate(first.as_mut()).await.is_none());
    for round in 1..=3 {
        for (place, id) in ids.iter().enumerate() {
            assert_eq!(node.deposited(*id, 1).await, 1 + round + u64::from(place == 0));
        }
    }
    gate.open();
    assert_eq!(first.await.unwrap().version, Version(2));
    assert_eq!(node.balance(ids[0]).await, 4);
}

#[tokio::test]
async fn the_same_id_in_another_tenant_is_another_aggregate() {
    let node = Node::start().await;
    let commands = &node.application.commands;
    let id = node.opened().await;
    node.deposited(id, 5).await;
    let answer = commands.send(stranger(), id, Deposit { amount: 1 }).await;
    assert!(matches!(answer, Err(DispatchError::NotFound { .. })), "{answer:?}");
    let target = Some(id.as_uuid());
    commands.dispatch(stranger(), target, open("Bob"), SendOptions::default()).await.unwrap();
    commands.send(stranger(), id, Close {}).await.unwrap();
    assert_eq!(node.balance(id).await, 5);
}
