//! SQL by hand: what a library can at most be compared with.

mod postgres;
mod sqlite;

use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Kind, Metadata, Opening, Setup, Store,
    Variant, serve,
};
use postgres::{Batches, Inserts, Postgres};
use sqlite::Sqlite;

/// One way to do it by hand.
enum Hand {
    /// Load, decide, insert; each caller a connection and a transaction of its own.
    Decides(Postgres),
    /// The insert alone.
    Inserts(Inserts),
    /// What waits in one statement on one connection.
    Batches(Batches),
    /// Load, decide, insert on SQLite, a transaction each.
    Sqlite(Sqlite),
}

const SEES_NOTHING: &str = "it does not load, and so decides on nothing";

impl Contender for Hand {
    fn variants() -> Vec<Variant> {
        use Case::{B, C, D, E, F, G, H};
        vec![
            Variant::new(
                "by hand",
                &["tokio-postgres"],
                "loads by one `SELECT`, decides, and appends by one `INSERT` that a unique constraint on stream and \
                 version guards; a transaction each, on as many connections as there are callers, 64 at most; prepared \
                 statements. Reads the log by keyset, 5,000 rows a page. The view of F and the nickname of E are \
                 written by the same statement as the event",
            )
            .kind(Kind::Limit),
            Variant::new(
                "by hand, insert only",
                &["tokio-postgres"],
                "the same without loading: the caller knows the version",
            )
            .refuses(&[B, C, D, E, F], SEES_NOTHING)
            .kind(Kind::Limit),
            Variant::new(
                "by hand, multi-row inserts",
                &["tokio-postgres"],
                "one connection inserts all that waits by one `INSERT … SELECT FROM unnest(…)`, nothing loaded; \
                 `jit = off`, generic plan",
            )
            .refuses(&[B, C, D, E, F], SEES_NOTHING)
            .kind(Kind::Limit),
            Variant::new(
                "by hand, COPY",
                &["tokio-postgres"],
                "one connection writes all that waits by one binary `COPY`, nothing loaded",
            )
            .refuses(&[B, C, D, E, F], SEES_NOTHING)
            .kind(Kind::Limit),
            Variant::new(
                "by hand, one row per transaction",
                &["rusqlite"],
                "WAL and `synchronous = FULL`; callers load over connections of their own, one thread writes, a \
                 transaction a row; prepared statements",
            )
            .on(&["sqlite"])
            .refuses(&[B, C, D, E, F, G, H], "measured on PostgreSQL")
            .kind(Kind::Limit),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        if let Store::Sqlite(file) = &setup.store {
            return Ok(Self::Sqlite(Sqlite::open(file)?));
        }
        let variant = setup.variant.rsplit_once(", ").map_or("", |(_, variant)| variant);
        Ok(match variant {
            "insert only" => Self::Inserts(Inserts::open(setup).await?),
            "multi-row inserts" => Self::Batches(Batches::inserting(setup).await?),
            "COPY" => Self::Batches(Batches::copying(setup).await?),
            _ => Self::Decides(Postgres::open(setup).await?),
        })
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        match self {
            Self::Decides(postgres) => postgres.fill(fill).await,
            Self::Inserts(inserts) => inserts.postgres.fill(fill).await,
            Self::Batches(batches) => batches.postgres.fill(fill).await,
            Self::Sqlite(sqlite) => sqlite.fill(fill).await,
        }
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        match self {
            Self::Decides(postgres) => postgres.deposit(account, &deposit, &metadata).await,
            Self::Inserts(inserts) => inserts.deposit(account, &deposit, &metadata).await,
            Self::Batches(batches) => batches.deposit(account, &deposit, &metadata).await,
            Self::Sqlite(sqlite) => sqlite.deposit(account, deposit, metadata).await,
        }
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        match self {
            Self::Decides(postgres) => postgres.load(account).await,
            Self::Inserts(inserts) => inserts.postgres.load(account).await,
            Self::Batches(batches) => batches.postgres.load(account).await,
            Self::Sqlite(sqlite) => sqlite.load(account).await,
        }
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        match self {
            Self::Decides(postgres) => postgres.scan().await,
            _ => Err(Failure::unsupported()),
        }
    }

    async fn claim(&self, account: &Account, opening: Opening, metadata: Metadata) -> Result<(), Failure> {
        match self {
            Self::Decides(postgres) => postgres.claim(account, &opening, &metadata).await,
            _ => Err(Failure::unsupported()),
        }
    }
}

fn main() -> anyhow::Result<()> {
    serve::<Hand>()
}
