use freehold::{Fields, UpcastError, prelude::*};

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum ParcelEvent {
    #[event(version = 2)]
    Packed { grams: i64 },
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum LetterEvent {
    #[event(version = 4, upcast(1 = same, 3 = same))]
    Written { words: i64 },
}

fn same(fields: Fields) -> Result<Fields, UpcastError> {
    Ok(fields)
}

fn main() {}
