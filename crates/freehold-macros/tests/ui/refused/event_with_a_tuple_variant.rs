use freehold::prelude::*;

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum ParcelEvent {
    Packed(i64),
}

fn main() {}
