//! A context for the cases.

use freehold::prelude::*;

#[derive(Id)]
pub struct ParcelId(Uuid);

#[derive(Clone, Debug)]
pub struct Parcel;

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Parcel)]
pub enum ParcelEvent {
    Packed { grams: i64 },
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)]
pub enum ParcelRejection {
    #[error("too heavy")]
    TooHeavy,
}

impl Aggregate for Parcel {
    const NAME: &'static str = "post.Parcel";
    type Id = ParcelId;
    type Event = ParcelEvent;
    type Rejection = ParcelRejection;

    fn begin(_: &ParcelEvent) -> Option<Self> {
        Some(Self)
    }

    fn evolve(&mut self, _: &ParcelEvent) {}
}

#[derive(Clone, Serialize, Validate, Command)]
#[command(creates = Parcel, roles("clerk"))]
pub struct PackParcel {
    #[garde(range(min = 1))]
    pub grams: i64,
}

impl Create<PackParcel> for Parcel {
    fn decide(command: PackParcel, _: Timestamp) -> Result<Events<Self>, ParcelRejection> {
        ensure(command.grams < 1000, ParcelRejection::TooHeavy)?;
        Ok(ParcelEvent::Packed { grams: command.grams }.into())
    }
}

#[derive(Clone, Serialize, Validate, Command)]
#[command(on = Parcel, roles("clerk"))]
pub struct SendParcel {}

#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "post.ParcelCard", table = "parcel_cards")]
pub struct ParcelCard {
    #[row(key)]
    pub id: ParcelId,
    pub grams: Option<i64>,
}

#[derive(Clone, Query)]
#[query(one = ParcelCard, roles("clerk"))]
pub struct GetParcel {
    pub id: ParcelId,
}
