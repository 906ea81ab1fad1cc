#[path = "../sample.rs"]
mod sample;

use freehold::app::{Application, Caller};
use sample::{GetParcel, ParcelId};

async fn ask(application: &Application, caller: Caller, id: ParcelId) {
    let _ = application.queries.ask(caller, GetParcel { id }).await;
}

fn main() {}
