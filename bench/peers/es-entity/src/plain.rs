//! The repository of all cases but F and those with snapshots: no column of the index changes with an event.

use es_entity::{EsEntity, EsEvent, EsRepo};

use crate::ledger::{Ledger, LedgerEvent, LedgerId};

#[derive(EsRepo)]
#[es_repo(
    entity = "Ledger",
    tbl = "accounts",
    events_tbl = "account_events",
    columns(nickname(ty = "String", update(persist = false), list_by = false, find_by = false))
)]
pub(crate) struct Ledgers {
    pub(crate) pool: sqlx::PgPool,
}
