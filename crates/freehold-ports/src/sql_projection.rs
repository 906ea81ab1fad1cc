//! SQL projections and reactions: what runs statements in the transaction of a checkpoint, where a fold does not fit.

use std::future::Future;

use freehold_domain::{Cell, EventSet, Recorded, Row, RowKey};

use crate::{Sql, SqlError};

/// A read model that is written by SQL, for what a fold over single rows cannot do: changing many rows at once, or what
/// follows from other rows. Its table is that of a row type, so that it is queried and rebuilt like any view.
///
/// Its statements run in the transaction that moves its checkpoint, so each event is taken in exactly once; workers do
/// it, never appends. While it is rebuilt, `{table}` in a statement is the table that is being filled. What a rebuild
/// makes of the log has to be what was made of it before: a projection reads and writes its own table alone, writes
/// `tenant_id`, `version` and `position` of each row as the other columns, looks at no clock, and names the tenant in
/// every statement. Statements should change nothing when they are run again (`ON CONFLICT`, or a guard over `position`).
///
/// It has no side effects: what is to be done beside rows is a [`Reaction`].
///
/// ```
/// # use freehold::{prelude::*, ports::{Lane, Sql, SqlError, SqlProjection}};
/// # #[derive(Id)] pub struct CustomerId(Uuid);
/// # #[derive(Id)] pub struct OrderId(Uuid);
/// # #[derive(Clone, Debug, PartialEq, Event)] #[event(of = Order)]
/// # pub enum OrderEvent { Placed { customer: CustomerId, total: Decimal }, CustomerRenamed { customer: CustomerId, name: String } }
/// # #[derive(Clone)] pub struct Order;
/// # #[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)] pub enum OrderRejection {}
/// # impl Aggregate for Order {
/// #     const NAME: &'static str = "sales.Order";
/// #     type Id = OrderId;
/// #     type Event = OrderEvent;
/// #     type Rejection = OrderRejection;
/// #     fn begin(_: &OrderEvent) -> Option<Self> { Some(Self) }
/// #     fn evolve(&mut self, _: &OrderEvent) {}
/// # }
/// #[derive(Clone, Row)]
/// #[row(name = "sales.OrderLine", table = "sales_order_lines")]
/// pub struct OrderLine {
///     #[row(key)]
///     id: OrderId,
///     customer: CustomerId,
///     customer_name: String,
///     total: Decimal,
/// }
///
/// impl SqlProjection for OrderLine {
///     type Event = OrderEvent;
///
///     // What is said of a customer touches all orders of theirs.
///     fn lane(event: &Recorded<OrderEvent>) -> Option<Lane> {
///         let (OrderEvent::Placed { customer, .. } | OrderEvent::CustomerRenamed { customer, .. }) = &event.event;
///         Some(Lane::of(*customer))
///     }
///
///     async fn apply(event: Recorded<OrderEvent>, mut sql: Sql) -> Result<(), SqlError> {
///         match &event.event {
///             OrderEvent::Placed { customer, total } => {
///                 let order = OrderId::from_uuid(event.stream.id());
///                 let insert = "INSERT INTO {table} (tenant_id, id, customer, customer_name, total, version, position)
///                     VALUES ($1, $2, $3, '', $4, 1, $5) ON CONFLICT (tenant_id, id) DO NOTHING";
///                 sql.execute(insert, &[&event.tenant, &order, customer, total, &event.position]).await?;
///             }
///             OrderEvent::CustomerRenamed { customer, name } => {
///                 let rename = "UPDATE {table} SET customer_name = $3, version = version + 1, position = $4
///                     WHERE tenant_id = $1 AND customer = $2 AND position < $4";
///                 sql.execute(rename, &[&event.tenant, customer, name, &event.position]).await?;
///             }
///         }
///         Ok(())
///     }
/// }
/// let context = Context::new("sales").sql_projection::<OrderLine>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not written by SQL",
    note = "implement `freehold::ports::SqlProjection` for it: which events it takes in, in which lane, and what it runs for each"
)]
pub trait SqlProjection: Row {
    /// The events that it takes in: those of an aggregate, or a union of several.
    type Event: EventSet;

    /// What the event has to be in order with; `None` leaves the projection alone.
    ///
    /// Events of one lane are taken in one after the other, in the order of the log. Those of two lanes may be taken in at
    /// the same time and by different nodes: they must neither write nor read each other's rows. An event that cannot be taken
    /// in stops its lane, and no other. Whoever changes lanes raises the `version` of the row.
    fn lane(event: &Recorded<Self::Event>) -> Option<Lane>;

    /// Takes the event in.
    fn apply(event: Recorded<Self::Event>, sql: Sql) -> impl Future<Output = Result<(), SqlError>> + Send;
}

/// What is done in the database when an event has happened, beside all read models: an entry in a table that another
/// program reads, a `NOTIFY` (which has commits on the whole server wait for each other). It happens exactly once an event, and no rebuild does it again: a reaction has a checkpoint of
/// its own, begins where the log ends when a node that has it is first started, and is never rebuilt.
///
/// What leaves the database is not for it, since that cannot be undone with a transaction:
/// a subscription of the application is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reaction",
    note = "implement `freehold::ports::Reaction` for it: which events it reacts to, in which lane, and what it runs for each"
)]
pub trait Reaction: Send + Sync + 'static {
    /// Its stable name, with its context before it. Under another name it is another one, which begins where the log ends.
    const NAME: &'static str;
    /// The events that it reacts to.
    type Event: EventSet;

    /// What the event has to be in order with; `None` leaves it alone. See [`SqlProjection::lane`]. Under one name it never
    /// changes: an event that came into another lane could be reacted to twice, or never.
    fn lane(event: &Recorded<Self::Event>) -> Option<Lane>;

    /// Reacts to the event.
    fn react(event: Recorded<Self::Event>, sql: Sql) -> impl Future<Output = Result<(), SqlError>> + Send;
}

/// What events have to be in order with each other, among those of their tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane(Vec<Cell>);

impl Lane {
    /// All of the tenant's.
    pub fn tenant() -> Self {
        Self(Vec::new())
    }

    /// Those of its stream.
    pub fn stream<E>(event: &Recorded<E>) -> Self {
        Self(vec![Cell::Uuid(event.stream.id())])
    }

    /// Those of this key.
    pub fn of(key: impl RowKey) -> Self {
        Self(key.into_cells())
    }

    /// One cell a part of its key.
    pub fn into_cells(self) -> Vec<Cell> {
        self.0
    }
}
