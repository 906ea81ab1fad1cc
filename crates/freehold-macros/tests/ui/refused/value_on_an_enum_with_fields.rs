use freehold::prelude::*;

#[derive(Clone, Debug, Value)]
pub enum Size {
    Small,
    Other { grams: i64 },
}

fn main() {}
