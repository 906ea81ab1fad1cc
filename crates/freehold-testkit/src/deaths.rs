//! Deaths: every step of a worker, of a rebuild and of handing over at which a node can end, and a life in which it comes
//! to all of them.

mod life;
mod step;

pub use life::live;
pub use step::{Moment, Step};
