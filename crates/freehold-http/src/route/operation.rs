//! What answers a route: a command or a query, its types erased.

use std::fmt;

use axum::body::Bytes;
use freehold_app::{Application, AskOptions, Caller, Receipt, SendOptions, Sendable};
use freehold_domain::{
    Aggregate, Answer, Ask, Command, Found, ItemOf, Position, Rejection, Row, RowOf, Shape, Stored, Total,
    Version,
};
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::following::{Followed, follow};
use crate::{input, problem::Problem};

/// A command or a query.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Command(CommandOperation),
    Query(QueryOperation),
}

/// What is known of a command, and how it is carried out.
#[derive(Clone, Copy)]
pub(crate) struct CommandOperation {
    pub(crate) name: &'static str,
    pub(crate) roles: &'static [&'static str],
    pub(crate) aggregate: &'static str,
    pub(crate) creates: bool,
    pub(crate) rejections: &'static [&'static str],
    /// A reference to the schema of its body.
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) carry_out: fn(CommandCall) -> BoxFuture<'static, Result<Receipt, Problem>>,
}

/// A command as it came, and where it goes.
pub(crate) struct CommandCall {
    pub(crate) application: Application,
    pub(crate) caller: Caller,
    pub(crate) target: Option<Uuid>,
    pub(crate) body: Bytes,
    pub(crate) options: SendOptions,
}

/// What is known of a query, and how it is answered.
#[derive(Clone, Copy)]
pub(crate) struct QueryOperation {
    pub(crate) name: &'static str,
    pub(crate) roles: &'static [&'static str],
    pub(crate) view: &'static str,
    /// What is told beside the rows.
    pub(crate) shape: Shape,
    /// The schema itself, whose fields become parameters.
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    /// A reference to the schema of its rows.
    pub(crate) row: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) answer: fn(QueryCall) -> BoxFuture<'static, Result<Answered, Problem>>,
    pub(crate) stream: fn(QueryCall) -> BoxFuture<'static, Result<Streamed, Problem>>,
    /// Whether clients may follow its changes.
    pub(crate) changes: bool,
    pub(crate) follow: fn(QueryCall, Option<Position>) -> BoxFuture<'static, Result<Followed, Problem>>,
}

/// A query as it came.
pub(crate) struct QueryCall {
    pub(crate) application: Application,
    pub(crate) caller: Caller,
    pub(crate) parameters: input::Parameters,
    pub(crate) options: AskOptions,
}

/// The rows that answer a query.
pub(crate) struct Answered {
    /// Each as JSON, its fields in the order of the row.
    pub(crate) rows: Vec<String>,
    pub(crate) version: Option<Version>,
    /// What they have taken in, at least.
    pub(crate) position: Position,
    pub(crate) next: Option<String>,
    pub(crate) offset: u32,
    pub(crate) limit: u32,
    pub(crate) total: Total,
}

/// All rows that answer a query, as they are read.
pub(crate) struct Streamed {
    /// Each as JSON.
    pub(crate) rows: BoxStream<'static, Result<String, Problem>>,
    /// What the first of them have taken in, at least.
    pub(crate) position: Position,
}

impl CommandOperation {
    pub(super) fn of<C>() -> Self
    where
        C: Command + Sendable<<C as Command>::Kind> + DeserializeOwned + JsonSchema,
    {
        Self {
            name: C::NAME,
            roles: C::ROLES,
            aggregate: C::Aggregate::NAME,
            creates: C::CREATES,
            rejections: <<C::Aggregate as Aggregate>::Rejection as Rejection>::NAMES,
            schema: SchemaGenerator::subschema_for::<C>,
            carry_out: |call| Box::pin(carry_out::<C>(call)),
        }
    }
}

async fn carry_out<C>(call: CommandCall) -> Result<Receipt, Problem>
where
    C: Command + Sendable<<C as Command>::Kind> + DeserializeOwned + JsonSchema,
{
    let command: C = input::from_json(&call.body)?;
    let CommandCall { application, caller, target, options, .. } = call;
    let result = application.commands.dispatch(caller, target, command, options).await;
    result.map_err(|error| Problem::dispatch(C::Aggregate::NAME, error))
}

impl QueryOperation {
    pub(super) fn of<Q>() -> Self
    where
        Q: Ask + DeserializeOwned + JsonSchema,
        ItemOf<Q>: Serialize + JsonSchema,
    {
        Self {
            name: Q::NAME,
            roles: Q::ROLES,
            view: <RowOf<Q> as Row>::SCHEMA.view,
            shape: <Q::Answer as Answer>::SHAPE,
            schema: Q::json_schema,
            row: SchemaGenerator::subschema_for::<ItemOf<Q>>,
            answer: |call| Box::pin(answer::<Q>(call)),
            stream: |call| Box::pin(stream::<Q>(call)),
            changes: Q::CHANGES,
            follow: |call, after| Box::pin(follow::<Q>(call, after)),
        }
    }
}

async fn answer<Q>(call: QueryCall) -> Result<Answered, Problem>
where
    Q: Ask + DeserializeOwned,
    ItemOf<Q>: Serialize,
{
    let QueryCall { application, caller, parameters, options } = call;
    let query: Q = parameters.read()?;
    let answered = application.queries.ask_with(caller, query, options).await.map_err(Problem::query)?;
    let position = answered.position;
    let Found { rows, next, offset, limit, total } = answered.answer.into_found();
    let version = rows.first().map(|row| row.version);
    let rows = rows.iter().map(json).collect::<Result<_, _>>()?;
    let next = next.map(|cursor| cursor.to_string());
    Ok(Answered { rows, version, position, next, offset, limit, total })
}

async fn stream<Q>(call: QueryCall) -> Result<Streamed, Problem>
where
    Q: Ask + DeserializeOwned,
    ItemOf<Q>: Serialize,
{
    let QueryCall { application, caller, parameters, options } = call;
    let query: Q = parameters.read()?;
    let streamed = application.queries.stream(caller, query, options).await.map_err(Problem::query)?;
    let rows = streamed.answer.map(|row| json(&row.map_err(Problem::query)?));
    Ok(Streamed { rows: rows.boxed(), position: streamed.position })
}

pub(super) fn json<R: Serialize>(row: &Stored<R>) -> Result<String, Problem> {
    serde_json::to_string(row).map_err(|error| Problem::internal(&error))
}

impl Operation {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Command(command) => command.name,
            Self::Query(query) => query.name,
        }
    }

    pub(crate) fn roles(&self) -> &'static [&'static str] {
        match self {
            Self::Command(command) => command.roles,
            Self::Query(query) => query.roles,
        }
    }
}

impl fmt::Debug for CommandOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command {}", self.name)
    }
}

impl fmt::Debug for QueryOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query {}", self.name)
    }
}
