//! A server that is stopped, killed, and left behind. Without PostgreSQL these tests say that they are skipped.

mod server;
