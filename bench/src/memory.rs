//! The memory of a contender, as Linux tells it from outside, looked at again and again.

use std::{
    fs,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use bench_harness::protocol::Resident;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Somebody who looks at it, until asked what was seen.
pub(crate) struct Memory {
    stop: Sender<()>,
    looks: JoinHandle<Vec<Look>>,
}

/// How much was in place, in KiB, and when.
type Look = (Duration, u64);

impl Memory {
    /// Begins to look at the memory of a process.
    pub(crate) fn watch(process: u32) -> Self {
        let (stop, stopped) = channel();
        let looks = thread::spawn(move || {
            let (begun, mut looks) = (Instant::now(), Vec::new());
            loop {
                looks.extend(resident(process).map(|resident| (begun.elapsed(), resident)));
                if stopped.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                    return looks;
                }
            }
        });
        Self { stop, looks }
    }

    /// What was in place before that time, counted from the beginning, and at most from then on.
    pub(crate) fn seen(self, began: Option<Duration>) -> Option<Resident> {
        drop(self.stop);
        told(&self.looks.join().ok()?, began.unwrap_or_default())
    }
}

fn told(looks: &[Look], began: Duration) -> Option<Resident> {
    let (before, since) = looks.split_at(looks.partition_point(|(at, _)| *at < began));
    let highest = since.iter().map(|(_, resident)| *resident).max()?;
    Some(Resident { before: before.last().map(|(_, resident)| *resident), highest })
}

fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_look_before_and_the_highest_since_are_told() {
        let looks = [(0, 9), (1, 3), (2, 4), (3, 8), (4, 5)];
        let looks = looks.map(|(seconds, resident)| (Duration::from_secs(seconds), resident));
        let seen = told(&looks, Duration::from_secs(2));
        assert_eq!(seen, Some(Resident { before: Some(3), highest: 8 }));
        assert_eq!(told(&looks, Duration::ZERO), Some(Resident { before: None, highest: 9 }));
    }
}
