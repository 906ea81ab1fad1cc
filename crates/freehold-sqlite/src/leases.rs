//! Which partitions of views each node holds.

use std::time::Duration;

use async_trait::async_trait;
use freehold_domain::Position;
use freehold_ports::{Claimed, Cluster, Lease, Leases, Node, Partition, StoreError, ViewVersion};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::{
    Sqlite,
    events::parse,
    fault::{Fault, Stop},
    session::{Session, execute, query_first, read_rows},
    sql,
};

type Done<T> = Result<T, Stop<StoreError>>;

#[async_trait]
impl Leases for Sqlite {
    async fn beat(&self, node: &Node, lease: Duration) -> Result<Cluster, StoreError> {
        self.nodes().beat(node.clone(), lease);
        self.cluster().await
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        let read = |connection: &Connection| {
            read_rows(&mut connection.prepare_cached(sql::PARTITIONS)?, [], partition)
        };
        Ok(Cluster { partitions: self.read(read).await?, nodes: self.nodes().living() })
    }

    async fn divide(&self, view: &ViewVersion, into: Option<u32>, from: Position) -> Result<u32, StoreError> {
        let (view, living) = (view.clone(), self.nodes().ids());
        self.write(move |session| divide(session, &view, (into, from), &living)).await
    }

    async fn claim(
        &self,
        node: Uuid,
        view: &ViewVersion,
        wanted: &[u32],
    ) -> Result<Vec<Claimed>, StoreError> {
        let living = self.nodes().living();
        if wanted.is_empty() || !living.iter().any(|living| living.node.id == node) {
            return Ok(Vec::new());
        }
        let (view, wanted, living) = (view.clone(), wanted.to_vec(), self.nodes().ids());
        self.write(move |session| claim(session, node, &view, (&wanted, &living))).await
    }

    async fn release(&self, view: &ViewVersion, leases: &[Lease]) -> Result<(), StoreError> {
        let (view, leases) = (view.clone(), leases.to_vec());
        let release = move |session: &Session<'_>| -> Done<()> {
            for lease in &leases {
                let params = params![view.view, view.version, lease.partition, sql::integer(lease.epoch)];
                execute(session.connection(), sql::RELEASE, params)?;
            }
            Ok(())
        };
        self.write(release).await
    }

    async fn pause(&self, view: &str, paused: bool) -> Result<(), StoreError> {
        let view = view.to_owned();
        let pause = move |session: &Session<'_>| -> Done<()> {
            execute(session.connection(), sql::PAUSE, params![view, paused])?;
            Ok(())
        };
        self.write(pause).await
    }

    async fn leave(&self, node: Uuid) -> Result<(), StoreError> {
        let leave = move |session: &Session<'_>| -> Done<()> {
            execute(session.connection(), sql::RELEASE_ALL, [node.to_string()])?;
            Ok(())
        };
        self.nodes().remove(node);
        self.write(leave).await
    }
}

fn partition(row: &Row<'_>) -> Result<Partition, Fault> {
    let owner: Option<String> = row.get(4)?;
    Ok(Partition {
        of: ViewVersion { view: row.get(0)?, version: row.get(1)? },
        number: row.get(2)?,
        position: Position(row.get(3)?),
        owner: owner.map(|_| parse(row, 4)).transpose()?,
        parked: row.get(5)?,
        paused: row.get(6)?,
        epoch: row.get(7)?,
    })
}

fn divide(
    session: &Session<'_>,
    view: &ViewVersion,
    (into, from): (Option<u32>, Position),
    living: &str,
) -> Done<u32> {
    let connection = session.connection();
    let params = params![view.view, view.version, living];
    let there = read_rows(&mut connection.prepare_cached(sql::DIVIDED)?, params, |row| {
        let (position, epoch): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (paused, is_in_use): (bool, bool) = (row.get(2)?, row.get(3)?);
        Ok((position, epoch, paused, is_in_use))
    })?;
    let none = (sql::integer(from.0), 0, false, false);
    let (position, _, paused, _) = there.first().copied().unwrap_or(none);
    let is_even = there.iter().all(|&(at, _, _, is_in_use)| at == position && !is_in_use);
    let count = u32::try_from(there.len()).unwrap_or(u32::MAX);
    let epoch = there.iter().map(|&(_, epoch, _, _)| epoch).max().unwrap_or_default();
    let is_so = into.map_or(epoch == 0 && count < 2, |into| count == into);
    if is_so || !is_even {
        return Ok(count);
    }
    let (epoch, into) = (into.map_or(0, |_| epoch), into.unwrap_or(1));
    execute(connection, sql::UNDIVIDE, params![view.view, view.version])?;
    for number in 0..into {
        let params = params![view.view, view.version, number, position, epoch, paused];
        execute(connection, sql::DIVIDE, params)?;
    }
    Ok(into)
}

fn claim(
    session: &Session<'_>,
    node: Uuid,
    view: &ViewVersion,
    (wanted, living): (&[u32], &str),
) -> Done<Vec<Claimed>> {
    let (connection, mut claimed) = (session.connection(), Vec::new());
    for &partition in wanted {
        let params = params![node.to_string(), view.view, view.version, partition, living];
        let taken = query_first(connection, sql::CLAIM, params, |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some((epoch, position)) = taken {
            claimed.push(Claimed { lease: Lease { partition, epoch }, position: Position(position) });
        }
    }
    Ok(claimed)
}
