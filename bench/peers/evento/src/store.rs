//! The tables of evento, on both databases.

use std::{path::Path, thread, time::Duration};

use bench_harness::{Fill, Setup, View, workload};
use evento::migrator::{Migrate, Plan};
use sqlx::{
    Acquire, PgPool, Sqlite, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::sleep;

pub(crate) enum Store {
    /// With how old events are that are filled in.
    Postgres(PgPool, Age),
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
}

/// How old events are that are filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// A minute.
    Old,
    /// As new as a subscription needs them to be, which misses what is older than what it has read.
    New,
}

/// As wide as its column.
pub(crate) fn id(account: &[u8; 16]) -> String {
    let digits: Vec<_> = account.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()[..26].to_owned()
}

/// The rows that the executor has written for the template, for other accounts: `$1` to `$2`, of `$3` events. They are `$4`
/// seconds old, since evento orders events by time.
const FILL: &str = "INSERT INTO event
    (id, name, aggregator_type, aggregator_id, version, data, metadata, routing_key, timestamp, timestamp_subsec)
SELECT '0' || upper(substr(md5(number || '-' || step), 1, 25)), template.name, template.aggregator_type,
       substr(md5(number::text), 1, 26), step, template.data, template.metadata, NULL,
       extract(epoch FROM now())::bigint - $4::bigint, template.timestamp_subsec
FROM generate_series($1::bigint, $2::bigint) number, generate_series(1, $3::int) step
JOIN template ON template.version = least(step, 2)
ORDER BY number, step";

const FILL_SQLITE: &str = "INSERT INTO event
    (id, name, aggregator_type, aggregator_id, version, data, metadata, routing_key, timestamp, timestamp_subsec)
SELECT ?1, name, aggregator_type, ?2, ?3, data, metadata, NULL, timestamp - 60, timestamp_subsec
FROM template WHERE version = min(?3, 2)";

const MOVE_OUT: [&str; 3] =
    ["CREATE TABLE template AS SELECT * FROM event", "DELETE FROM event", "DELETE FROM snapshot"];

impl Store {
    pub(crate) async fn open(setup: &Setup) -> anyhow::Result<Self> {
        match &setup.store {
            bench_harness::Store::Postgres { url, .. } => Self::postgres(url, setup).await,
            bench_harness::Store::Sqlite(file) => Self::sqlite(file).await,
        }
    }

    async fn postgres(url: &str, setup: &Setup) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(setup.connections.unwrap_or(64))?)
            .test_before_acquire(false)
            .connect(url)
            .await?;
        let mut connection = pool.acquire().await?;
        evento::sql_migrator::new::<sqlx::Postgres>()?.run(&mut *connection, &Plan::apply_all()).await?;
        drop(connection);
        let age = if setup.view == View::None { Age::Old } else { Age::New };
        Ok(Self::Postgres(pool, age))
    }

    async fn sqlite(file: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .test_before_acquire(false)
                .connect_with(options.clone())
        };
        let writer = pool(1).await?;
        let mut connection = writer.acquire().await?;
        evento::sql_migrator::new::<Sqlite>()?.run(&mut *connection, &Plan::apply_all()).await?;
        drop(connection);
        let readers = pool(u32::try_from(thread::available_parallelism()?.get())?).await?;
        Ok(Self::Sqlite { readers, writer })
    }

    pub(crate) fn executor(&self) -> evento::Evento {
        match self {
            Self::Postgres(pool, _) => evento::Postgres::from(pool.clone()).into(),
            Self::Sqlite { readers, writer } => {
                evento::Rw::<evento::Sqlite, evento::Sqlite>::from((readers.clone(), writer.clone())).into()
            }
        }
    }

    pub(crate) async fn move_template_out(&self) -> anyhow::Result<()> {
        for statement in MOVE_OUT {
            match self {
                Self::Postgres(pool, _) => _ = sqlx::raw_sql(statement).execute(pool).await?,
                Self::Sqlite { writer, .. } => _ = sqlx::raw_sql(statement).execute(writer).await?,
            }
        }
        Ok(())
    }

    pub(crate) async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        match self {
            Self::Postgres(pool, age) => {
                let (first, last) = (fill.first.cast_signed(), fill.last().cast_signed());
                let events = i32::try_from(fill.events)?;
                let seconds: i64 = if *age == Age::Old { 60 } else { 0 };
                if *age == Age::New {
                    // What was appended before is then of an earlier second.
                    sleep(Duration::from_secs(1)).await;
                }
                sqlx::query(FILL).bind(first).bind(last).bind(events).bind(seconds).execute(pool).await?;
                Ok(())
            }
            Self::Sqlite { writer, .. } => fill_sqlite(writer, fill).await,
        }
    }
}

async fn fill_sqlite(writer: &SqlitePool, fill: Fill) -> anyhow::Result<()> {
    let mut connection = writer.acquire().await?;
    let mut transaction = connection.begin().await?;
    for number in fill.first..=fill.last() {
        let account = id(workload::id(number).as_bytes());
        for version in 1..=i64::try_from(fill.events)? {
            let event = format!("0{number:015X}{version:010X}");
            let insert = sqlx::query(FILL_SQLITE).bind(event).bind(&account).bind(version);
            insert.execute(&mut *transaction).await?;
        }
    }
    Ok(transaction.commit().await?)
}
