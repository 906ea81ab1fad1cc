//! What tests of a service, and of an adapter, are made with.
//!
//! - [`given`]: given what has happened, when a command comes, then this follows.
//! - [`TestService`]: a context over a database of its own, reached over HTTP without a network.
//! - [`conformance`]: what every adapter of the ports must do, one function a behaviour.
//! - [`deaths`]: every step at which a node can end, and a life in which it comes to all of them.
//! - [`faults`]: a database that fails, delays and hangs as a test has planned it.
//! - [`postgres`]: databases of a PostgreSQL server for tests, behind the feature of this name.

// The derives name the facade, which lies above this crate.
extern crate freehold_domain as freehold;

pub mod conformance;
pub mod deaths;
pub mod faults;
mod place;
#[cfg(feature = "postgres")]
pub mod postgres;
mod response;
mod scenario;
mod service;

pub use response::Response;
pub use scenario::{Given, When, given, now};
pub use service::{Client, TestService};
