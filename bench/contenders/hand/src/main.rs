//! SQL by hand: what a library can at most be compared with.

mod postgres;
mod sqlite;

use anyhow::Context;
use bench_harness::{
    Account, Asked, Balance, Case, Contender, Deposit, Failure, Fill, Kind, Metadata, Opening, Rows, Setup,
    Store, Variant, View, ViewCase, serve,
};
use postgres::{Batches, FILL_HOLDERS, Inserts, Postgres, Questions, Views};
use sqlite::Sqlite;

/// Events by hand, and views.
struct Hand {
    way: Way,
    views: Option<Views>,
    questions: Option<Questions>,
}

/// One way to keep events by hand.
enum Way {
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
            .views(
                &[ViewCase::A1, ViewCase::A2, ViewCase::D, ViewCase::E],
                "5,000 events a page, read on one connection while those before are written on another; folded in memory, and \
                 added to the rows by one `INSERT … ON CONFLICT DO UPDATE`, which moves the checkpoint too. In D the row is \
                 written by the same statement as the event. Queries are prepared statements; there is a `pg_trgm` index for \
                 the search",
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
            .views(
                &[ViewCase::B, ViewCase::C],
                "views as above. Only one connection appends, so that positions are committed in order; the view is told of \
                 what was appended within the process. In C a table beside is filled by one `INSERT … SELECT … GROUP BY`, gets \
                 its keys, catches up, and takes the place of the one that serves by its name, in a transaction that takes in \
                 what came since; nothing is compared",
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
            return Ok(Self { way: Way::Sqlite(Sqlite::open(file)?), views: None, questions: None });
        }
        let variant = setup.variant.rsplit_once(", ").map_or("", |(_, variant)| variant);
        let way = match variant {
            "insert only" => Way::Inserts(Inserts::open(setup).await?),
            "multi-row inserts" => Way::Batches(Batches::inserting(setup).await?),
            "COPY" => Way::Batches(Batches::copying(setup).await?),
            _ => Way::Decides(Postgres::open(setup).await?),
        };
        let views = Some(Views::open(setup).await?);
        let asked = setup.view == View::Holders;
        Ok(Self { way, views, questions: if asked { Some(Questions::open(setup).await?) } else { None } })
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        match &self.way {
            Way::Decides(postgres) => postgres.fill(fill).await,
            Way::Inserts(inserts) => inserts.postgres.fill(fill).await,
            Way::Batches(batches) => batches.postgres.fill(fill).await,
            Way::Sqlite(sqlite) => sqlite.fill(fill).await,
        }
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        match &self.way {
            Way::Decides(postgres) => postgres.deposit(account, &deposit, &metadata).await?,
            Way::Inserts(inserts) => inserts.deposit(account, &deposit, &metadata).await?,
            Way::Batches(batches) => batches.deposit(account, &deposit, &metadata).await?,
            Way::Sqlite(sqlite) => sqlite.deposit(account, deposit, metadata).await?,
        }
        if let Some(views) = &self.views {
            views.log_has_grown();
        }
        Ok(())
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        match &self.way {
            Way::Decides(postgres) => postgres.load(account).await,
            Way::Inserts(inserts) => inserts.postgres.load(account).await,
            Way::Batches(batches) => batches.postgres.load(account).await,
            Way::Sqlite(sqlite) => sqlite.load(account).await,
        }
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        match &self.way {
            Way::Decides(postgres) => postgres.scan().await,
            _ => Err(Failure::unsupported()),
        }
    }

    async fn claim(&self, account: &Account, opening: Opening, metadata: Metadata) -> Result<(), Failure> {
        match &self.way {
            Way::Decides(postgres) => postgres.claim(account, &opening, &metadata).await,
            _ => Err(Failure::unsupported()),
        }
    }

    fn rows(&self) -> Option<Rows> {
        self.views.as_ref()?.rows()
    }

    async fn follow(&self) -> anyhow::Result<()> {
        self.views.as_ref().context("views are kept on PostgreSQL")?.follow().await
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.views.as_ref().context("views are kept on PostgreSQL")?.rest().await
    }

    async fn rebuild(&self) -> anyhow::Result<()> {
        self.views.as_ref().context("views are kept on PostgreSQL")?.rebuild().await
    }

    fn fill_holders(&self) -> Option<&'static str> {
        Some(FILL_HOLDERS)
    }

    async fn ask(&self, asked: Asked) -> Result<Vec<u64>, Failure> {
        self.questions.as_ref().ok_or_else(Failure::unsupported)?.ask(asked).await
    }
}

fn main() -> anyhow::Result<()> {
    serve::<Hand>()
}
