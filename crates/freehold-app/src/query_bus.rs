//! The query bus: typed questions to read models, and to nothing else.

mod stack;
mod stream;

use std::{fmt, time::Duration};

use freehold_domain::{
    Answer, Ask, Cursor, Excerpt, Found, Invalid, ItemOf, Position, Query, Row, Selection, Shape, Stored,
    Total,
};
use freehold_ports::{StoreError, StoredRow};
use tower::{ServiceExt, util::BoxCloneSyncService};

pub(crate) use stack::stack;
pub use stream::RowStream;

use crate::{Caller, caller};

/// The stack of middleware with the read models at its end.
pub type QueryService = BoxCloneSyncService<QueryRequest, Rows, QueryError>;

/// Answers queries.
#[derive(Clone)]
pub struct QueryBus {
    service: QueryService,
}

/// A query on its way, as middleware sees it.
#[derive(Clone)]
pub struct QueryRequest {
    /// What it is.
    pub info: QueryInfo,
    /// Who asks.
    pub caller: Caller,
    /// The rows that answer it.
    pub selection: Selection,
    /// What else is asked for.
    pub options: AskOptions,
}

/// What is asked for beside the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskOptions {
    /// The rows have to have taken in what lies at or before this position: the one that a command was
    /// [answered with](crate::Accepted), for somebody who wants to see what they have written. The query waits for it, as
    /// long as [`view_timeout`](crate::Builder::view_timeout) says.
    pub at_least: Option<Position>,
}

/// An answer, and how new it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered<A> {
    /// What was asked for.
    pub answer: A,
    /// The rows have taken in what lies at or before this position, and perhaps more.
    pub position: Position,
}

impl fmt::Debug for QueryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryRequest").field("name", &self.info.name).finish_non_exhaustive()
    }
}

/// What is known of a query without its content.
#[derive(Clone, Copy, Debug)]
pub struct QueryInfo {
    /// Its stable name.
    pub name: &'static str,
    /// Who may ask it.
    pub roles: &'static [&'static str],
    /// What is told beside the rows.
    pub shape: Shape,
}

/// Rows that answer a query, as middleware sees them.
#[derive(Clone, Debug)]
pub struct Rows {
    /// In order.
    pub rows: Vec<StoredRow>,
    /// Where the next ones begin, if there are any.
    pub next: Option<Cursor>,
    /// How many there are; nothing where that is not told.
    pub total: Total,
    /// They have taken in what lies at or before this position, and perhaps more.
    pub position: Position,
}

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Something is wrong with what was asked.
    #[error("the query is not valid: {0}")]
    Invalid(#[from] Invalid),
    /// The caller has none of the roles that may ask.
    #[error("`{query}` may be asked by: {}", caller::listed(allowed))]
    Forbidden {
        /// The query.
        query: &'static str,
        /// Who may ask it.
        allowed: &'static [&'static str],
    },
    /// The view has not taken in what it was to have taken in.
    #[error("the view `{view}` stands at position {position}, and {asked} was asked for: {reason}")]
    Behind {
        /// The view.
        view: &'static str,
        /// Where it stands.
        position: Position,
        /// What was asked for.
        asked: Position,
        /// What keeps it there, without the content of an event.
        reason: String,
    },
    /// The view was to have taken in a position that the log does not have.
    #[error("the log ends at position {end}, and {asked} was asked for")]
    BeyondTheLog {
        /// What was asked for.
        asked: Position,
        /// Where the log ends.
        end: Position,
    },
    /// It took longer than it may.
    #[error("the query took longer than {0:?}")]
    TimedOut(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl QueryBus {
    pub(crate) fn new(service: QueryService) -> Self {
        Self { service }
    }

    /// Answers a query with what the read models hold now.
    pub async fn ask<Q: Ask>(&self, caller: Caller, query: Q) -> Result<Q::Answer, QueryError> {
        self.ask_with(caller, query, AskOptions::default()).await.map(|answered| answered.answer)
    }

    /// The same with options, and with how new the answer is.
    pub async fn ask_with<Q: Ask>(
        &self,
        caller: Caller,
        query: Q,
        options: AskOptions,
    ) -> Result<Answered<Q::Answer>, QueryError> {
        let mut selection = query.select().finish()?;
        if Q::Answer::SHAPE.is_one() {
            selection.limit = 1;
        }
        let request = request::<Q>(caller, selection, options);
        let (offset, limit) = (request.selection.offset, request.selection.limit);
        let Rows { rows, next, total, position } = self.read(request).await?;
        let found = Found { rows: typed(rows)?, next, offset, limit, total };
        Ok(Answered { answer: Q::Answer::from_found(found), position })
    }

    /// Sends a request through all that queries go through.
    pub(crate) async fn read(&self, request: QueryRequest) -> Result<Rows, QueryError> {
        self.service.clone().oneshot(request).await
    }
}

/// Reads what the answer tells of each row, and nothing else.
pub(crate) fn request<Q: Query>(caller: Caller, selection: Selection, options: AskOptions) -> QueryRequest {
    let info = QueryInfo { name: Q::NAME, roles: Q::ROLES, shape: Q::Answer::SHAPE };
    let selection = Selection { columns: ItemOf::<Q>::columns(), ..selection };
    QueryRequest { info, caller, selection, options }
}

fn typed<T: Excerpt>(rows: Vec<StoredRow>) -> Result<Vec<Stored<T>>, StoreError> {
    rows.into_iter().map(typed_row).collect()
}

pub(crate) fn typed_row<T: Excerpt>(row: StoredRow) -> Result<Stored<T>, StoreError> {
    let StoredRow { cells, version, position } = row;
    let corrupt = |error| StoreError::Corrupt {
        reason: format!("a row of `{}`: {error}", <T::Row as Row>::SCHEMA.table),
    };
    Ok(Stored { row: T::read(cells).map_err(corrupt)?, version, position })
}
