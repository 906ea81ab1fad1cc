use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum ParcelEvent {
    Packed { grams: i64 },
    #[event(was = "Packed")]
    Wrapped { grams: i64 },
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum LetterEvent {
    #[event(name = "Written")]
    Typed,
    Written,
}

fn main() {}
