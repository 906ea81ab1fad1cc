//! What the repository does to itself.
fn main() {}
