//! What waits, in one statement on one connection.

use std::pin::pin;

use bench_harness::{Account, Deposit, Failure, Metadata, Setup};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Statement, binary_copy::BinaryCopyInWriter, types::Type};
use uuid::Uuid;

use super::{DEPOSITED, Postgres, pool::connect};

/// The most that is written at once.
const LIMIT: usize = 1_000;

const INSERT: &str = "INSERT INTO events (stream, version, kind, payload, metadata)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[])";

const COPY: &str = "COPY events (stream, version, kind, payload, metadata) FROM STDIN BINARY";

const TYPES: [Type; 5] = [Type::UUID, Type::INT8, Type::TEXT, Type::TEXT, Type::TEXT];

/// Hands events to a task that writes all that wait.
pub(crate) struct Batches {
    pub(crate) postgres: Postgres,
    queue: mpsc::Sender<Waiting>,
}

struct Waiting {
    stream: Uuid,
    version: i64,
    payload: String,
    metadata: String,
    answer: oneshot::Sender<Result<(), String>>,
}

/// How a batch is written.
enum Way {
    Insert(Statement),
    Copy(Statement),
}

impl Batches {
    pub(crate) async fn inserting(setup: &Setup) -> anyhow::Result<Self> {
        Self::open(setup, async |client| Ok(Way::Insert(client.prepare(INSERT).await?))).await
    }

    pub(crate) async fn copying(setup: &Setup) -> anyhow::Result<Self> {
        Self::open(setup, async |client| Ok(Way::Copy(client.prepare(COPY).await?))).await
    }

    async fn open(
        setup: &Setup,
        way: impl AsyncFnOnce(&Client) -> anyhow::Result<Way>,
    ) -> anyhow::Result<Self> {
        let postgres = Postgres::open(&Setup { connections: Some(1), ..setup.clone() }).await?;
        let client = connect(setup.store.postgres()?).await?;
        client.batch_execute("SET jit = off; SET plan_cache_mode = force_generic_plan").await?;
        let way = way(&client).await?;
        let (queue, waiting) = mpsc::channel(LIMIT);
        tokio::spawn(write(client, way, waiting));
        Ok(Self { postgres, queue })
    }

    pub(crate) async fn deposit(
        &self,
        account: &Account,
        deposit: &Deposit,
        metadata: &Metadata,
    ) -> Result<(), Failure> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            stream: account.id,
            version: account.next_version().cast_signed(),
            payload: serde_json::to_string(deposit)?,
            metadata: serde_json::to_string(metadata)?,
            answer,
        };
        self.queue.send(waiting).await?;
        answered.await?.map_err(|reason| anyhow::anyhow!(reason).into())
    }
}

async fn write(client: Client, way: Way, mut queue: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(LIMIT);
    while queue.recv_many(&mut batch, LIMIT).await > 0 {
        let written = match &way {
            Way::Insert(statement) => insert(&client, statement, &batch).await,
            Way::Copy(statement) => copy(&client, statement, &batch).await,
        };
        let written = written.map_err(|error| error.to_string());
        for waiting in batch.drain(..) {
            // A caller that is gone wants no answer.
            let _ = waiting.answer.send(written.clone());
        }
    }
}

async fn insert(
    client: &Client,
    statement: &Statement,
    batch: &[Waiting],
) -> Result<(), tokio_postgres::Error> {
    let streams: Vec<_> = batch.iter().map(|waiting| waiting.stream).collect();
    let versions: Vec<_> = batch.iter().map(|waiting| waiting.version).collect();
    let kinds = vec![DEPOSITED; batch.len()];
    let payloads: Vec<_> = batch.iter().map(|waiting| waiting.payload.as_str()).collect();
    let metadata: Vec<_> = batch.iter().map(|waiting| waiting.metadata.as_str()).collect();
    client.execute(statement, &[&streams, &versions, &kinds, &payloads, &metadata]).await.map(drop)
}

async fn copy(
    client: &Client,
    statement: &Statement,
    batch: &[Waiting],
) -> Result<(), tokio_postgres::Error> {
    let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(statement).await?, &TYPES));
    for row in batch {
        let kind = DEPOSITED;
        writer.as_mut().write(&[&row.stream, &row.version, &kind, &row.payload, &row.metadata]).await?;
    }
    writer.finish().await.map(drop)
}
