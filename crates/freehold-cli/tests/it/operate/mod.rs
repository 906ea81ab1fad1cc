//! The verbs that operate a running service, against one that only plays its part.

mod audit;
mod dead_letters;
mod events;
mod nodes;
mod projections;
mod rebuilds;
mod refusals;
mod service;
mod streams;
mod watch;
