//! The load: what the clients of a node do, all of it drawn from a seed.

mod commands;
mod dice;
mod draw;
mod node;
mod readers;
mod rebuilder;
mod rows;
mod sender;
mod subscribers;
mod twins;
mod workers;
mod writer;

pub use dice::Dice;
pub(crate) use draw::TENANTS;
pub use node::{Phase, Said, Settings, run};
pub(crate) use rows::{PAUSE, rows_of};
pub(crate) use workers::step;
