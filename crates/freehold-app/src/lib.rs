//! The application layer: buses that commands and queries travel on, workers that keep read models up to date, and the
//! host that composes a service from its contexts.

mod backoff;
mod caller;
mod changes;
mod command_bus;
mod context;
mod database_url;
mod follower;
mod freshness;
mod host;
mod hot_state;
mod middleware;
mod node;
mod node_roles;
mod operations;
mod projection;
mod query_bus;
mod reader;
mod rebuild;
mod repository;
mod scripted;
mod spread;
mod subscription;
mod system;
mod tasks;
mod time_travel;
mod worker;

pub use caller::{Caller, Roles};
pub use changes::{ChangeStream, ChangedRow, ListChange};
pub use command_bus::{
    Accepted, AnyRejection, CommandBus, CommandInfo, CommandRequest, CommandService, DispatchError, Receipt,
    SendOptions, Sendable,
};
pub use context::Context;
pub use database_url::{DatabaseUrl, DatabaseUrlError, PostgresUrl};
pub use follower::{Lag, PartitionStatus, ProjectionStatus, WaitError};
pub use host::{Application, Builder, Health, Host, ProjectionHealth, StartError};
pub use middleware::{FromFn, FromFnLayer, Next, from_fn};
pub use node_roles::{NodeRole, NodeRoles, NodeRolesError};
pub use operations::{OperationError, Operations, RebuildStatus, Retried};
pub use query_bus::{
    Answered, AskOptions, QueryBus, QueryError, QueryInfo, QueryRequest, QueryService, RowStream, Rows,
};
pub use subscription::{EventStream, Subscription, Unreadable};
pub use system::{SystemClock, SystemIds};
pub use time_travel::{At, StateAt, StateAtError};
