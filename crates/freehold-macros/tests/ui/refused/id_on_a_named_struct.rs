use freehold::prelude::*;

#[derive(Id)]
pub struct ParcelId {
    pub id: Uuid,
}

fn main() {}
