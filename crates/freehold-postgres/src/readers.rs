//! Readers: connections for everything but appending, from a pool with limits.
//!
//! A connection that the server has closed meanwhile is found out when it is used, so that no read pays for asking.

use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, QueueMode, RecyclingMethod, Runtime, TimeoutType,
    Timeouts,
};
use freehold_domain::Position;
use freehold_ports::StoreError;
use futures_util::future::try_join;
use tokio_postgres::{Client, Row, RowStream, Statement, types::ToSql};

use crate::{
    Options,
    connection::{Address, Purpose},
    fault::{Fault, chain, unavailable},
    sql,
};

/// Connections are opened when they are first needed, and kept.
pub(crate) struct Readers {
    pool: Pool,
    wait_timeout: Duration,
}

/// A connection, until it is dropped. Its statements are prepared once.
pub(crate) struct Reader(pub(crate) Object);

impl Readers {
    /// So many at most.
    pub(crate) fn new(
        address: &Address,
        purpose: Purpose,
        size: usize,
        options: &Options,
    ) -> Result<Self, StoreError> {
        let config = address.config_for(purpose);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, address.tls.clone(), recycling);
        let timeouts = Timeouts {
            wait: Some(options.wait_timeout),
            create: Some(options.connect_timeout),
            recycle: Some(options.connect_timeout),
        };
        let pool = Pool::builder(manager).max_size(size).timeouts(timeouts).runtime(Runtime::Tokio1);
        // The one that was used last has its statements and the server's caches warm.
        let pool =
            pool.queue_mode(QueueMode::Lifo).build().map_err(|error| unavailable(error.to_string()))?;
        Ok(Self { pool, wait_timeout: options.wait_timeout })
    }

    /// A connection, when one is free.
    pub(crate) async fn get(&self) -> Result<Reader, StoreError> {
        self.pool.get().await.map(Reader).map_err(|error| match error {
            PoolError::Backend(error) => {
                unavailable(format!("PostgreSQL cannot be reached: {}", chain(&error)))
            }
            PoolError::Timeout(TimeoutType::Wait) => unavailable(self.exhausted()),
            PoolError::Timeout(_) => unavailable("PostgreSQL did not answer within `connect_timeout`"),
            PoolError::Closed => unavailable("the database was closed"),
            error => unavailable(error.to_string()),
        })
    }

    fn exhausted(&self) -> String {
        format!(
            "no connection to PostgreSQL became free within {:?}: all that `readers` allows ({}) are in use, and \
             `wait_timeout` is how long a read waits",
            self.wait_timeout,
            self.pool.status().max_size,
        )
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// Has a reader work, and once more another if the connection of the first turns out to be lost.
macro_rules! reading {
    ($database:expr, |$reader:ident| $work:expr) => {{
        let $reader = $database.reader().await?;
        match $work.await {
            Err(fault) if fault.is_loss() => {
                let $reader = $database.reader().await?;
                $work.await.map_err(freehold_ports::StoreError::from)
            }
            read => read.map_err(freehold_ports::StoreError::from),
        }
    }};
}

pub(crate) use reading;

impl Reader {
    /// The rows of a statement.
    pub(crate) async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Fault> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(self.0.query(&statement, params).await?)
    }

    /// The rows of a statement as they come in.
    pub(crate) async fn stream(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<RowStream, Fault> {
        let statement = self.0.prepare_cached(sql).await?;
        Ok(stream(&self.0, &statement, params).await?)
    }

    /// The same, and how far the log went before, asked for in one go.
    pub(crate) async fn stream_behind_head(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<(Position, RowStream), Fault> {
        // Prepared before anything is sent, so that they are run in this order.
        let (head, statement) = (self.0.prepare_cached(sql::HEAD).await?, self.0.prepare_cached(sql).await?);
        let (head, rows) = try_join(self.0.query(&head, &[]), stream(&self.0, &statement, params)).await?;
        Ok((sql::position(&head[0], 0)?, rows))
    }

    /// The position of the last event in the log.
    pub(crate) async fn head(&self) -> Result<Position, Fault> {
        let rows = self.query(sql::HEAD, &[]).await?;
        sql::position(&rows[0], 0)
    }
}

/// The rows of a statement as they come in.
pub(crate) async fn stream(
    client: &Client,
    statement: &Statement,
    params: &[&(dyn ToSql + Sync)],
) -> Result<RowStream, tokio_postgres::Error> {
    client.query_raw(statement, params.iter().map(|param| *param as &dyn ToSql)).await
}
