#[path = "../sample.rs"]
mod sample;

use freehold::prelude::*;
use sample::ParcelCard;

fn main() {
    let _ = Select::all().filter(ParcelCard::GRAMS, Some("heavy".to_owned()));
}
