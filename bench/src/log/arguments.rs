//! What can be asked for.

use bench_harness::Case;
use clap::{Args, ValueEnum};

/// Measures the log beside hand-written SQL and other libraries for event sourcing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The cases, A to H; all of them unless said.
    #[arg(long, value_delimiter = ',', value_name = "CASES")]
    pub(crate) cases: Vec<Case>,
    /// Those that take part: whoever has one of these in their name; all of them unless said.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) contenders: Vec<String>,
    /// The databases.
    #[arg(long, value_enum, default_value_t = Databases::All)]
    pub(crate) database: Databases,
    /// How many callers at once, where a case has several; all of them unless said.
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    pub(crate) callers: Vec<usize>,
    /// How many millions of events the log has grown to in H, and has in D.
    #[arg(long, value_delimiter = ',', value_name = "MILLIONS", default_values_t = [1, 5, 20])]
    pub(crate) millions: Vec<u64>,
    /// How many rounds each contender has.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// How long a round takes, in seconds.
    #[arg(long, default_value_t = 5.0)]
    pub(crate) seconds: f64,
    /// How long callers are at it before it counts, in seconds.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) warm_up: f64,
    /// How many connections a contender opens; to find out what suits it best.
    #[arg(long)]
    pub(crate) connections: Option<usize>,
    /// Print what is measured, and write nothing down.
    #[arg(long)]
    pub(crate) dry: bool,
    /// Measure nothing; write the page and the charts of what was measured before.
    #[arg(long)]
    pub(crate) only_report: bool,
}

/// The databases to measure on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Databases {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
    /// Both.
    All,
}
