use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum ParcelEvent {
    #[event(version = 3, upcast(1 = with_grams, 2 = same, 1 = same))]
    Packed { grams: i64 },
}

fn main() {}
