//! Decisions and appends that fail, which leave nothing in memory.

use freehold::app::DispatchError;

use super::Node;
use crate::{bank::open, service::nobody};

#[tokio::test]
async fn a_decision_that_cannot_be_recorded_leaves_nothing() {
    let node = Node::start().await;
    let id = nobody();
    for _ in 0..2 {
        let answer = node.open_at(id, open("faulty")).await;
        assert!(matches!(answer, Err(DispatchError::Fault(_))), "{answer:?}");
    }
    node.open_at(id, open("Anna")).await.unwrap();
    assert_eq!(node.deposited(id, 1).await, 2);
}

#[tokio::test]
async fn an_append_that_a_view_refuses_leaves_nothing() {
    let node = Node::start().await;
    let id = nobody();
    let answer = node.open_at(id, open("poison")).await;
    assert!(matches!(answer, Err(DispatchError::Inline { .. })), "{answer:?}");
    assert!(matches!(node.deposit(id, 1).await, Err(DispatchError::NotFound { .. })));
    node.open_at(id, open("Anna")).await.unwrap();
    assert_eq!(node.deposited(id, 1).await, 2);
}
