use freehold::prelude::*;

#[derive(Clone, Row)]
#[row(name = "post.ParcelCard", table = "parcel_cards")]
pub struct ParcelCard {
    pub grams: i64,
}

fn main() {}
