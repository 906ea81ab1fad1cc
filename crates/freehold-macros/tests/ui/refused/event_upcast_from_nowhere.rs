use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum ParcelEvent {
    #[event(version = 2, upcast(1 = same, 2 = same))]
    Packed { grams: i64 },
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum LetterEvent {
    #[event(version = 2, upcast(0 = same))]
    Written { words: i64 },
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum CardEvent {
    #[event(upcast(1 = same))]
    Written { words: i64 },
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum StampEvent {
    #[event(version = 0)]
    Printed,
}

fn main() {}
