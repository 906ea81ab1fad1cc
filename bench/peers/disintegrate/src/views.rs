//! Views as event listeners: each event is added to its row by a statement of its own.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use bench_harness::{Balance, Rows, View, view::few};
use disintegrate::{EventListener, PersistedEvent, StreamQuery, query, serde::json::Json};
use disintegrate_postgres::{Migrator, PgEventId, PgEventListener, PgEventListenerConfig};
use sqlx::PgPool;
use tokio::{
    sync::{Mutex, oneshot},
    task::JoinHandle,
};

use crate::{Store, ledger::LedgerEvent};

/// As the documentation has it, with a notifier that wakes it earlier.
const POLL: Duration = Duration::from_millis(50);

const ADD_TO_BRANCH: &str = "INSERT INTO branch_totals AS row VALUES ($1, 1, $2, $3)
ON CONFLICT (branch) DO UPDATE SET events = row.events + 1, cents = row.cents + excluded.cents, last_event = excluded.last_event
WHERE row.last_event < excluded.last_event";

const ADD_TO_ACCOUNT: &str = "INSERT INTO account_totals AS row VALUES ($1, 1, $2, $3)
ON CONFLICT (account) DO UPDATE SET events = row.events + 1, cents = row.cents + excluded.cents, last_event = excluded.last_event
WHERE row.last_event < excluded.last_event";

/// The view, and what brings it up to date, while it does.
pub(crate) struct Views {
    pool: PgPool,
    store: Store,
    view: View,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    listener: JoinHandle<Result<(), disintegrate_postgres::Error>>,
}

/// Adds events to rows.
struct Totals {
    pool: PgPool,
    view: View,
    query: StreamQuery<PgEventId, LedgerEvent>,
}

impl Views {
    pub(crate) async fn open(pool: PgPool, store: Store, view: View) -> anyhow::Result<Self> {
        if view != View::None {
            sqlx::raw_sql(include_str!("views.sql")).execute(&pool).await?;
            Migrator::new(store.clone()).init_listener().await?;
        }
        Ok(Self { pool, store, view, running: Mutex::default() })
    }

    pub(crate) async fn follow(&self) {
        let totals = Totals { pool: self.pool.clone(), view: self.view, query: query!(LedgerEvent) };
        let config = PgEventListenerConfig::poller(POLL).with_notifier();
        let listener = PgEventListener::<LedgerEvent, Json<LedgerEvent>>::builder(self.store.clone())
            .uninitialized()
            .register_listener(totals, config);
        let (stop, stopped) = oneshot::channel();
        let listener = tokio::spawn(listener.start_with_shutdown(async {
            let _ = stopped.await;
        }));
        *self.running.lock().await = Some(Running { stop, listener });
    }

    pub(crate) async fn rest(&self) -> anyhow::Result<()> {
        let Running { stop, listener } = self.running.lock().await.take().context("nothing is followed")?;
        drop(stop);
        Ok(listener.await??)
    }

    pub(crate) fn rows(&self) -> Option<Rows> {
        match self.view {
            View::Few => Some(Rows {
                total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM branch_totals",
                of_accounts: None,
                empty: "TRUNCATE branch_totals; DELETE FROM event_listener",
            }),
            View::Many => Some(Rows {
                total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM account_totals",
                of_accounts: Some("SELECT account, events FROM account_totals WHERE account = ANY($1)"),
                empty: "TRUNCATE account_totals; DELETE FROM event_listener",
            }),
            View::None | View::Inline | View::Holders => None,
        }
    }
}

#[async_trait]
impl EventListener<PgEventId, LedgerEvent> for Totals {
    type Error = sqlx::Error;

    fn id(&self) -> &'static str {
        "totals"
    }

    fn query(&self) -> &StreamQuery<PgEventId, LedgerEvent> {
        &self.query
    }

    async fn handle(&self, event: PersistedEvent<PgEventId, LedgerEvent>) -> Result<(), sqlx::Error> {
        let mut balance = Balance::default();
        event.fold_into(&mut balance);
        let (account, cents, id) = (event.account(), balance.cents, event.id());
        let add = if self.view == View::Few {
            sqlx::query(ADD_TO_BRANCH).bind(few(account))
        } else {
            sqlx::query(ADD_TO_ACCOUNT).bind(account)
        };
        add.bind(cents).bind(id).execute(&self.pool).await?;
        Ok(())
    }
}
