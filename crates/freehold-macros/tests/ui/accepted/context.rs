#[path = "../sample.rs"]
mod sample;

use freehold::{
    app::{Application, Caller, Context},
    prelude::*,
};
use sample::{GetParcel, PackParcel, Parcel, ParcelCard, ParcelEvent, ParcelId, ParcelRejection, SendParcel};

impl Decide<SendParcel> for Parcel {
    fn decide(&self, _: SendParcel, _: Timestamp) -> Result<Events<Self>, ParcelRejection> {
        Ok(Events::none())
    }
}

impl View for ParcelCard {
    type Event = ParcelEvent;

    fn key(event: &Recorded<ParcelEvent>) -> Option<ParcelId> {
        Some(event.stream_id())
    }

    fn evolve(_: Option<Self>, event: &Recorded<ParcelEvent>) -> Option<Self> {
        let ParcelEvent::Packed { grams } = event.event;
        Some(Self { id: event.stream_id(), grams: Some(grams) })
    }
}

impl Ask for GetParcel {
    fn select(self) -> Select<ParcelCard> {
        Select::by_key(self.id).filter(ParcelCard::GRAMS, Some(1))
    }
}

async fn use_it(application: &Application, caller: Caller) {
    let packed = application.commands.create(caller.clone(), PackParcel { grams: 1 }).await.unwrap();
    application.commands.send(caller.clone(), packed.id, SendParcel {}).await.unwrap();
    let _ = application.queries.ask(caller, GetParcel { id: packed.id }).await;
}

fn main() {
    let _ = Context::new("post").view::<ParcelCard>();
    let _ = use_it;
}
