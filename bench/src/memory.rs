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
        let looks = self.looks.join().ok()?;
        let (before, since) =
            looks.split_at(looks.partition_point(|(at, _)| began.is_some_and(|began| *at < began)));
        let highest = since.iter().map(|(_, resident)| *resident).max()?;
        Some(Resident { before: before.last().map(|(_, resident)| *resident), highest })
    }
}

fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
