//! What the test kit itself promises.

mod faults;
