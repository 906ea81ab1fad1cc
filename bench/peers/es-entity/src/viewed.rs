//! The repository of F: the index has columns of balances.

use es_entity::{EsEntity, EsEvent, EsRepo};

use crate::ledger::{Ledger, LedgerEvent, LedgerId};

#[derive(EsRepo)]
#[es_repo(
    entity = "Ledger",
    tbl = "accounts",
    events_tbl = "account_events",
    columns(
        nickname(ty = "String", update(persist = false), list_by = false, find_by = false),
        deposits(ty = "i64", list_by = false, find_by = false),
        cents(ty = "i64", list_by = false, find_by = false)
    )
)]
pub(crate) struct Ledgers {
    pub(crate) pool: sqlx::PgPool,
}
