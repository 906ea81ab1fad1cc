use freehold::prelude::*;

#[derive(Clone, Debug, Value)]
pub struct Size {
    pub height: i64,
    pub width: i64,
}

fn main() {}
