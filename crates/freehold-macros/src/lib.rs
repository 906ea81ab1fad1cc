//! Derives that give ids, values, events, commands, queries, rejections and rows their stable names and their forms
//! in the log, in a table and in JSON.
//!
//! They are re-exported by `freehold`, and what they write names only that crate.

mod command;
mod event;
mod excerpt;
mod id;
mod query;
mod redact;
mod rejection;
mod row;
mod shape;
mod upcast;
mod value;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

macro_rules! derives {
    ($($(#[$doc:meta])* $name:ident($($attribute:ident),*) = $function:ident in $module:ident;)+) => {$(
        $(#[$doc])*
        #[proc_macro_derive($name, attributes($($attribute),*))]
        pub fn $function(input: TokenStream) -> TokenStream {
            let input = parse_macro_input!(input as DeriveInput);
            $module::$function(&input).unwrap_or_else(syn::Error::into_compile_error).into()
        }
    )+};
}

derives! {
    /// Makes a tuple struct over a `Uuid` the typed id of an aggregate: `Id`, the standard traits, JSON and columns.
    Id() = derive_id in id;
    /// Makes a tuple struct over one type, or an enum of words, a value: text, JSON and columns, and for a struct a
    /// fallible constructor that checks its `#[garde(..)]` bounds and, with `#[value(rules)]`, its `Rules`.
    Value(value) = derive_value in value;
    /// Makes an enum with named fields the events of an aggregate: `#[event(of = Shipment)]` on the enum;
    /// `#[event(name = "..", version = 3, upcast(1 = function, 2 = function), was = "..", published, retired)]` on a
    /// variant, with a function from each version below the current one to the next. Fields take the attributes of
    /// serde.
    Event(event, serde) = derive_event in event;
    /// Makes an enum of tuple variants, each over the events of one aggregate, the events of a view over them all.
    EventSet() = derive_event_set in event;
    /// Makes a struct a command: `#[command(creates = Shipment, roles("clerk"))]` if it begins a stream, else
    /// `#[command(on = Shipment, roles("clerk"))]`; `name = ".."` keeps a stable name.
    Command(command) = derive_command in command;
    /// Makes a struct some of the columns of a row: `#[excerpt(of = ShipmentSummary)]`, with fields of the names and
    /// types of its columns.
    Excerpt(excerpt) = derive_excerpt in excerpt;
    /// Makes a struct a query: `#[query(one = ShipmentSummary, roles("viewer"))]` for at most one row, `page = ..` for a
    /// page with a cursor, `counted_page = ..` for one that says how many rows there are, `offset_page = ..` for one by
    /// number; with `changes` clients may follow what happens to its rows; `name = ".."` keeps a stable name.
    Query(query) = derive_query in query;
    /// A `Debug` that shows what is marked `#[personal]` or `#[secret]` as just that, so that it reaches no log.
    Redact(personal, secret) = derive_redact in redact;
    /// Makes an enum the reasons of an aggregate to refuse a command, each with the name of its variant.
    Rejection() = derive_rejection in rejection;
    /// Makes a struct the row of a read model: `#[row(name = "shipping.ShipmentSummary", table = "shipment_summaries",
    /// version = 1)]` on the struct, `#[row(key)]` on the fields of its key, and one `Column` constant a field.
    Row(row) = derive_row in row;
}
