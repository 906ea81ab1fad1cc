//! What the generator can be relied on for, one module for each part of it.

mod samples;
