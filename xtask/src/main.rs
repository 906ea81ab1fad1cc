//! What the repository does to itself: `cargo xtask test`, `cargo xtask history`, `cargo xtask bench`.

mod bench;
mod command;
mod generated;
mod history;
mod postgres;
mod service;
mod tests;
mod tools;

use clap::{Parser, Subcommand};

/// What the repository does to itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Set up what tests need, a PostgreSQL server too, and run them all: units, conformance, properties, snapshots,
    /// documents, and for each model a generated service from end to end.
    Test {
        /// Only the generated services, and of them only those of these models (`shipping`).
        #[arg(long = "model", value_name = "NAME")]
        models: Vec<String>,
    },
    /// Prove the log: rounds of load and crashes on databases of their own, and the laws that hold over what was seen.
    #[command(disable_help_flag = true)]
    History {
        /// What the rounds are told; `--help` lists it. `--crashes 300` is the long form. `steps` has a process end at every step
        /// of a worker, of a rebuild and of handing over instead.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure: a generated service over HTTP on SQLite with durable writes, unless something else is said.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        #[command(subcommand)]
        what: Option<Benchmark>,
        /// How many seconds each round takes.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// How many rounds there are; the median of them is told.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
}

#[derive(Subcommand)]
enum Benchmark {
    /// The log, beside hand-written SQL and other libraries for event sourcing; `bench/README.md` says how.
    #[command(disable_help_flag = true)]
    Log {
        /// What the benchmark is told; `--help` lists it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Views, beside hand-written SQL and other libraries for event sourcing; `bench/VIEWS.md` says how.
    #[command(disable_help_flag = true)]
    Views {
        /// What the benchmark is told; `--help` lists it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().verb {
        Verb::Test { models } => tests::run(&models),
        Verb::History { arguments } => history::run(&arguments),
        Verb::Bench { what: Some(Benchmark::Log { arguments }), .. } => {
            bench::beside_others("log", &arguments)
        }
        Verb::Bench { what: Some(Benchmark::Views { arguments }), .. } => {
            bench::beside_others("views", &arguments)
        }
        Verb::Bench { what: None, seconds, rounds } => bench::run(seconds, rounds),
    }
}
