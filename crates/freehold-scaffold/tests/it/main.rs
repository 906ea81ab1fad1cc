//! What the generator writes, and the data that it finds for tests.

mod generated;
mod samples;
