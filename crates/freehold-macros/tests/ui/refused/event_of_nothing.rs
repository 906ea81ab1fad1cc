use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, Event)]
pub enum ParcelEvent {
    Packed { grams: i64 },
}

fn main() {}
