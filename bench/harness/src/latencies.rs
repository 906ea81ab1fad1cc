//! How long operations took.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::protocol::Report;

/// Durations to three digits.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Self {
        Self(Histogram::new(3).expect("three digits are within what it can do"))
    }

    pub(crate) fn record(&mut self, duration: Duration) {
        self.0 += u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0 += &other.0;
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The report with these in it.
    pub(crate) fn in_report(&self, report: Report) -> Report {
        Report { p50: self.at(0.5), p99: self.at(0.99), p999: self.at(0.999), max: self.at(1.0), ..report }
    }

    /// The latency that this share of operations did not exceed, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
    fn at(&self, share: f64) -> f64 {
        self.0.value_at_quantile(share) as f64 / 1000.0
    }
}
