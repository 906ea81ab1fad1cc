//! Views and the nodes that bring them up to date.

use axum::{
    Extension,
    extract::{Path, State},
};
use freehold_app::{Health, PartitionStatus, ProjectionHealth};
use freehold_ports::{Cluster, Living};
use serde_json::{Value, json};

use super::{Answer, Ops, Who, failed, json as answer, unavailable};

pub(super) async fn list(State(operations): Ops) -> Answer {
    let Health { head, projections } = operations.health().await;
    let projections: Vec<Value> = projections.iter().map(projection).collect();
    answer(&json!({ "head": head.ok().map(|head| head.0), "projections": projections }))
}

fn projection(ProjectionHealth { status, lag }: &ProjectionHealth) -> Value {
    let partitions: Vec<Value> = status.partitions.iter().map(partition).collect();
    json!({
        "view": status.view,
        "version": status.version,
        "position": status.position.0,
        "events_behind": lag.map(|lag| lag.events),
        "seconds_behind": lag.map(|lag| lag.time.as_secs_f64()),
        "events_per_second": status.rate,
        "heartbeat_seconds_ago": status.heartbeat.as_secs_f64(),
        "running": status.running,
        "healthy": status.is_healthy(),
        "paused": status.paused,
        "rows_parked": status.parked,
        "error": status.error,
        "partitions": partitions,
    })
}

fn partition(partition: &PartitionStatus) -> Value {
    json!({
        "partition": partition.number,
        "position": partition.position.0,
        "owner": partition.owner,
        "heartbeat_seconds_ago": partition.heartbeat.as_secs_f64(),
        "rows_parked": partition.parked,
    })
}

pub(super) async fn pause(operations: Ops, who: Who, view: Path<String>) -> Answer {
    set_paused(operations, who, view, true).await
}

pub(super) async fn resume(operations: Ops, who: Who, view: Path<String>) -> Answer {
    set_paused(operations, who, view, false).await
}

async fn set_paused(
    State(operations): Ops,
    Extension(who): Who,
    Path(view): Path<String>,
    paused: bool,
) -> Answer {
    operations.pause(&who.name, &view, paused).await.map_err(failed)?;
    answer(&json!({ "view": view, "paused": paused }))
}

pub(super) async fn nodes(State(operations): Ops) -> Answer {
    let cluster = operations.cluster().await.map_err(|error| unavailable(&error))?;
    let nodes: Vec<Value> = cluster.nodes.iter().map(|living| node(living, &cluster)).collect();
    answer(&json!({ "nodes": nodes }))
}

fn node(Living { node, seen }: &Living, cluster: &Cluster) -> Value {
    let held = cluster.partitions.iter().filter(|partition| partition.owner == Some(node.id)).count();
    let views: Vec<&str> = node.views.iter().map(|of| of.view.as_str()).collect();
    json!({
        "id": node.id,
        "name": node.name,
        "roles": node.roles,
        "seen_seconds_ago": seen.as_secs_f64(),
        "partitions": held,
        "views": views,
    })
}
