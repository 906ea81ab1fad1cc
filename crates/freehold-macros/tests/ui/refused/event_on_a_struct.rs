use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub struct Packed {
    pub grams: i64,
}

fn main() {}
