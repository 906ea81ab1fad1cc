//! The view that is asked for: who holds which account.

use bench_harness::{Asked, Question, view::nickname, workload};
use freehold::{Id as _, prelude::*};

use crate::ledger::{AccountEvent, AccountId};

/// An account, as people look for it.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "bank.Holder", table = "holders")]
pub(crate) struct Holder {
    #[row(key)]
    pub(crate) id: AccountId,
    pub(crate) number: i64,
    pub(crate) nickname: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) cents: i64,
}

/// Rows as events would have left them.
pub(crate) const FILL: &str = r#"INSERT INTO "holders"
SELECT 'acme', md5(number::text)::uuid, number, 'household-' || lpad(number::text, 10, '0'),
       'Annegret Friederike Schulze-Delitzsch', 'annegret.schulze@post.example', 0, 1, 0
FROM generate_series(1, $1::bigint) number"#;

impl View for Holder {
    type Event = AccountEvent;

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        match &event.event {
            AccountEvent::Opened { nickname, holder, email, .. } => Some(Self {
                id: event.stream_id(),
                number: nickname.rsplit_once('-')?.1.parse().ok()?,
                nickname: nickname.clone(),
                name: holder.clone(),
                email: email.clone(),
                cents: 0,
            }),
            AccountEvent::Deposited { amount, .. } => {
                row.map(|row| Self { cents: row.cents + amount, ..row })
            }
        }
    }
}

/// A holder by the id of the account.
#[derive(Clone, Debug, Query)]
#[query(one = Holder, roles("teller"))]
pub(crate) struct GetHolder {
    id: AccountId,
}

impl Ask for GetHolder {
    fn select(self) -> Select<Holder> {
        Select::by_key(self.id)
    }
}

/// Holders by nickname, those whose nickname contains a text if one is given.
#[derive(Clone, Debug, Default, Query)]
#[query(page = Holder, roles("teller"))]
pub(crate) struct ListHolders {
    text: Option<String>,
    cursor: Option<Cursor>,
}

impl Ask for ListHolders {
    fn select(self) -> Select<Holder> {
        Select::all().search(&["nickname"], self.text).sort(&["nickname"], None).page(None, self.cursor)
    }
}

/// The holder of this account.
pub(crate) fn point(asked: Asked) -> GetHolder {
    GetHolder { id: AccountId::from_uuid(workload::id(asked.number)) }
}

/// The page that answers it. A place in the middle is that after a row whose nickname and id are known.
pub(crate) fn list(asked: Asked) -> ListHolders {
    match asked.question {
        Question::Search => ListHolders { text: Some(asked.text()), cursor: None },
        Question::Point | Question::Page => ListHolders { text: None, cursor: after(asked.number) },
    }
}

fn after(number: u64) -> Option<Cursor> {
    let row = Holder {
        id: AccountId::from_uuid(workload::id(number)),
        number: number.cast_signed(),
        nickname: nickname(number),
        name: String::new(),
        email: String::new(),
        cents: 0,
    };
    ListHolders::default().select().finish().ok()?.cursor_after(&row.to_cells())
}
