//! es-entity.

mod ledger;
mod plain;
mod published;
mod snapshotted;
mod viewed;
mod views;

use std::fmt::Debug;

use anyhow::Context;
use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Metadata, Opening, Rows, Setup, Shortcut,
    Variant, View, ViewCase, serve,
};
use errlanes::{Transient, TransientKind};
use es_entity::{RepoFault, RepoWriteError};
use ledger::{LedgerId, NewLedger};
use snapshotted::NewSnapshotted;
use sqlx::{PgPool, postgres::PgPoolOptions};
use views::Views;

/// The repositories.
struct EsEntity {
    pool: PgPool,
    way: Way,
    plain: plain::Ledgers,
    viewed: viewed::Ledgers,
    snapshotted: snapshotted::Ledgers,
    /// Where a view follows the outbox.
    published: Option<(published::Ledgers, Views)>,
    view: View,
}

/// Which of them is worked with.
enum Way {
    Plain,
    Viewed,
    Snapshotted,
}

const FILL_INDEX: &str = "INSERT INTO accounts (id, created_at, nickname, deposits)
SELECT md5(number::text)::uuid, now(), template.nickname || number, $3 - 1
FROM generate_series($1::bigint, $2::bigint) number, template";

/// The rows that the repository has written for account 0, for other accounts: `$1` to `$2`, of `$3` events. The id is in
/// the first event too.
const FILL: &str = "INSERT INTO account_events (id, sequence, event_type, event, recorded_at)
SELECT account, version, template.event_type,
       CASE version WHEN 1 THEN jsonb_set(template.event, '{id}', to_jsonb(account)) ELSE template.event END,
       clock_timestamp()
FROM generate_series($1::bigint, $2::bigint) number
CROSS JOIN LATERAL (SELECT md5(number::text)::uuid AS account) ids
CROSS JOIN generate_series(1, $3::int) version
JOIN template_events template ON template.sequence = least(version, 2)
ORDER BY number, version";

const MOVE_OUT: &str = "CREATE TABLE template AS SELECT * FROM accounts;
CREATE TABLE template_events AS SELECT * FROM account_events;
DELETE FROM account_events;
DELETE FROM accounts";

impl Contender for EsEntity {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::new(
                "es-entity",
                &["es-entity", "obix"],
                "a generated repository with its index table and its table of events; no column of the index changes with a \
                 deposit, so that it is not written; snapshots every 50 events in B and where C says so; a pool of 64 \
                 connections that are not tested before each use; metadata in the event. The view of F is a column of the \
                 index",
            )
            .loads_from(&[Shortcut::Snapshot])
            .refuses(&[Case::D], "there is no log: an entity's events are read with it, and there is no order over all")
            .refuses(&[Case::E], "no conditions beyond the sequence of one entity and unique columns of the index")
            .views(
                &[ViewCase::A1, ViewCase::A2, ViewCase::B, ViewCase::C, ViewCase::D],
                "a `post_persist_hook` publishes what the view needs to an outbox of obix, in the transaction of the events; a \
                 singleton subscriber, which is a resident job, collects what is buffered, 1,000 events at most, folds it in \
                 memory, and adds it to the rows by one `INSERT … ON CONFLICT DO UPDATE` in the transaction of its checkpoint; \
                 the outbox as it is. In C another subscriber fills another table from the beginning; when it has caught up, \
                 which the library tells, a view in SQL shows that table, and the subscriber before is shut down; nothing is \
                 compared. In D two columns of the index",
            )
            .without(&[ViewCase::E], "it lists entities by columns of their index, each with all its events, and does not search"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(setup.connections.unwrap_or(64))?)
            .test_before_acquire(false)
            .connect(setup.store.postgres()?)
            .await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
        let way = match setup.case {
            Case::F => Way::Viewed,
            Case::B => Way::Snapshotted,
            _ if setup.shortcut == Shortcut::Snapshot => Way::Snapshotted,
            _ => Way::Plain,
        };
        let published = match setup.view {
            View::Few | View::Many => {
                let views = Views::open(pool.clone(), setup.view).await?;
                Some((published::Ledgers { pool: pool.clone(), outbox: views.outbox() }, views))
            }
            View::None | View::Inline | View::Holders => None,
        };
        let contender = Self {
            way,
            published,
            view: setup.view,
            plain: plain::Ledgers { pool: pool.clone() },
            viewed: viewed::Ledgers { pool: pool.clone() },
            snapshotted: snapshotted::Ledgers { pool: pool.clone() },
            pool,
        };
        contender.write_template().await?;
        Ok(contender)
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let (first, last) = (fill.first.cast_signed(), fill.last().cast_signed());
        let events = fill.events.cast_signed();
        sqlx::query(FILL_INDEX).bind(first).bind(last).bind(events).execute(&self.pool).await?;
        let events = i32::try_from(fill.events)?;
        sqlx::query(FILL).bind(first).bind(last).bind(events).execute(&self.pool).await?;
        match &self.published {
            Some((_, views)) => views.fill(fill).await,
            None => Ok(()),
        }
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        let id = LedgerId::from(account.id);
        if let Some((ledgers, _)) = &self.published {
            let mut ledger = ledgers.find_by_id(id).await?;
            ledger.deposit(deposit, metadata)?;
            return ledgers.update(&mut ledger).await.map(drop).map_err(fault);
        }
        match self.way {
            Way::Plain => {
                let mut ledger = self.plain.find_by_id(id).await?;
                ledger.deposit(deposit, metadata)?;
                self.plain.update(&mut ledger).await.map_err(fault)?;
            }
            Way::Viewed => {
                let mut ledger = self.viewed.find_by_id(id).await?;
                ledger.deposit(deposit, metadata)?;
                self.viewed.update(&mut ledger).await.map_err(write_error)?;
            }
            Way::Snapshotted => {
                let mut ledger = self.snapshotted.find_by_id(id).await?;
                ledger.deposit(deposit, metadata)?;
                self.snapshotted.update(&mut ledger).await.map_err(fault)?;
            }
        }
        Ok(())
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let id = LedgerId::from(account.id);
        Ok(match self.way {
            Way::Plain => self.plain.find_by_id(id).await?.balance,
            Way::Viewed => self.viewed.find_by_id(id).await?.balance,
            Way::Snapshotted => self.snapshotted.find_by_id(id).await?.balance,
        })
    }

    /// An update leaves one, even without new events.
    async fn snapshot(&self, account: &Account) -> anyhow::Result<u64> {
        let mut ledger = self.snapshotted.find_by_id(LedgerId::from(account.id)).await?;
        self.snapshotted.update(&mut ledger).await?;
        Ok(0)
    }

    fn rows(&self) -> Option<Rows> {
        views::rows(self.view)
    }

    async fn follow(&self) -> anyhow::Result<()> {
        self.views()?.follow().await
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.views()?.rest().await
    }

    async fn rebuild(&self) -> anyhow::Result<()> {
        self.views()?.rebuild().await
    }
}

impl EsEntity {
    fn views(&self) -> anyhow::Result<&Views> {
        let (_, views) = self.published.as_ref().context("nothing is published")?;
        Ok(views)
    }

    /// Lets the repository write an account, and moves its rows out of the log.
    async fn write_template(&self) -> anyhow::Result<()> {
        let mut random = fastrand::Rng::new();
        let (opening, metadata) = (Opening::of(0), Metadata::any(&mut random));
        let id = match self.way {
            Way::Plain => self.plain.create(NewLedger::new(opening, metadata)).await?.id,
            Way::Viewed => self.viewed.create(NewLedger::new(opening, metadata)).await?.id,
            Way::Snapshotted => {
                let nickname = opening.nickname.clone();
                self.snapshotted.create(NewSnapshotted { nickname, opening, metadata }).await?.id
            }
        };
        let mut ledger = self.plain.find_by_id(id).await?;
        ledger.deposit(Deposit::any(&mut random), Metadata::any(&mut random))?;
        self.plain.update(&mut ledger).await?;
        sqlx::raw_sql(MOVE_OUT).execute(&self.pool).await?;
        Ok(())
    }
}

/// Why an update was not made, where the statement can break no constraint of the index.
fn fault(error: RepoFault) -> Failure {
    match error {
        RepoFault::Transient(transient) => lost_race(&transient),
        error => Failure::Failed(error.into()),
    }
}

/// The same where it can.
fn write_error<D: Debug>(error: RepoWriteError<D>) -> Failure {
    match error {
        RepoWriteError::Transient(transient) => lost_race(&transient),
        error => Failure::Failed(anyhow::anyhow!("{error:?}")),
    }
}

fn lost_race(transient: &Transient) -> Failure {
    match transient.kind {
        TransientKind::OptimisticConflict => Failure::Conflict,
        _ => Failure::Failed(anyhow::anyhow!("{transient}")),
    }
}

fn main() -> anyhow::Result<()> {
    serve::<EsEntity>()
}
