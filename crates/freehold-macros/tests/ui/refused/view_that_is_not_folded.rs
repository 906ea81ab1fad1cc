#[path = "../sample.rs"]
mod sample;

use freehold::app::Context;
use sample::ParcelCard;

fn main() {
    let _ = Context::new("post").view::<ParcelCard>();
}
