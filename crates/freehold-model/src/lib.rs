//! Reads model files and explains what is wrong with one.
//!
//! [`read`] takes the text of a model file and gives either a [`Model`], in which every name is resolved and every
//! default filled in, or all [`Mistakes`] of the file at once, each with its place and with what to do about it.

mod model;

mod mistakes;
mod render;

mod nearest;
mod source;
mod table;

mod names;
mod plural;

mod raw;
mod symbols;

mod expressions;
mod fields;
mod resolve;

mod read;

pub use mistakes::{Mistake, Mistakes, Severity};
pub use model::*;
pub use plural::{plural_kebab, plural_snake};
pub use read::read;
