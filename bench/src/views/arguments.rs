//! What can be asked for.

use bench_harness::ViewCase;
use clap::Args;

/// Measures views beside hand-written SQL and other libraries for event sourcing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The cases: A1, A2, B, C, D, E; all of them unless said, and `A` is both of its kind.
    #[arg(long, value_delimiter = ',', value_name = "CASES", value_parser = cases)]
    pub(crate) cases: Vec<Cases>,
    /// Those that take part: whoever has one of these in their name; all of them unless said.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) contenders: Vec<String>,
    /// How many events the log has in A and C.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: u64,
    /// How many commands come in a second in B.
    #[arg(long, value_delimiter = ',', value_name = "RATES", default_values_t = [1_000, 5_000, 10_000])]
    pub(crate) rates: Vec<u64>,
    /// How many callers at once in D.
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS", default_values_t = [1, 64])]
    pub(crate) callers: Vec<usize>,
    /// How many rows the view has in E.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) rows: u64,
    /// How many rounds each contender has.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// How long a round takes in B to E, in seconds; in C until the rebuild that is under way has ended.
    #[arg(long, default_value_t = 5.0)]
    pub(crate) seconds: f64,
    /// How long callers are at it before it counts, in seconds.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) warm_up: f64,
    /// Print what is measured, and write nothing down.
    #[arg(long)]
    pub(crate) dry: bool,
    /// Measure nothing; write the page of what was measured before.
    #[arg(long)]
    pub(crate) only_report: bool,
}

/// A letter may mean several.
pub(crate) type Cases = std::sync::Arc<[ViewCase]>;

fn cases(text: &str) -> Result<Cases, String> {
    if text.eq_ignore_ascii_case("A") {
        return Ok([ViewCase::A1, ViewCase::A2].into());
    }
    text.parse().map(|case| [case].into())
}
