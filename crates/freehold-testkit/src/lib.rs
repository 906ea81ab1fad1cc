//! What tests of a service, and of an adapter, are made with.
//!
//! - [`given`]: given what has happened, when a command comes, then this follows.
//! - [`TestService`]: a context over SQLite, reached over HTTP without a network.
//! - [`conformance`]: what every adapter of the ports must do, one function a behaviour.
//! - [`faults`]: a database that fails, delays and hangs as a test has planned it.

// The derives name the facade, which lies above this crate.
extern crate freehold_domain as freehold;

pub mod conformance;
pub mod faults;
mod response;
mod scenario;
mod service;

pub use response::Response;
pub use scenario::{Given, When, given, now};
pub use service::{Client, TestService};
