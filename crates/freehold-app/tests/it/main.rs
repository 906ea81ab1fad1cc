//! What the application layer promises to contexts, over a database in memory.

mod bank;
mod faults;
mod logs;
mod service;

mod commands;
mod conflicts;
mod host;
mod hot_state;
mod idempotency;
mod inline;
mod middleware;
mod queries;
mod snapshots;
mod time_travel;
mod uniqueness;
mod workers;
