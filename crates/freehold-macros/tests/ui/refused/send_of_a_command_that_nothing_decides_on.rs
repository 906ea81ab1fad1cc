#[path = "../sample.rs"]
mod sample;

use freehold::app::{Application, Caller};
use sample::{ParcelId, SendParcel};

async fn send(application: &Application, caller: Caller, id: ParcelId) {
    let _ = application.commands.send(caller, id, SendParcel {}).await;
}

fn main() {}
