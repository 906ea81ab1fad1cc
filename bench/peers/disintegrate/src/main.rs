//! disintegrate with disintegrate-postgres.

mod ledger;
mod views;

use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Metadata, Opening, Rows, Setup, Shortcut,
    Variant, ViewCase, serve,
};
use disintegrate::{
    BoxDynError, DecisionError, EventSourcedStateStore, EventStore, LoadState, NoSnapshot, StreamItem, query,
    serde::json::Json,
};
use disintegrate_postgres::{
    Error, PgDecisionMaker, PgEventId, PgEventStore, PgSnapshotter, WithPgSnapshot, decision_maker,
};
use futures_util::TryStreamExt;
use ledger::{Ledger, LedgerEvent, MakeDeposit, Open, Refused};
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;
use views::Views;

type Store = PgEventStore<LedgerEvent, Json<LedgerEvent>>;

/// The event store, and what decides over it.
struct Disintegrate {
    pool: PgPool,
    store: Store,
    decisions: PgDecisionMaker<LedgerEvent, Json<LedgerEvent>, NoSnapshot>,
    snapshots: Option<WithPgSnapshot>,
    views: Views,
}

/// After how many events there is a new snapshot.
const SNAPSHOT_EVERY: u64 = 50;

/// The rows that the event store has written for account 0, for other accounts: `$1` to `$2`, of `$3` events. The id of
/// the account is in the payload too.
const FILL: &str = "INSERT INTO event (event_type, payload, account_id, nickname)
SELECT template.event_type,
       convert_to(replace(convert_from(template.payload, 'UTF8'), template.account_id::text, account::text), 'UTF8'),
       account, CASE version WHEN 1 THEN template.nickname || number END
FROM generate_series($1::bigint, $2::bigint) number
CROSS JOIN LATERAL (SELECT md5(number::text)::uuid AS account) ids
CROSS JOIN generate_series(1::bigint, $3::bigint) version
JOIN template ON template.event_type = CASE version WHEN 1 THEN 'Opened' ELSE 'Deposited' END
ORDER BY number, version";

impl Contender for Disintegrate {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::new(
                "disintegrate",
                &["disintegrate", "disintegrate-postgres"],
                "`decision_maker` over JSON, its own schema with its indexes on domain ids; snapshots every 50 events in B \
                 and where C says so, none else; a pool of 64 connections that are not tested before each use. It keeps no \
                 metadata, so that this travels in the event",
            )
            .remark(
                "The schema that it creates itself has a hexadecimal literal, which PostgreSQL knows from 16 on; the \
                 benchmark creates the same schema with that literal in decimal.",
            )
            .loads_from(&[Shortcut::Snapshot])
            .refuses(&[Case::F], "views are brought up to date by listeners, in transactions of their own")
            .views(
                &[ViewCase::A1, ViewCase::A2, ViewCase::B],
                "a `PgEventListener` that polls every 50 ms and has a notifier, else as it is; it takes in one event after the \
                 other, each added to its row by one `INSERT … ON CONFLICT DO UPDATE` that skips what the row has taken in, \
                 since events may be told more than once",
            )
            .catches_up_with(20_000)
            .without(
                &[ViewCase::C],
                "a listener under another id begins with the first event, but 2,000 commands a second are more than it takes, \
                 see B",
            )
            .without(&[ViewCase::D], "listeners take events in after the commit")
            .without(&[ViewCase::E], "it has no queries of its own"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(setup.connections.unwrap_or(64))?)
            .test_before_acquire(false)
            .connect(setup.store.postgres()?)
            .await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
        let store = Store::new_uninitialized(pool.clone(), Json::default());
        let decisions = decision_maker(store.clone(), NoSnapshot);
        let snapshots = if setup.shortcut == Shortcut::Snapshot || setup.case == Case::B {
            Some(WithPgSnapshot::new(PgSnapshotter::try_new(pool.clone(), SNAPSHOT_EVERY).await?))
        } else {
            None
        };
        let views = Views::open(pool.clone(), store.clone(), setup.view).await?;
        let contender = Self { pool, store, decisions, snapshots, views };
        contender.write_template().await?;
        Ok(contender)
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let (first, last) = (fill.first.cast_signed(), fill.last().cast_signed());
        let fill = sqlx::query(FILL).bind(first).bind(last).bind(fill.events.cast_signed());
        fill.execute(&self.pool).await?;
        Ok(())
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        let decision = MakeDeposit { account_id: account.id, deposit, metadata };
        match &self.snapshots {
            Some(snapshots) => {
                decision_maker(self.store.clone(), snapshots.clone())
                    .make(decision)
                    .await
                    .map_err(failure)?;
            }
            None => drop(self.decisions.make(decision).await.map_err(failure)?),
        }
        Ok(())
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let (state, store) = (Ledger::of(account.id), self.store.clone());
        let loaded = match &self.snapshots {
            Some(snapshots) => EventSourcedStateStore::new(store, snapshots.clone()).load(state).await,
            None => EventSourcedStateStore::new(store, NoSnapshot).load(state).await,
        };
        Ok(loaded.map_err(cause)?.state().balance)
    }

    /// A load leaves one, if enough events were folded.
    async fn snapshot(&self, account: &Account) -> anyhow::Result<u64> {
        match self.load(account).await {
            Ok(_) => Ok(0),
            Err(Failure::Conflict) => anyhow::bail!("a conflict"),
            Err(Failure::Failed(error)) => Err(error),
        }
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        let all = query!(LedgerEvent);
        let mut events = EventStore::<PgEventId, LedgerEvent>::stream::<LedgerEvent>(&self.store, &all);
        let mut balance = Balance::default();
        while let Some(item) = events.try_next().await? {
            if let StreamItem::Event(event) = item {
                event.fold_into(&mut balance);
            }
        }
        Ok(balance)
    }

    async fn claim(&self, account: &Account, opening: Opening, metadata: Metadata) -> Result<(), Failure> {
        let decision = Open { account_id: account.id, opening, metadata };
        self.decisions.make(decision).await.map_err(failure)?;
        Ok(())
    }

    fn rows(&self) -> Option<Rows> {
        self.views.rows()
    }

    async fn follow(&self) -> anyhow::Result<()> {
        self.views.follow().await;
        Ok(())
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.views.rest().await
    }
}

impl Disintegrate {
    /// Lets the event store write an account, and moves its rows out of the log.
    async fn write_template(&self) -> anyhow::Result<()> {
        let mut random = fastrand::Rng::new();
        let (account_id, metadata) = (Uuid::nil(), Metadata::any(&mut random));
        self.decisions.make(Open { account_id, opening: Opening::of(0), metadata: metadata.clone() }).await?;
        let deposit = Deposit::any(&mut random);
        self.decisions.make(MakeDeposit { account_id, deposit, metadata }).await?;
        let move_out = "CREATE TABLE template AS SELECT * FROM event; DELETE FROM event";
        sqlx::raw_sql(move_out).execute(&self.pool).await?;
        Ok(())
    }
}

fn failure(error: DecisionError<Refused>) -> Failure {
    match error {
        DecisionError::EventStore(error) | DecisionError::StateStore(error) => cause(error),
        DecisionError::Domain(refused) => refused.into(),
    }
}

/// That somebody else was faster is said in two ways: by its own check, and by PostgreSQL, which finds that transactions
/// cannot be put into an order.
fn cause(error: BoxDynError) -> Failure {
    let conflict = match error.downcast_ref::<Error>() {
        Some(Error::Concurrency) => true,
        Some(Error::Database(sqlx::Error::Database(error))) => error.code().as_deref() == Some("40001"),
        _ => false,
    };
    if conflict { Failure::Conflict } else { Failure::Failed(anyhow::anyhow!(error)) }
}

fn main() -> anyhow::Result<()> {
    serve::<Disintegrate>()
}
