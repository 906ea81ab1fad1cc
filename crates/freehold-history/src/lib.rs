//! The proof of the log.
//!
//! Many clients on one or several nodes append, send commands, read and subscribe at random, while processes are
//! killed. Every process writes down what it asks for, is told and sees; in the end the files are put together with
//! the log that is found, and the [laws](Evidence::violations) are held against them. What is drawn follows from a seed,
//! which is printed.
//!
//! Beside these [rounds](round), which crash at any moment, a process ends at [every step](steps) of a worker, of a rebuild and of
//! handing over.
//!
//! The laws know nothing of stores: they see records, a log and rows.

mod history;
mod inspect;
mod laws;
mod ledger;
pub mod load;
mod log;
mod moment;
mod projections;
mod query;
mod record;
pub mod recorder;
pub mod round;
pub mod steps;
pub mod views;
mod window;

pub use history::{Asked, Attempt, Done, History};
pub use inspect::inspect;
pub use laws::{Evidence, Violation};
pub use log::{Event, Log, Mark};
pub use moment::Moment;
pub use query::{Address, Criterion, Query, tenant};
pub use record::{
    Act, Answer, Expected, Glimpse, New, Page, PageEnd, Record, Refusal, Request, Row, RowId, Seen, Sight,
    Token, Unless, What,
};
pub use window::Window;
