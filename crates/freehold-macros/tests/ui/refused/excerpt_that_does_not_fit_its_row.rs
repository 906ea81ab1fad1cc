#[path = "../sample.rs"]
mod sample;

use freehold::prelude::*;
use sample::{ParcelCard, ParcelId};

#[derive(Clone, Excerpt)]
#[excerpt(of = ParcelCard)]
pub struct WithAnotherField {
    pub weight: i64,
}

#[derive(Clone, Excerpt)]
#[excerpt(of = ParcelCard)]
pub struct WithAnotherType {
    pub grams: Option<String>,
}

#[derive(Clone, Excerpt)]
#[excerpt(of = ParcelCard)]
pub struct WhereItMayBeAbsent {
    pub id: ParcelId,
    pub grams: i64,
}

fn main() {}
