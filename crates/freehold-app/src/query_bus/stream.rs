//! All rows that answer a query, one after another, however many there are.

use std::future::ready;

use freehold_domain::{Ask, Cursor, ItemOf, Shape, Stored};
use freehold_ports::{StoreError, StoredRow};
use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};

use super::{Answered, AskOptions, QueryBus, QueryError, QueryRequest, Rows, request, typed_row};
use crate::Caller;

/// How many rows are read at once.
const PAGE: u32 = 500;

/// Rows as they are read. One that ends with an error has not told all of them.
pub type RowStream<T> = BoxStream<'static, Result<Stored<T>, QueryError>>;

impl QueryBus {
    /// Answers a query with all rows that match, and not with a page of them.
    ///
    /// They are read page by page, the next when the one before has been taken: so that the answer takes the memory of one
    /// page, and holds no connection to the database while nobody takes rows. Each page is read within the time that a
    /// query may take; there is no limit to the whole. A row that does not change meanwhile is in it exactly once. One
    /// that changes is told as it is when its page is read, and if its place in the order changes, perhaps twice or not at
    /// all.
    ///
    /// The first page is read before this returns, so that what is wrong with the question is its error, and none of the
    /// stream. A `limit` or an `offset` is refused; a `cursor` says where to begin.
    pub async fn stream<Q: Ask>(
        &self,
        caller: Caller,
        query: Q,
        options: AskOptions,
    ) -> Result<Answered<RowStream<ItemOf<Q>>>, QueryError> {
        let mut request = request::<Q>(caller, query.select().finish_whole()?, options);
        (request.info.shape, request.selection.limit) = (Shape::Page, PAGE);
        let first = self.read(request.clone()).await?;
        let reading = Reading { bus: self.clone(), request, next: first.next };
        let pages = stream::once(ready(Ok(first.rows))).chain(reading.pages());
        let rows = pages.map_ok(|rows| stream::iter(rows.into_iter().map(|row| Ok(typed_row(row)?))));
        Ok(Answered { answer: rows.try_flatten().boxed(), position: first.position })
    }
}

/// Where reading goes on.
struct Reading {
    bus: QueryBus,
    request: QueryRequest,
    next: Option<Cursor>,
}

impl Reading {
    fn pages(self) -> impl Stream<Item = Result<Vec<StoredRow>, QueryError>> + Send {
        stream::try_unfold(self, async |mut reading| {
            let Some(cursor) = reading.next.take() else { return Ok(None) };
            let page = reading.page_after(&cursor).await?;
            reading.next = page.next;
            Ok(Some((page.rows, reading)))
        })
    }

    /// The first page has waited for what it was to have taken in; what lies behind it is not older.
    async fn page_after(&self, cursor: &Cursor) -> Result<Rows, QueryError> {
        let mut request = QueryRequest { options: AskOptions::default(), ..self.request.clone() };
        let selection = &mut request.selection;
        selection.after = selection.place_at(cursor);
        if selection.after.is_none() {
            let reason = format!("the place behind a row of `{}` cannot be told", selection.schema.table);
            return Err(StoreError::Corrupt { reason }.into());
        }
        self.bus.read(request).await
    }
}
