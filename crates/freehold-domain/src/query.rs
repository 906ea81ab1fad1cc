//! Queries: typed questions to read models, answered by one row or by a page of rows.

mod answer;
mod ask;
mod cursor;
mod range;
mod select;
mod selection;

pub use answer::{Answer, CountedPage, Found, ItemOf, OffsetPage, Page, RowOf, Shape, Stored, Total};
pub use ask::{Ask, Query};
pub use cursor::{Cursor, Sort};
pub use range::Range;
pub use select::Select;
pub use selection::{Comparison, Order, Search, Selection, Test};
