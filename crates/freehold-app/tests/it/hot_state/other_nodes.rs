//! Other nodes over the same log, whose events are decided on.

use freehold::{StreamId, Version, app::DispatchError, ports::EventStore};

use super::{Node, not_empty};
use crate::{
    bank::{Account, AccountRejection, Deposit, open},
    service::{at, clerk, nobody},
};

#[tokio::test]
async fn what_another_node_has_done_is_decided_on() {
    let node = Node::start().await;
    let elsewhere = node.elsewhere().await;
    let id = node.opened().await;
    assert_eq!(elsewhere.deposited(id, 5).await, 2);
    assert_eq!(not_empty(node.close(id).await), 5, "it was to be closed");
    assert_eq!(elsewhere.deposited(id, 1).await, 3);
    assert_eq!(not_empty(node.close(id).await), 6, "it was to be refused otherwise");
    assert_eq!(node.deposited(id, 1).await, 4);
}

#[tokio::test]
async fn what_another_node_has_created_is_found() {
    let node = Node::start().await;
    let id = nobody();
    for _ in 0..2 {
        assert!(matches!(node.deposit(id, 1).await, Err(DispatchError::NotFound { .. })));
    }
    node.elsewhere().await.open_at(id, open("Anna")).await.unwrap();
    assert_eq!(node.deposited(id, 1).await, 2);
}

#[tokio::test]
async fn what_exists_is_not_created_whatever_is_known_of_it() {
    let node = Node::start().await;
    let id = nobody();
    node.elsewhere().await.open_at(id, open("Anna")).await.unwrap();
    for owner in ["unwanted", "Anna", "unwanted"] {
        let answer = node.open_at(id, open(owner)).await;
        assert!(matches!(answer, Err(DispatchError::Exists { .. })), "{answer:?}");
    }
    for owner in ["Anna", "unwanted"] {
        let fresh = node.elsewhere().await;
        let answer = Node::over(fresh.memory.clone(), 1).await.open_at(id, open(owner)).await;
        assert!(matches!(answer, Err(DispatchError::Exists { .. })), "{answer:?}");
    }
}

#[tokio::test]
async fn a_version_that_the_sender_has_seen_is_that_of_the_log() {
    let node = Node::start().await;
    let id = node.opened().await;
    assert_eq!(node.elsewhere().await.deposited(id, 1).await, 2);
    let deposit =
        |version| node.application.commands.send_with(clerk(), id, Deposit { amount: 1 }, at(version));
    let stale = deposit(1).await;
    assert!(matches!(stale, Err(DispatchError::VersionMismatch { actual: Version(2), .. })), "{stale:?}");
    assert_eq!(node.elsewhere().await.deposited(id, 1).await, 3);
    assert_eq!(deposit(3).await.unwrap().version, Version(4), "it is newer than what this node knows");
    let ahead = deposit(5).await;
    assert!(matches!(ahead, Err(DispatchError::VersionMismatch { actual: Version(4), .. })), "{ahead:?}");
}

#[tokio::test]
async fn a_key_can_be_claimed_when_it_was_given_back_elsewhere() {
    let node = Node::start().await;
    let elsewhere = node.elsewhere().await;
    let (anna, bella) = (node.opened_as("anna").await, node.opened_as("bella").await);
    for _ in 0..3 {
        elsewhere.rename(anna, "carla").await.unwrap();
        node.rename(bella, "anna").await.unwrap();
        let taken = node.rename(anna, "anna").await;
        assert!(matches!(taken, Err(DispatchError::Taken { .. })), "{taken:?}");
        elsewhere.rename(bella, "bella").await.unwrap();
        node.rename(anna, "anna").await.unwrap();
    }
}

#[tokio::test]
async fn what_was_closed_elsewhere_is_decided_on_as_it_was_closed() {
    let node = Node::start().await;
    let (tenant, id) = (clerk().tenant, node.opened().await);
    node.elsewhere().await.close(id).await.unwrap();
    node.memory.archive(&tenant, &StreamId::of::<Account>(id), Version(2)).await.unwrap();
    let answer = node.deposit(id, 1).await;
    let is_refused = matches!(answer, Err(DispatchError::Rejected(AccountRejection::AlreadyClosed)));
    assert!(is_refused, "{answer:?}");
    let exists = node.open_at(id, open("Anna")).await;
    assert!(matches!(exists, Err(DispatchError::Exists { .. })), "{exists:?}");
}
