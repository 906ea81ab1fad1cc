//! What the application layer promises to contexts, over a database in memory.

mod bank;
mod logs;
mod service;

mod changes;
mod commands;
mod conflicts;
mod crashes;
mod database_urls;
mod freshness;
mod host;
mod hot_state;
mod idempotency;
mod inline;
mod middleware;
mod published;
mod queries;
mod rebuilds;
mod refused;
mod scripted;
mod snapshots;
mod streams;
mod subscriptions;
mod time_travel;
mod uniqueness;
mod workers;
