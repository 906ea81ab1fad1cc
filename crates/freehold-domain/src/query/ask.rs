//! What a query is, and what says which rows answer it.

use super::{Answer, RowOf, Select};

/// A question. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    note = "add `#[derive(Query)]` with `#[query(one = Row, roles(..))]` or `#[query(page = Row, roles(..))]`"
)]
pub trait Query: Clone + Send + Sync + 'static {
    /// Its stable name.
    const NAME: &'static str;
    /// Who may ask it; empty is nobody.
    const ROLES: &'static [&'static str];
    /// Whether clients may follow what happens to the rows that answer it. They are told the key of each row of the view that
    /// changes, also where the query leaves the row out.
    const CHANGES: bool = false;
    /// `Option<Stored<Row>>`, `Page<Row>`, `CountedPage<Row>` or `OffsetPage<Row>`.
    type Answer: Answer;
}

/// Says which rows answer a query.
#[diagnostic::on_unimplemented(
    message = "nothing says which rows answer `{Self}`",
    note = "implement `freehold::Ask` for it"
)]
pub trait Ask: Query {
    /// The rows that answer it.
    fn select(self) -> Select<RowOf<Self>>;
}
