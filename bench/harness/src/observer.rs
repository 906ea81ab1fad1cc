//! Who looks at the rows of views: one connection of its own for every contender, on a thread of its own, so that nobody is
//! looked at more or less closely than others.

use std::{thread, time::Duration};

use anyhow::{Context, ensure};
use tokio::{
    runtime::Builder,
    sync::oneshot,
    time::{Instant, sleep},
};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::{Rows, View, book::Book, view::FEW};

/// How long a view may stand still.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long is waited at least between two looks at all rows.
const LOOK: Duration = Duration::from_millis(5);

/// How much longer than a look takes: it takes a twentieth of the time.
const REST: u32 = 19;

/// A connection that looks.
pub(crate) struct Observer {
    client: Client,
    total: Statement,
    of_accounts: Option<Statement>,
    empty: &'static str,
}

/// What the rows of a view come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Total {
    rows: u64,
    events: u64,
}

/// Has an observer of its own look on, on a thread of its own. It is connected when this returns.
pub(crate) async fn beside<T: Send + 'static>(
    url: &str,
    rows: Rows,
    look: impl AsyncFnOnce(Observer) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<oneshot::Receiver<anyhow::Result<T>>> {
    let (url, runtime) = (url.to_owned(), Builder::new_current_thread().enable_all().build()?);
    let (connected, is_connected) = oneshot::channel();
    let (seen, told) = oneshot::channel();
    thread::spawn(move || {
        // Whoever has asked and is gone is told nothing.
        let _ = seen.send(runtime.block_on(async {
            let observer = Observer::connect(&url, rows).await?;
            let _ = connected.send(());
            look(observer).await
        }));
    });
    // Where it is not, what was looked for says why.
    let _ = is_connected.await;
    Ok(told)
}

/// Writes rows by this statement, the numbers 1 to the last.
pub(crate) async fn fill(url: &str, statement: &str, last: u64) -> anyhow::Result<()> {
    connect(url)
        .await?
        .execute(statement, &[&last.cast_signed()])
        .await
        .context("rows cannot be filled in")?;
    Ok(())
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

impl Observer {
    pub(crate) async fn connect(url: &str, rows: Rows) -> anyhow::Result<Self> {
        let client = connect(url).await?;
        client.batch_execute("SET jit = off; SET max_parallel_workers_per_gather = 0").await?;
        let total = client.prepare(rows.total).await?;
        let of_accounts = match rows.of_accounts {
            Some(sql) => Some(client.prepare(sql).await?),
            None => None,
        };
        Ok(Self { client, total, of_accounts, empty: rows.empty })
    }

    /// Empties the view.
    pub(crate) async fn empty(&self) -> anyhow::Result<()> {
        self.client.batch_execute(self.empty).await.context("the view cannot be emptied")
    }

    /// How many events the rows of these accounts have taken in.
    pub(crate) async fn events_of(&self, accounts: &[Uuid]) -> anyhow::Result<Vec<(Uuid, u64)>> {
        let of_accounts = self.of_accounts.as_ref().context("accounts have no rows")?;
        let rows = self.client.query(of_accounts, &[&accounts]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, i64>(1)?.cast_unsigned()))).collect()
    }

    async fn total(&self) -> anyhow::Result<Total> {
        let row = self.client.query_one(&self.total, &[]).await?;
        Ok(Total {
            rows: row.try_get::<_, i64>(0)?.cast_unsigned(),
            events: row.try_get::<_, i64>(1)?.cast_unsigned(),
        })
    }

    /// Looks on until the rows have taken in so many events: when that was seen.
    pub(crate) async fn see(&self, events: u64) -> anyhow::Result<Instant> {
        let (mut before, mut moved) = (None, Instant::now());
        loop {
            let begun = Instant::now();
            let (total, seen) = (self.total().await?, Instant::now());
            if total.events == events {
                return Ok(seen);
            }
            if before.replace(total) != Some(total) {
                moved = seen;
            }
            let Total { events: stands, .. } = total;
            ensure!(stands < events, "the rows have taken in {stands} events, and there are {events}");
            ensure!(moved.elapsed() < PATIENCE, "the rows stand still at {stands} of {events} events");
            sleep(LOOK.max((seen - begun) * REST)).await;
        }
    }

    /// Whether the rows are as many as they have to be, and have taken in all events, each once.
    pub(crate) async fn check(&self, view: View, book: &Book) -> anyhow::Result<()> {
        let rows = if view == View::Few { FEW.min(book.accounts()) } else { book.accounts() };
        let (total, events) = (self.total().await?, book.events());
        ensure!(
            total == Total { rows, events },
            "{total:?} was found, and there are {events} events for {rows} rows"
        );
        Ok(())
    }
}
