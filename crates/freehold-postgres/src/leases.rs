//! Nodes, and which partitions of views each of them holds.

use std::time::Duration;

use async_trait::async_trait;
use freehold_domain::Position;
use freehold_ports::{Claimed, Cluster, Lease, Leases, Living, Node, Partition, StoreError, ViewVersion};
use futures_util::future::{try_join, try_join3};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{
    Postgres, apply,
    event_query::query,
    events::{integer, number},
    fault::{Fault, unavailable},
    readers::{Reader, reading},
    rows::Prepares,
    sql,
};

#[async_trait]
impl Leases for Postgres {
    async fn beat(&self, node: &Node, lease: Duration) -> Result<Cluster, StoreError> {
        reading!(self, |reader| beat(&reader, node, lease))
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        reading!(self, |reader| cluster(&reader))
    }

    async fn divide(&self, view: &ViewVersion, into: Option<u32>, from: Position) -> Result<u32, StoreError> {
        let mut reader = self.reader().await?;
        Ok(divide(&mut reader, view, (into, from)).await?)
    }

    async fn claim(
        &self,
        node: Uuid,
        view: &ViewVersion,
        wanted: &[u32],
    ) -> Result<Vec<Claimed>, StoreError> {
        reading!(self, |reader| claim(&reader, node, view, wanted))
    }

    async fn release(&self, view: &ViewVersion, leases: &[Lease]) -> Result<(), StoreError> {
        reading!(self, |reader| release(&reader, view, leases))
    }

    async fn pause(&self, view: &str, paused: bool) -> Result<(), StoreError> {
        reading!(self, |reader| run(&reader, sql::PAUSE, &[&view, &paused]))
    }

    async fn leave(&self, node: Uuid) -> Result<(), StoreError> {
        reading!(self, |reader| run(&reader, sql::LEAVE, &[&node]))
    }
}

async fn run(on: &impl Prepares, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<(), Fault> {
    query(on, sql, params).await?;
    Ok(())
}

async fn beat(on: &impl Prepares, node: &Node, lease: Duration) -> Result<Cluster, Fault> {
    let roles: Vec<&str> = node.roles.iter().map(String::as_str).collect();
    let views: Vec<&str> = node.views.iter().map(|of| of.view.as_str()).collect();
    let versions: Vec<i32> = node.views.iter().map(|of| apply::part(of.version)).collect();
    let lease = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
    let params: [&(dyn ToSql + Sync); 7] =
        [&node.id, &node.name, &roles, &views, &versions, &node.report, &lease];
    // In this order, in one go.
    let (_, _, cluster) =
        try_join3(query(on, sql::BEAT, &params), query(on, sql::FORGET_NODES, &[]), cluster(on)).await?;
    Ok(cluster)
}

async fn cluster(on: &impl Prepares) -> Result<Cluster, Fault> {
    let (nodes, partitions) = try_join(query(on, sql::NODES, &[]), query(on, sql::PARTITIONS, &[])).await?;
    Ok(Cluster {
        nodes: nodes.iter().map(living).collect::<Result<_, _>>()?,
        partitions: partitions.iter().map(partition).collect::<Result<_, _>>()?,
    })
}

fn living(row: &Row) -> Result<Living, Fault> {
    let (views, versions): (Vec<String>, Vec<i32>) = (row.try_get(3)?, row.try_get(4)?);
    let views = views.into_iter().zip(versions);
    let node = Node {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        roles: row.try_get::<_, Vec<String>>(2)?.into_iter().collect(),
        views: views
            .map(|(view, version)| ViewVersion { view, version: u32::try_from(version).unwrap_or_default() })
            .collect(),
        report: row.try_get(5)?,
    };
    // The clock of a server may be set back.
    let seen = row.try_get::<_, i64>(6)?.max(0).unsigned_abs();
    Ok(Living { node, seen: Duration::from_micros(seen) })
}

fn partition(row: &Row) -> Result<Partition, Fault> {
    Ok(Partition {
        of: ViewVersion { view: row.try_get(0)?, version: sql::part(row, 1)? },
        number: sql::part(row, 2)?,
        position: sql::position(row, 3)?,
        owner: row.try_get(4)?,
        parked: number(row, 5)?,
        paused: row.try_get(6)?,
        epoch: number(row, 7)?,
    })
}

async fn claim(
    on: &impl Prepares,
    node: Uuid,
    view: &ViewVersion,
    wanted: &[u32],
) -> Result<Vec<Claimed>, Fault> {
    let wanted: Vec<i32> = wanted.iter().copied().map(apply::part).collect();
    let params: [&(dyn ToSql + Sync); 4] = [&node, &view.view, &apply::part(view.version), &wanted];
    let claimed = |row: &Row| {
        let lease = Lease { partition: sql::part(row, 0)?, epoch: number(row, 1)? };
        Ok(Claimed { lease, position: sql::position(row, 2)? })
    };
    query(on, sql::CLAIM, &params).await?.iter().map(claimed).collect()
}

async fn release(on: &impl Prepares, view: &ViewVersion, leases: &[Lease]) -> Result<(), Fault> {
    let partitions: Vec<i32> = leases.iter().map(|lease| apply::part(lease.partition)).collect();
    let epochs: Vec<i64> = leases.iter().map(|lease| integer(lease.epoch)).collect();
    let params: [&(dyn ToSql + Sync); 4] = [&view.view, &apply::part(view.version), &partitions, &epochs];
    run(on, sql::RELEASE, &params).await
}

/// Dropped before its end, the transaction is undone.
async fn divide(
    reader: &mut Reader,
    view: &ViewVersion,
    (into, from): (Option<u32>, Position),
) -> Result<u32, Fault> {
    let transaction = reader.0.transaction().await?;
    let (name, version) = (view.view.as_str(), apply::part(view.version));
    transaction.query(sql::LOCK_VIEW, &[&name, &version]).await?;
    let there = query(&transaction, sql::DIVIDED, &[&name, &version]).await?;
    let (mut position, mut epoch, mut paused, mut is_even) = (integer(from.0), 0_i64, false, true);
    for (place, row) in there.iter().enumerate() {
        let (at, is_held, is_parking): (i64, bool, bool) =
            (row.try_get(0)?, row.try_get(3)?, row.try_get(4)?);
        is_even &= (place == 0 || at == position) && !is_held && !is_parking;
        (position, epoch, paused) = (at, epoch.max(row.try_get(1)?), row.try_get(2)?);
    }
    let count = u32::try_from(there.len()).map_err(|_| unavailable("a view has too many partitions"))?;
    let is_so = into.map_or(epoch == 0 && count < 2, |into| count == into);
    if is_so || !is_even {
        return Ok(count);
    }
    let (epoch, into) = (into.map_or(0, |_| epoch), into.unwrap_or(1));
    query(&transaction, sql::UNDIVIDE, &[&name, &version]).await?;
    let params: [&(dyn ToSql + Sync); 6] = [&name, &version, &apply::part(into), &position, &epoch, &paused];
    query(&transaction, sql::DIVIDE, &params).await?;
    transaction.commit().await?;
    Ok(into)
}
