use freehold::prelude::*;

#[derive(Clone, Serialize, Validate, Command)]
#[command(create = Parcel)]
pub struct PackParcel {}

#[derive(Clone, Query)]
#[query(answer = ParcelCard)]
pub struct GetParcel {}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum ParcelEvent {
    #[event(public)]
    Packed,
}

#[derive(Clone, Row)]
#[row(name = "post.ParcelCard", tables = "parcel_cards")]
pub struct ParcelCard {
    #[row(key)]
    pub id: i64,
}

#[derive(Clone, Validate, Value)]
#[value(rules, trimmed)]
#[garde(transparent)]
pub struct Code(#[garde(length(min = 1))] String);

fn main() {}
