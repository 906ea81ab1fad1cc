//! Measures Freehold beside hand-written SQL and other libraries for event sourcing: builds the contenders, gives each a fresh
//! database, lets them take turns, and writes down what was measured.

mod aim;
mod command;
mod contenders;
mod flush;
mod heat;
mod log;
mod machine;
mod memory;
mod numbers;
mod page;
mod postgres;
mod results;
mod session;
mod stage;
mod views;

use clap::Parser;

/// Measures Freehold beside hand-written SQL and other libraries for event sourcing.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
enum Benchmark {
    Log(log::Arguments),
    Views(views::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Benchmark::parse() {
        Benchmark::Log(arguments) => log::run(&arguments),
        Benchmark::Views(arguments) => views::run(&arguments),
    }
}
