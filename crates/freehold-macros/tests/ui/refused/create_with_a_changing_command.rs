#[path = "../sample.rs"]
mod sample;

use freehold::{app::{Application, Caller}, prelude::*};
use sample::{Parcel, ParcelRejection, SendParcel};

impl Decide<SendParcel> for Parcel {
    fn decide(&self, _: SendParcel, _: Timestamp) -> Result<Events<Self>, ParcelRejection> {
        Ok(Events::none())
    }
}

async fn create(application: &Application, caller: Caller) {
    let _ = application.commands.create(caller, SendParcel {}).await;
}

fn main() {}
