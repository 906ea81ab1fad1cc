use freehold::prelude::*;

#[derive(Clone)]
pub struct Parcel;

#[derive(Clone, Serialize, Validate, Command)]
#[command(creates = Parcel, roles("clerk"))]
pub struct PackParcel {}

fn main() {}
