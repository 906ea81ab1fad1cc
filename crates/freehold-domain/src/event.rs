//! Events: facts, with the stable names and versions that they are stored under.

use std::fmt::Debug;

use crate::{Aggregate, Recorded, UpcastError};

/// What can happen to an aggregate: an enum with one variant a kind of event. Derived.
///
/// What has been recorded stays as it was, and code knows only today's shape. A variant whose fields have changed
/// raises its `version`, and says for every version below it how the stored fields become those of the next one. Such
/// a step sees JSON, so that it keeps working whatever becomes of the types of today. Events that are stored in
/// today's version take no step.
///
/// ```
/// use freehold::{Event as _, Fields, RawEvent, UpcastError, prelude::*};
///
/// #[derive(Clone, Debug, PartialEq, Event)]
/// #[event(of = Invoice)]
/// pub enum InvoiceEvent {
///     #[event(version = 3, upcast(1 = with_currency, 2 = split_name))]
///     Issued { amount: Decimal, currency: Currency, first_name: String, last_name: String },
///     Paid,
/// }
///
/// /// Version 1 knew no other currency.
/// fn with_currency(mut fields: Fields) -> Result<Fields, UpcastError> {
///     fields.insert("currency".into(), "EUR".into());
///     Ok(fields)
/// }
///
/// /// Version 2 had one field for both names.
/// fn split_name(mut fields: Fields) -> Result<Fields, UpcastError> {
///     let name = fields.remove("name").ok_or("it has no name")?;
///     let (first, last) = name.as_str().and_then(|name| name.split_once(' ')).ok_or("its name is not two words")?;
///     fields.insert("first_name".into(), first.into());
///     fields.insert("last_name".into(), last.into());
///     Ok(fields)
/// }
///
/// let stored = |version, payload: &str| RawEvent { name: "Issued".into(), version, payload: payload.into() };
/// let issued = InvoiceEvent::Issued {
///     amount: dec!(12.50),
///     currency: Currency::EUR,
///     first_name: "Ada".into(),
///     last_name: "Lovelace".into(),
/// };
/// let first = stored(1, r#"{ "amount": "12.50", "name": "Ada Lovelace" }"#);
/// assert_eq!(InvoiceEvent::decode(&first)?, issued);
/// let second = stored(2, r#"{ "amount": "12.50", "currency": "EUR", "name": "Ada Lovelace" }"#);
/// assert_eq!(InvoiceEvent::decode(&second)?, issued);
/// assert_eq!(issued.encode().unwrap().version, 3);
///
/// let nameless = stored(2, r#"{ "amount": "12.50", "currency": "EUR" }"#);
/// let error = InvoiceEvent::decode(&nameless).unwrap_err();
/// assert_eq!(error.to_string(), "event `Issued` cannot be brought from version 2 to the next: it has no name");
/// # #[derive(Id)]
/// # pub struct InvoiceId(Uuid);
/// # #[derive(Clone)]
/// # pub struct Invoice;
/// # #[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)]
/// # pub enum InvoiceRejection {}
/// # impl Aggregate for Invoice {
/// #     const NAME: &'static str = "billing.Invoice";
/// #     type Id = InvoiceId;
/// #     type Event = InvoiceEvent;
/// #     type Rejection = InvoiceRejection;
/// #     fn begin(event: &InvoiceEvent) -> Option<Self> { matches!(event, InvoiceEvent::Issued { .. }).then_some(Self) }
/// #     fn evolve(&mut self, _: &InvoiceEvent) {}
/// # }
/// # Ok::<(), freehold::DecodeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    note = "add `#[derive(Event)]` and `#[event(of = Aggregate)]` to the enum of the aggregate's events"
)]
pub trait Event: EventSet + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// What it happens to.
    type Aggregate: Aggregate<Event = Self>;
    /// Every kind of event, in the order of the variants.
    const TYPES: &'static [EventType];

    /// The kind of this one.
    fn event_type(&self) -> &'static EventType;

    /// What is stored of it.
    fn encode(&self) -> Result<RawEvent, serde_json::Error>;

    /// Reads what was stored.
    fn decode(raw: &RawEvent) -> Result<Self, DecodeError>;
}

/// The events that a view folds: those of one aggregate, or a union of several. Derived.
pub trait EventSet: Sized + Send + Sync + 'static {
    /// The aggregates by name, each with its kinds of event.
    fn sources() -> Vec<(&'static str, Vec<EventType>)>;

    /// Reads an event of the aggregate of this name; `None` if the set has no such aggregate.
    fn decode_from(aggregate: &str, raw: &RawEvent) -> Option<Result<Self, DecodeError>>;

    /// Reads a recorded event; `None` if the set has no such aggregate.
    fn decode_recorded(recorded: &Recorded<RawEvent>) -> Option<Result<Recorded<Self>, DecodeError>> {
        let event = Self::decode_from(recorded.stream.aggregate(), &recorded.event)?;
        Some(event.map(|event| recorded.with_event(event)))
    }
}

/// Of the events of an aggregate of another context, those that leave it: what a view of this context may fold of them.
///
/// A union of events has it in place of the aggregate's own. The others never come up: they are neither asked for nor read.
///
/// ```
/// # mod crm {
/// #     use freehold::prelude::*;
/// #     #[derive(Id)] pub struct CustomerId(Uuid);
/// #     #[derive(Clone)] pub struct Customer;
/// #     #[derive(Clone, Debug, PartialEq, thiserror::Error, Rejection)] pub enum CustomerRejection {}
/// #     impl Aggregate for Customer {
/// #         const NAME: &'static str = "crm.Customer";
/// #         type Id = CustomerId;
/// #         type Event = CustomerEvent;
/// #         type Rejection = CustomerRejection;
/// #         fn begin(_: &CustomerEvent) -> Option<Self> { Some(Self) }
/// #         fn evolve(&mut self, _: &CustomerEvent) {}
/// #     }
/// #[derive(Clone, Debug, PartialEq, Event)]
/// #[event(of = Customer)]
/// pub enum CustomerEvent {
///     #[event(published)]
///     Registered { name: String },
///     Scored { points: i64 },
/// }
/// # }
/// use freehold::{Published, prelude::*};
///
/// /// What a view of another context folds of it.
/// #[derive(EventSet)]
/// pub enum Fact {
///     Customer(Published<crm::CustomerEvent>),
/// }
///
/// let (aggregate, kinds) = Fact::sources().remove(0);
/// assert_eq!((aggregate, kinds.len(), kinds[0].name), ("crm.Customer", 1, "Registered"));
/// let scored = freehold::RawEvent { name: "Scored".into(), version: 1, payload: r#"{ "points": 1 }"#.into() };
/// assert!(Fact::decode_from("crm.Customer", &scored).is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Published<E>(pub E);

impl<E: Event> EventSet for Published<E> {
    fn sources() -> Vec<(&'static str, Vec<EventType>)> {
        let published = E::TYPES.iter().copied().filter(|kind| kind.published);
        vec![(E::Aggregate::NAME, published.collect())]
    }

    fn decode_from(aggregate: &str, raw: &RawEvent) -> Option<Result<Self, DecodeError>> {
        let is_it = |kind: &EventType| kind.name == raw.name || kind.was.contains(&raw.name.as_str());
        let is_published = E::TYPES.iter().any(|kind| kind.published && is_it(kind));
        if is_published { Some(E::decode_from(aggregate, raw)?.map(Self)) } else { None }
    }
}

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// The stable name that it is stored under.
    pub name: &'static str,
    /// The version of its shape, from 1.
    pub version: u32,
    /// The names that it was stored under before.
    pub was: &'static [&'static str],
    /// Whether it leaves its context.
    pub published: bool,
    /// Whether it can only be read, no longer written.
    pub retired: bool,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// The stable name of its kind.
    pub name: String,
    /// The version of its shape.
    pub version: u32,
    /// Its fields, as a JSON object.
    pub payload: String,
}

/// Why a stored event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No kind of event has this name.
    #[error("`{aggregate}` has no event named `{name}`")]
    UnknownName {
        /// The aggregate.
        aggregate: &'static str,
        /// The name in the log.
        name: String,
    },
    /// It was written by code that is newer than this.
    #[error("event `{name}` is stored in version {stored}, and this program reads version {known}")]
    UnknownVersion {
        /// The kind.
        name: &'static str,
        /// The version in the log.
        stored: u32,
        /// The version that is read.
        known: u32,
    },
    /// It is of an older version, and a step towards today's shape cannot be taken.
    #[error("event `{name}` cannot be brought from version {version} to the next: {reason}")]
    Upcast {
        /// The kind.
        name: &'static str,
        /// The version that the step leads from.
        version: u32,
        /// Why.
        reason: UpcastError,
    },
    /// Its fields do not fit.
    #[error("event `{name}` cannot be read: {}", unfit(source))]
    Fields {
        /// The kind.
        name: &'static str,
        /// What does not fit.
        source: serde_json::Error,
    },
}

/// What does not fit, told without the content: of what serde says, only what is about a whole field.
pub(crate) fn unfit(source: &serde_json::Error) -> String {
    let told = source.to_string();
    let safe = ["missing field", "unknown field", "duplicate field"];
    if safe.iter().any(|beginning| told.starts_with(beginning)) {
        return told;
    }
    match source.column() {
        0 => "its fields do not fit".to_owned(),
        column => format!("its fields do not fit, at column {column} of their JSON"),
    }
}
