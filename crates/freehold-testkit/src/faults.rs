//! Faults: a database around another one that fails, delays and hangs as a test has planned it, or as a seed draws it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use freehold_memory::Memory;
//! use freehold_testkit::faults::{Fault, Faults, Operation, Trouble};
//!
//! let faults = Faults::default();
//! let database = faults.around(Arc::new(Memory::new()));
//! // The next append is written, and whoever waits for it is told that the store cannot be reached.
//! faults.plan(Operation::Append, &Fault::After(Trouble::Failure), 1);
//! # use freehold_ports::EventStore;
//! # use freehold_domain::*;
//! # let append = freehold_ports::Append {
//! #     tenant: TenantId::platform(), stream: StreamId::new("a.B", uuid::Uuid::nil()),
//! #     expected: freehold_ports::Expected::Any, unless: vec![], events: vec![], once: None, inline: vec![],
//! #     metadata: Metadata {
//! #         time: Timestamp::from_micros(0), actor: ActorId::system(), causation: None,
//! #         correlation: CorrelationId(uuid::Uuid::nil()), command: CommandId(uuid::Uuid::nil()),
//! #     },
//! # };
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async { database.append(append).await.unwrap_err() });
//! ```

mod faulty;
mod gate;
mod line;
mod plan;
mod seed;

pub use faulty::Faulty;
pub use gate::Gate;
pub use plan::{Draw, Fault, Faults, Operation, Trouble};
pub use seed::Seed;
