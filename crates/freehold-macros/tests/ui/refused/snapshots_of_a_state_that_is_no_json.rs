#[path = "../sample.rs"]
mod sample;

use freehold::prelude::*;
use sample::Parcel;

fn main() {
    let _ = Snapshots::<Parcel>::every(200);
}
