//! The command bus: typed at both ends, the same steps for every command between them.

mod dispatch;
mod error;
mod handler;
mod request;
mod steps;

pub use dispatch::{CommandBus, SendOptions};
pub use error::{AnyRejection, DispatchError};
pub use handler::Sendable;
pub use request::{Accepted, CommandInfo, CommandRequest, Receipt};

pub(crate) use handler::Log;
pub(crate) use steps::{Settings, stack};

use tower::util::BoxCloneSyncService;

/// The stack of middleware with the handler at its end.
pub type CommandService = BoxCloneSyncService<CommandRequest, Receipt, DispatchError>;
