//! Measures the log beside hand-written SQL and other libraries for event sourcing: builds the contenders, gives each a
//! fresh database, lets them take turns, and writes down what was measured.

mod aims;
mod arguments;
mod chart;
mod command;
mod contenders;
mod flush;
mod machine;
mod measure;
mod numbers;
mod plan;
mod postgres;
mod readme;
mod results;
mod session;

use clap::Parser;

use crate::{arguments::Arguments, results::Results};

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut results = Results::read()?;
    if !arguments.only_report {
        measure::run(&arguments, &mut results)?;
    }
    readme::write(&results)?;
    chart::write(&results)
}
