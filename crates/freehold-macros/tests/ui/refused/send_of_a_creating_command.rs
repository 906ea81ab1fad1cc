#[path = "../sample.rs"]
mod sample;

use freehold::app::{Application, Caller};
use sample::{PackParcel, ParcelId};

async fn send(application: &Application, caller: Caller, id: ParcelId) {
    let _ = application.commands.send(caller, id, PackParcel { grams: 1 }).await;
}

fn main() {}
