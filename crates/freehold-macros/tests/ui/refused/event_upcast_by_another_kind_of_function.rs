#[path = "../sample.rs"]
mod sample;

use freehold::{Fields, prelude::*};
use sample::{Parcel, ParcelId, ParcelRejection};

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Letter)]
pub enum LetterEvent {
    #[event(version = 2, upcast(1 = counted))]
    Written { words: i64 },
}

fn counted(fields: &Fields) -> i64 {
    fields.len() as i64
}

#[derive(Clone)]
pub struct Letter;

impl Aggregate for Letter {
    const NAME: &'static str = "post.Letter";
    type Id = ParcelId;
    type Event = LetterEvent;
    type Rejection = ParcelRejection;

    fn begin(_: &LetterEvent) -> Option<Self> {
        Some(Self)
    }

    fn evolve(&mut self, _: &LetterEvent) {}
}

fn main() {
    let _ = Parcel;
}
