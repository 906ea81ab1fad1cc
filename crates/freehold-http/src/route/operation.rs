//! What answers a route: a command or a query, its types erased.

use std::fmt;

use axum::body::Bytes;
use freehold_app::{Application, AskOptions, Caller, Receipt, SendOptions, Sendable};
use freehold_domain::{Aggregate, Answer, Ask, Command, Position, Query, Rejection, Row, Stored, Version};
use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

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
    pub(crate) one: bool,
    /// The schema itself, whose fields become parameters.
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    /// A reference to the schema of its rows.
    pub(crate) row: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) answer: fn(QueryCall) -> BoxFuture<'static, Result<Answered, Problem>>,
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
        <<Q as Query>::Answer as Answer>::Row: Serialize + JsonSchema,
    {
        Self {
            name: Q::NAME,
            roles: Q::ROLES,
            view: <<<Q as Query>::Answer as Answer>::Row as Row>::SCHEMA.view,
            one: <Q::Answer as Answer>::ONE,
            schema: Q::json_schema,
            row: SchemaGenerator::subschema_for::<<<Q as Query>::Answer as Answer>::Row>,
            answer: |call| Box::pin(answer::<Q>(call)),
        }
    }
}

async fn answer<Q>(call: QueryCall) -> Result<Answered, Problem>
where
    Q: Ask + DeserializeOwned,
    <<Q as Query>::Answer as Answer>::Row: Serialize,
{
    let QueryCall { application, caller, parameters, options } = call;
    let query: Q = parameters.read()?;
    let answered = application.queries.ask_with(caller, query, options).await.map_err(Problem::query)?;
    let position = answered.position;
    let (rows, next) = answered.answer.into_rows();
    let version = rows.first().map(|row| row.version);
    let rows = rows.iter().map(json).collect::<Result<_, _>>()?;
    Ok(Answered { rows, version, position, next: next.map(|cursor| cursor.to_string()) })
}

fn json<R: Serialize>(row: &Stored<R>) -> Result<String, Problem> {
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
