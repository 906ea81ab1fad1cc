use freehold::prelude::*;

#[derive(Clone)]
pub struct Label;

#[derive(Clone, Row)]
#[row(name = "post.ParcelCard", table = "parcel_cards")]
pub struct ParcelCard {
    #[row(key)]
    pub id: i64,
    pub label: Label,
}

fn main() {}
