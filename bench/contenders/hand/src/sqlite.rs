//! On SQLite: one thread writes, a transaction a row.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use anyhow::Context;
use bench_harness::{Account, Balance, Deposit, Failure, Fill, Metadata, Opening};
use rusqlite::{Connection, ErrorCode, params};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::postgres::{DEPOSITED, OPENED};

const SCHEMA: &str = "CREATE TABLE events (
    position    INTEGER PRIMARY KEY,
    stream      BLOB    NOT NULL,
    version     INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    metadata    TEXT    NOT NULL,
    UNIQUE (stream, version)
) STRICT";

const LOAD: &str = "SELECT kind, payload FROM events WHERE stream = ?1 ORDER BY version";

const INSERT: &str =
    "INSERT INTO events (stream, version, kind, payload, metadata) VALUES (?1, ?2, ?3, ?4, ?5)";

/// The file.
pub(crate) struct Sqlite {
    file: PathBuf,
    readers: Arc<Mutex<Vec<Connection>>>,
    writer: mpsc::Sender<Write>,
}

enum Write {
    Fill(Fill, oneshot::Sender<anyhow::Result<()>>),
    Row(Box<Row>, oneshot::Sender<Result<(), Failure>>),
}

struct Row {
    stream: Uuid,
    version: u64,
    payload: String,
    metadata: String,
}

impl Sqlite {
    pub(crate) fn open(file: &Path) -> anyhow::Result<Self> {
        let connection = connect(file)?;
        connection.execute_batch(SCHEMA)?;
        let (writer, queue) = mpsc::channel();
        thread::spawn(move || write(connection, &queue));
        Ok(Self { file: file.to_owned(), readers: Arc::default(), writer })
    }

    pub(crate) async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let (answer, answered) = oneshot::channel();
        self.writer.send(Write::Fill(fill, answer))?;
        answered.await?
    }

    pub(crate) async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let (stream, file, readers) = (account.id, self.file.clone(), self.readers.clone());
        let load = move || {
            let free = locked(&readers).pop();
            let connection = free.map_or_else(|| connect(&file), Ok)?;
            let balance = load(&connection, stream);
            locked(&readers).push(connection);
            balance
        };
        Ok(tokio::task::spawn_blocking(load).await??)
    }

    pub(crate) async fn deposit(
        &self,
        account: &Account,
        deposit: Deposit,
        metadata: Metadata,
    ) -> Result<(), Failure> {
        let balance = self.load(account).await?;
        if !balance.takes(&deposit) {
            return Err(anyhow::anyhow!("the deposit is refused").into());
        }
        let (payload, metadata) = (serde_json::to_string(&deposit)?, serde_json::to_string(&metadata)?);
        let row = Row { stream: account.id, version: balance.events + 1, payload, metadata };
        let (answer, answered) = oneshot::channel();
        self.writer.send(Write::Row(Box::new(row), answer)).context("the writer is gone")?;
        answered.await?
    }
}

fn connect(file: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    Ok(connection)
}

fn load(connection: &Connection, stream: Uuid) -> anyhow::Result<Balance> {
    let mut statement = connection.prepare_cached(LOAD)?;
    let mut rows = statement.query([stream.as_bytes()])?;
    let mut balance = Balance::default();
    while let Some(row) = rows.next()? {
        let payload = row.get_ref(1)?.as_str()?;
        if row.get_ref(0)?.as_str()? == OPENED {
            serde_json::from_str::<Opening>(payload)?;
            balance.open();
        } else {
            balance.deposit(serde_json::from_str::<Deposit>(payload)?.amount);
        }
    }
    Ok(balance)
}

/// Writes what is asked for until nobody can ask any more. An answer that nobody waits for is dropped.
fn write(mut connection: Connection, queue: &mpsc::Receiver<Write>) {
    while let Ok(write) = queue.recv() {
        match write {
            Write::Fill(accounts, answer) => drop(answer.send(fill(&mut connection, accounts))),
            Write::Row(row, answer) => drop(answer.send(insert(&connection, &row))),
        }
    }
}

/// Without a transaction around it a statement is one.
fn insert(connection: &Connection, row: &Row) -> Result<(), Failure> {
    let parameters =
        params![row.stream.as_bytes(), row.version.cast_signed(), DEPOSITED, row.payload, row.metadata];
    match connection.prepare_cached(INSERT)?.execute(parameters) {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(Failure::Conflict)
        }
        Err(error) => Err(error.into()),
    }
}

fn fill(connection: &mut Connection, fill: Fill) -> anyhow::Result<()> {
    let mut random = fastrand::Rng::new();
    let opening = serde_json::to_string(&Opening::of(0))?;
    let deposit = serde_json::to_string(&Deposit::any(&mut random))?;
    let metadata = serde_json::to_string(&Metadata::any(&mut random))?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached(INSERT)?;
        for number in fill.first..=fill.last() {
            let stream = bench_harness::workload::id(number);
            for version in 1..=fill.events.cast_signed() {
                let (kind, payload) = if version == 1 { (OPENED, &opening) } else { (DEPOSITED, &deposit) };
                insert.execute(params![stream.as_bytes(), version, kind, payload, metadata])?;
            }
        }
    }
    Ok(transaction.commit()?)
}

/// Nothing panics while it is held.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
