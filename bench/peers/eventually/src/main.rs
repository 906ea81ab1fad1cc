//! eventually with eventually-postgres.

mod ledger;
mod pool;

use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Metadata, Opening, Setup, Variant, serve,
};
use eventually::{
    Repository,
    aggregate::AggregateRootBuilder,
    repository,
    store::{EventStore as _, Select},
};
use eventually_postgres::{EventStore, store};
use futures::TryStreamExt;
use ledger::{Fact, Ledger, LedgerEvent, Refused};
use pool::Pool;
use tokio::runtime::Runtime;

type Store = EventStore<String, LedgerEvent>;

/// The stores, one a connection. They live on a runtime of the version that they were written for.
struct Eventually {
    stores: Pool,
    runtime: Option<Runtime>,
}

const FILL_AGGREGATES: &str = "INSERT INTO aggregates
SELECT md5(number::text)::uuid::text, 'account', $3::bigint::int
FROM generate_series($1::bigint, $2::bigint) number";

/// The rows that the store has written for the template, for other accounts: `$1` to `$2`, of `$3` events.
const FILL: &str = "WITH inserted AS (
    INSERT INTO events (aggregate_id, version, sequence_number, event)
    SELECT md5(number::text)::uuid::text, step,
           aggregate_types.\"offset\" + row_number() OVER (ORDER BY number, step), template.event
    FROM aggregate_types, generate_series($1::bigint, $2::bigint) number, generate_series(1, $3::bigint::int) step
    JOIN template ON template.version = least(step, 2)
    ORDER BY number, step
    RETURNING 1
) UPDATE aggregate_types SET \"offset\" = \"offset\" + (SELECT count(*) FROM inserted)";

const MOVE_OUT: &str = "CREATE TABLE template AS SELECT * FROM events;
DELETE FROM aggregates;
UPDATE aggregate_types SET \"offset\" = -1";

impl Contender for Eventually {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::new(
                "eventually",
                &["eventually", "eventually-postgres"],
                "a `Repository` over its `EventStore`, on as many connections as there are callers, 64 at most; its own \
                 migrations; metadata in the event",
            )
            .remark(
                "With serde of today it does not build (`unresolved import serde::export` in refinery-core 0.3.2, which it \
                 runs its migrations with); it is built with serde 1.0.118 and serde_json 1.0.60 of the end of 2020, which \
                 it was released for.",
            )
            .remark(
                "Its numbers of the log are read and written back without a lock, so that events of concurrent appends \
                 share one: in D they come ordered as far as these go.",
            )
            .refuses(&[Case::E], "no conditions beyond the version of one aggregate")
            .refuses(&[Case::F], "subscriptions are brought up to date after the commit"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let (url, connections) = (setup.store.postgres()?.to_owned(), setup.connections.unwrap_or(64));
        let stores = runtime.spawn(Pool::open(url, connections)).await??;
        let contender = Self { stores, runtime: Some(runtime) };
        contender.write_template().await?;
        Ok(contender)
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let (first, last, events) =
            (fill.first.cast_signed(), fill.last().cast_signed(), fill.events.cast_signed());
        let client = self.stores.client();
        self.run(async move {
            client.execute(FILL_AGGREGATES, &[&first, &last, &events]).await?;
            client.execute(FILL, &[&first, &last, &events]).await?;
            Ok(())
        })
        .await
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        let (id, stores) = (account.id.to_string(), self.stores.clone());
        self.run(async move {
            let lent = stores.lend().await;
            let mut repository = repository_over(lent.store());
            let mut root = match repository.get(id).await {
                Ok(root) => root,
                Err(error) => return Ok(Err(failure(&error))),
            };
            root.handle(LedgerEvent { fact: Fact::Deposited(deposit), metadata }).await?;
            Ok(repository.add(root).await.map(drop).map_err(|error| failure(&error)))
        })
        .await?
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let (id, stores) = (account.id.to_string(), self.stores.clone());
        self.run(async move {
            let lent = stores.lend().await;
            Ok(repository_over(lent.store())
                .get(id)
                .await
                .map(|root| *root.state())
                .map_err(|error| failure(&error)))
        })
        .await?
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        let stores = self.stores.clone();
        self.run(async move {
            let lent = stores.lend().await;
            let store = lent.store();
            let mut events = store.stream_all(Select::All).await?;
            let mut balance = Balance::default();
            while let Some(event) = events.try_next().await? {
                event.take().fold_into(&mut balance);
            }
            Ok(Ok(balance))
        })
        .await?
    }
}

impl Eventually {
    /// Runs it on the runtime of the stores.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = anyhow::Result<T>> + Send + 'static,
    ) -> anyhow::Result<T> {
        let runtime = self.runtime.as_ref().ok_or_else(|| anyhow::anyhow!("it is shut down"))?;
        runtime.spawn(work).await?
    }

    /// Lets the store write an account, and moves its rows out of the log.
    async fn write_template(&self) -> anyhow::Result<()> {
        let (stores, client) = (self.stores.clone(), self.stores.client());
        self.run(async move {
            let mut random = fastrand::Rng::new();
            let lent = stores.lend().await;
            let mut repository = repository_over(lent.store());
            let mut root = repository.get("template".to_owned()).await?;
            for fact in [Fact::Opened(Opening::of(0)), Fact::Deposited(Deposit::any(&mut random))] {
                root.handle(LedgerEvent { fact, metadata: Metadata::any(&mut random) }).await?;
            }
            repository.add(root).await?;
            client.batch_execute(MOVE_OUT).await?;
            Ok(())
        })
        .await
    }
}

impl Drop for Eventually {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn repository_over(store: Store) -> Repository<Ledger, Store> {
    Repository::new(AggregateRootBuilder::from(Ledger), store)
}

/// A version that was passed by is an exception of its function, or a broken unique constraint.
fn failure(error: &repository::Error<Refused, store::Error>) -> Failure {
    if let repository::Error::Store(store::Error::Postgres(error)) = error
        && error.code().is_some_and(|state| ["P0001", "23505"].contains(&state.code()))
    {
        return Failure::Conflict;
    }
    Failure::Failed(anyhow::anyhow!("{error}"))
}

fn main() -> anyhow::Result<()> {
    serve::<Eventually>()
}
