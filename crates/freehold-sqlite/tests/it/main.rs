//! The conformance suite on SQLite, and what is particular to a file.

mod suite;
