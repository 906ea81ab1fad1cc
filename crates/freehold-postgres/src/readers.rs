//! Readers: connections for everything but appending, from a pool with limits.
//!
//! A connection that the server has closed meanwhile is found out when it is used, so that no read pays for asking.

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType, Timeouts,
};
use freehold_domain::Position;
use freehold_ports::StoreError;
use tokio_postgres::{Row, types::ToSql};

use crate::{
    Options,
    connection::{Address, Purpose},
    fault::{Fault, chain, unavailable},
    sql,
};

/// Connections are opened when they are first needed, and kept.
pub(crate) struct Readers {
    pool: Pool,
}

/// A connection, until it is dropped. Its statements are prepared once.
pub(crate) struct Reader(pub(crate) Object);

impl Readers {
    pub(crate) fn new(address: &Address, options: &Options) -> Result<Self, StoreError> {
        let config = address.config_for(Purpose::Read { statement: options.statement_timeout });
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, address.tls.clone(), recycling);
        let timeouts = Timeouts {
            wait: Some(options.wait_timeout),
            create: Some(options.connect_timeout),
            recycle: Some(options.connect_timeout),
        };
        let pool =
            Pool::builder(manager).max_size(options.readers).timeouts(timeouts).runtime(Runtime::Tokio1);
        let pool = pool.build().map_err(|error| unavailable(error.to_string()))?;
        Ok(Self { pool })
    }

    /// A connection, when one is free.
    pub(crate) async fn get(&self) -> Result<Reader, StoreError> {
        self.pool.get().await.map(Reader).map_err(|error| match error {
            PoolError::Backend(error) => {
                unavailable(format!("PostgreSQL cannot be reached: {}", chain(&error)))
            }
            PoolError::Timeout(TimeoutType::Wait) => {
                unavailable("no connection to PostgreSQL became free in time")
            }
            PoolError::Timeout(_) => unavailable("PostgreSQL did not answer in time"),
            PoolError::Closed => unavailable("the database was closed"),
            error => unavailable(error.to_string()),
        })
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

    /// The position of the last event in the log.
    pub(crate) async fn head(&self) -> Result<Position, Fault> {
        let rows = self.query(sql::HEAD, &[]).await?;
        sql::position(&rows[0], 0)
    }
}
