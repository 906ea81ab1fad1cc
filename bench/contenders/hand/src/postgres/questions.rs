//! Questions to the rows of holders, each a prepared statement.

use anyhow::Context;
use bench_harness::{
    Asked, Failure, Question, Setup,
    view::{PAGE, nickname},
    workload,
};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::pool::{Pool, connect};

/// Rows as other contenders have written them.
pub(crate) const FILL: &str = "INSERT INTO holders
SELECT md5(number::text)::uuid, number, 'household-' || lpad(number::text, 10, '0'),
       'Annegret Friederike Schulze-Delitzsch', 'annegret.schulze@post.example', 0
FROM generate_series(1, $1::bigint) number";

const POINT: &str = "SELECT account, number, nickname, name, email, cents FROM holders WHERE account = $1";

const PAGE_AFTER: &str = "SELECT account, number, nickname, name, email, cents FROM holders
WHERE (nickname, account) > ($1, $2) ORDER BY nickname, account LIMIT $3";

const SEARCH: &str = "SELECT account, number, nickname, name, email, cents FROM holders
WHERE nickname ILIKE '%' || $1 || '%' ORDER BY nickname, account LIMIT $2";

/// Connections that ask.
pub(crate) struct Questions(Pool<Connection>);

struct Connection {
    client: Client,
    point: Statement,
    page: Statement,
    search: Statement,
}

/// A row, all of it read.
struct Holder {
    _account: Uuid,
    number: i64,
    _texts: [String; 3],
    _cents: i64,
}

impl Questions {
    pub(crate) async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let mut connections = Vec::new();
        for _ in 0..setup.connections.unwrap_or(8) {
            connections.push(Connection::open(setup.store.postgres()?).await?);
        }
        Ok(Self(Pool::new(connections)))
    }

    pub(crate) async fn ask(&self, asked: Asked) -> Result<Vec<u64>, Failure> {
        let connection = self.0.lend().await?;
        let (client, limit, account) = (&connection.client, PAGE.cast_signed(), workload::id(asked.number));
        let rows = match asked.question {
            Question::Point => client.query(&connection.point, &[&account]).await?,
            Question::Page => {
                client.query(&connection.page, &[&nickname(asked.number), &account, &limit]).await?
            }
            Question::Search => client.query(&connection.search, &[&asked.text(), &limit]).await?,
        };
        let holders = rows.iter().map(Holder::read).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(holders.iter().map(|holder| holder.number.cast_unsigned()).collect())
    }
}

impl Connection {
    async fn open(url: &str) -> anyhow::Result<Self> {
        let client = connect(url).await?;
        client.batch_execute("SET jit = off").await.context("a connection")?;
        Ok(Self {
            point: client.prepare(POINT).await?,
            page: client.prepare(PAGE_AFTER).await?,
            search: client.prepare(SEARCH).await?,
            client,
        })
    }
}

impl Holder {
    fn read(row: &Row) -> anyhow::Result<Self> {
        Ok(Self {
            _account: row.try_get(0)?,
            number: row.try_get(1)?,
            _texts: [row.try_get(2)?, row.try_get(3)?, row.try_get(4)?],
            _cents: row.try_get(5)?,
        })
    }
}
