//! The front of the command bus: typed commands in, typed answers out.

use std::sync::Arc;

use freehold_domain::{Aggregate, Change, Command, CommandId, Creation, Id, Rejection, Version};
use freehold_ports::IdSource;
use tower::ServiceExt;
use uuid::Uuid;

use super::{
    Accepted, CommandInfo, CommandRequest, CommandService, DispatchError, Receipt,
    handler::{Deciding, Sendable},
};
use crate::Caller;

type Answer<C> = Result<
    Accepted<<<C as Command>::Aggregate as Aggregate>::Id>,
    DispatchError<<<C as Command>::Aggregate as Aggregate>::Rejection>,
>;

/// Sends commands.
#[derive(Clone)]
pub struct CommandBus {
    service: CommandService,
    ids: Arc<dyn IdSource>,
}

/// What a sender may say beside the command.
#[derive(Clone, Copy, Debug, Default)]
pub struct SendOptions {
    /// With an id, the same command again returns the first outcome and changes nothing.
    pub command_id: Option<CommandId>,
    /// At another version than this the command is not carried out.
    pub expected: Option<Version>,
}

impl CommandBus {
    pub(crate) fn new(service: CommandService, ids: Arc<dyn IdSource>) -> Self {
        Self { service, ids }
    }

    /// Creates an aggregate.
    pub async fn create<C>(&self, caller: Caller, command: C) -> Answer<C>
    where
        C: Sendable<Creation>,
    {
        self.create_with(caller, command, SendOptions::default()).await
    }

    /// Creates an aggregate, with options. With a command id, the id of the aggregate follows from it.
    pub async fn create_with<C>(&self, caller: Caller, command: C, options: SendOptions) -> Answer<C>
    where
        C: Sendable<Creation>,
    {
        typed::<C::Aggregate>(self.deliver::<C, Creation>(caller, None, command, options).await)
    }

    /// Sends a command to an aggregate.
    pub async fn send<C>(&self, caller: Caller, id: <C::Aggregate as Aggregate>::Id, command: C) -> Answer<C>
    where
        C: Sendable<Change>,
    {
        self.send_with(caller, id, command, SendOptions::default()).await
    }

    /// Sends a command to an aggregate, with options.
    pub async fn send_with<C>(
        &self,
        caller: Caller,
        id: <C::Aggregate as Aggregate>::Id,
        command: C,
        options: SendOptions,
    ) -> Answer<C>
    where
        C: Sendable<Change>,
    {
        typed::<C::Aggregate>(self.deliver::<C, Change>(caller, Some(id.as_uuid()), command, options).await)
    }

    /// Sends a command of either kind, its answer without types: for transports. Without a target, the id of what is
    /// created follows from the command id if one is given, and is new otherwise.
    pub async fn dispatch<C>(
        &self,
        caller: Caller,
        target: Option<Uuid>,
        command: C,
        options: SendOptions,
    ) -> Result<Receipt, DispatchError>
    where
        C: Command + Sendable<<C as Command>::Kind>,
    {
        self.deliver::<C, C::Kind>(caller, target, command, options).await
    }

    async fn deliver<C, Kind>(
        &self,
        caller: Caller,
        target: Option<Uuid>,
        command: C,
        options: SendOptions,
    ) -> Result<Receipt, DispatchError>
    where
        C: Sendable<Kind>,
        Kind: 'static,
    {
        let command_id = options.command_id.unwrap_or_else(|| CommandId(self.ids.next()));
        let new = || match options.command_id {
            Some(id) => created_by::<C::Aggregate>(id),
            None => self.ids.next(),
        };
        let request = CommandRequest {
            info: CommandInfo::of::<C>(),
            caller,
            command_id,
            once: options.command_id.is_some(),
            target: target.unwrap_or_else(new),
            expected: options.expected,
            handler: Arc::new(Deciding::<C, Kind>::new(command)),
        };
        self.service.clone().oneshot(request).await
    }
}

/// The id of the aggregate that a command with this id creates.
fn created_by<A: Aggregate>(command: CommandId) -> Uuid {
    Uuid::new_v5(&command.0, A::NAME.as_bytes())
}

fn typed<A: Aggregate>(
    result: Result<Receipt, DispatchError>,
) -> Result<Accepted<A::Id>, DispatchError<A::Rejection>>
where
    A::Rejection: Rejection,
{
    result.map(Accepted::from).map_err(DispatchError::typed)
}
