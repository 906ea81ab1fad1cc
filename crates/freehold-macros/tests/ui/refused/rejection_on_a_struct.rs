use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)]
#[error("too heavy")]
pub struct TooHeavy {
    pub grams: i64,
}

fn main() {}
