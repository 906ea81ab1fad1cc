//! What travels on the command bus, its types erased.

use std::{fmt, sync::Arc};

use freehold_domain::{Aggregate, Command, CommandId, Id, Position, Version};
use uuid::Uuid;

use super::handler::Handler;
use crate::Caller;

/// A command on its way, as middleware sees it.
#[derive(Clone)]
pub struct CommandRequest {
    /// What it is.
    pub info: CommandInfo,
    /// Who sends it.
    pub caller: Caller,
    /// Its id.
    pub command_id: CommandId,
    /// Whether the id was given by the sender, so that the same command again returns the first outcome.
    pub once: bool,
    /// The id of the aggregate that it addresses or, if it creates one, that it will have.
    pub target: Uuid,
    /// The version that the sender has seen; at another one the command is not carried out.
    pub expected: Option<Version>,
    pub(crate) handler: Arc<dyn Handler>,
}

impl fmt::Debug for CommandRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandRequest")
            .field("name", &self.info.name)
            .field("command_id", &self.command_id)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// What is known of a command without its content.
#[derive(Clone, Copy, Debug)]
pub struct CommandInfo {
    /// Its stable name.
    pub name: &'static str,
    /// Who may send it.
    pub roles: &'static [&'static str],
    /// The aggregate that decides on it, with its context before it.
    pub aggregate: &'static str,
}

impl CommandInfo {
    /// What is known of the command `C`.
    pub fn of<C: Command>() -> Self {
        Self { name: C::NAME, roles: C::ROLES, aggregate: C::Aggregate::NAME }
    }
}

/// What a command led to, as middleware sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the aggregate.
    pub id: Uuid,
    /// The version that it is at now.
    pub version: Version,
    /// The position of the last event; a query that asks for at least this position sees it.
    pub position: Position,
    /// Whether it had been carried out before, under the same command id.
    pub replayed: bool,
}

/// What a command led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted<I> {
    /// The id of the aggregate.
    pub id: I,
    /// The version that it is at now.
    pub version: Version,
    /// The position of the last event; a query that asks for at least this position sees it.
    pub position: Position,
    /// Whether it had been carried out before, under the same command id.
    pub replayed: bool,
}

impl<I: Id> From<Receipt> for Accepted<I> {
    fn from(receipt: Receipt) -> Self {
        let Receipt { id, version, position, replayed } = receipt;
        Self { id: I::from_uuid(id), version, position, replayed }
    }
}
