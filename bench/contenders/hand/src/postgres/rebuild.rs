//! The view of a row for each account, built anew beside the one that serves: filled by one statement up to where that one is, and
//! put into its place by a transaction that takes in what came since.

use tokio_postgres::{Client, GenericClient};

use super::pool::connect;

const BEGIN: &str =
    "DROP TABLE IF EXISTS account_totals_anew; CREATE TABLE account_totals_anew (LIKE account_totals)";

/// The keys come when the rows are there, which is faster.
const FILL: &str = "INSERT INTO account_totals_anew
SELECT stream, count(*), coalesce(sum((payload::json->>'amount')::bigint) FILTER (WHERE kind = 'Deposited'), 0)::bigint
FROM events WHERE position <= $1 GROUP BY stream";

const ADD_KEYS: &str =
    "ALTER TABLE account_totals_anew ADD PRIMARY KEY (account); ANALYZE account_totals_anew";

const ADD: &str = "INSERT INTO account_totals_anew AS row
SELECT stream, count(*), coalesce(sum((payload::json->>'amount')::bigint) FILTER (WHERE kind = 'Deposited'), 0)::bigint
FROM events WHERE position > $1 AND position <= $2 GROUP BY stream
ON CONFLICT (account) DO UPDATE SET events = row.events + excluded.events, cents = row.cents + excluded.cents";

/// Nobody brings up to date what serves while it is locked, and so the checkpoint stands still. It is locked first, as it is by
/// those who do, so that nobody waits in a circle.
const LOCK: &str = "LOCK TABLE account_totals IN ACCESS EXCLUSIVE MODE";

const TAKE_PLACE: &str =
    "DROP TABLE account_totals; ALTER TABLE account_totals_anew RENAME TO account_totals";

/// How many events are few enough to take in while everybody waits.
const FEW: i64 = 5_000;

/// From its beginning to its end.
pub(super) async fn rebuild(url: &str) -> anyhow::Result<()> {
    let mut client = connect(url).await?;
    client.batch_execute("SET jit = off").await?;
    client.batch_execute(BEGIN).await?;
    let filled = checkpoint(&client).await?;
    client.execute(FILL, &[&filled]).await?;
    client.batch_execute(ADD_KEYS).await?;
    let filled = catch_up(&client, filled).await?;
    take_place(&mut client, filled).await
}

/// Up to where the view that serves is, or nearly so.
async fn catch_up(client: &Client, mut filled: i64) -> anyhow::Result<i64> {
    loop {
        let served = checkpoint(client).await?;
        if served - filled < FEW {
            return Ok(filled);
        }
        client.execute(ADD, &[&filled, &served]).await?;
        filled = served;
    }
}

async fn take_place(client: &mut Client, filled: i64) -> anyhow::Result<()> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let served = checkpoint(&transaction).await?;
    transaction.execute(ADD, &[&filled, &served]).await?;
    transaction.batch_execute(TAKE_PLACE).await?;
    Ok(transaction.commit().await?)
}

async fn checkpoint(client: &impl GenericClient) -> anyhow::Result<i64> {
    Ok(client.query_one("SELECT position FROM checkpoint", &[]).await?.try_get(0)?)
}
