use freehold::prelude::*;

#[derive(Clone, Serialize, Validate, Command)]
#[command(creates = Parcel, roles("clerk"))]
#[garde(transparent)]
pub struct PackParcel(#[garde(range(min = 1))] i64);

fn main() {}
