use freehold::prelude::*;

#[derive(Clone, Excerpt)]
pub struct Label {
    pub grams: i64,
}

#[derive(Clone, Excerpt)]
#[excerpt(from = ParcelCard)]
pub struct Note {
    pub grams: i64,
}

fn main() {}
