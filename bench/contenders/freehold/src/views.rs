//! The views that are brought up to date behind the commands, and how their rows are looked at.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bench_harness::{Rows, View as Kept, view::few};
use freehold::{
    Id as _,
    app::{Context, Operations},
    ports::Stage,
    prelude::*,
};
use tokio::time::sleep;

use crate::ledger::{AccountEvent, AccountId, BalanceRow};

/// How often is looked at whether a rebuild has taken over.
const LOOK: Duration = Duration::from_millis(20);

/// What came in at each of 100 branches.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "bank.BranchTotal", table = "branch_totals")]
pub(crate) struct BranchTotal {
    #[row(key)]
    pub(crate) branch: i64,
    pub(crate) events: i64,
    pub(crate) cents: i64,
}

impl View for BranchTotal {
    type Event = AccountEvent;

    fn key(event: &Recorded<AccountEvent>) -> Option<i64> {
        Some(few(event.stream_id().as_uuid()))
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        let row =
            row.unwrap_or_else(|| Self { branch: few(event.stream_id().as_uuid()), events: 0, cents: 0 });
        Some(Self { events: row.events + 1, cents: row.cents + cents(&event.event), ..row })
    }
}

/// What came in on each account.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "bank.AccountTotal", table = "account_totals")]
pub(crate) struct AccountTotal {
    #[row(key)]
    pub(crate) id: AccountId,
    pub(crate) events: i64,
    pub(crate) cents: i64,
}

impl View for AccountTotal {
    type Event = AccountEvent;

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        let row = row.unwrap_or_else(|| Self { id: event.stream_id(), events: 0, cents: 0 });
        Some(Self { events: row.events + 1, cents: row.cents + cents(&event.event), ..row })
    }
}

fn cents(event: &AccountEvent) -> i64 {
    match event {
        AccountEvent::Opened { .. } => 0,
        AccountEvent::Deposited { amount, .. } => *amount,
    }
}

/// The context with this view.
pub(crate) fn context(context: Context, view: Kept) -> Context {
    match view {
        Kept::None => context,
        Kept::Inline => context.view::<BalanceRow>(),
        Kept::Few => context.view::<BranchTotal>(),
        Kept::Many => context.view::<AccountTotal>(),
        Kept::Holders => context.view::<crate::holders::Holder>(),
    }
}

/// Builds this view anew, and waits until that has taken over.
pub(crate) async fn rebuild(operations: &Operations, view: Kept) -> anyhow::Result<()> {
    let name = name(view).context("there is no view with a worker")?;
    operations.rebuild("bench", name, true).await?;
    loop {
        let rebuilds = operations.rebuilds().await?;
        let status = rebuilds.iter().find(|status| status.rebuild.view == name).context("it was ended")?;
        match status.rebuild.stage {
            Stage::Filling => sleep(LOOK).await,
            Stage::TakenOver => return Ok(()),
            Stage::Waiting | Stage::RolledBack => bail!("the rebuild of {name} does not take over"),
        }
    }
}

fn name(view: Kept) -> Option<&'static str> {
    match view {
        Kept::None | Kept::Inline | Kept::Holders => None,
        Kept::Few => Some("bank.BranchTotal"),
        Kept::Many => Some("bank.AccountTotal"),
    }
}

/// How the rows of this view are looked at.
pub(crate) fn rows(view: Kept) -> Option<Rows> {
    match view {
        Kept::None | Kept::Holders => None,
        Kept::Inline => Some(Rows {
            total: r#"SELECT count(*), (count(*) + coalesce(sum("deposits"), 0))::bigint FROM "balances""#,
            of_accounts: None,
            empty: r#"TRUNCATE "balances"; DELETE FROM freehold.partitions"#,
        }),
        Kept::Few => Some(Rows {
            total: r#"SELECT count(*), coalesce(sum("events"), 0)::bigint FROM "branch_totals""#,
            of_accounts: None,
            empty: r#"TRUNCATE "branch_totals"; DELETE FROM freehold.partitions"#,
        }),
        Kept::Many => Some(Rows {
            total: r#"SELECT count(*), coalesce(sum("events"), 0)::bigint FROM "account_totals""#,
            of_accounts: Some(
                r#"SELECT "id", "events" FROM "account_totals" WHERE "tenant_id" = 'acme' AND "id" = ANY($1)"#,
            ),
            empty: r#"TRUNCATE "account_totals"; DELETE FROM freehold.partitions"#,
        }),
    }
}
