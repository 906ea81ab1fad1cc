//! What it was measured on.

use std::{fs, process::Command, thread};

use serde::{Deserialize, Serialize};

use crate::{command::output, flush};

/// A machine, and how fast its disk is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    pub(crate) file_system: String,
    pub(crate) postgres: String,
    pub(crate) rust: String,
    /// How long a flush takes, in microseconds: the median, and the 99th percentile.
    pub(crate) flush: (u128, u128),
    /// How long a transaction of one row takes in case G, in microseconds.
    pub(crate) slow_commit: Option<u128>,
}

impl Machine {
    /// This one, with how fast its disk is.
    pub(crate) fn measured() -> anyhow::Result<Self> {
        let (median, p99) = flush::latency()?;
        Ok(Self { flush: (median.as_micros(), p99.as_micros()), ..Self::this() })
    }

    /// This one. What is measured of it is still missing.
    fn this() -> Self {
        Self {
            processor: field("/proc/cpuinfo", "model name").unwrap_or_default(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_gib: memory(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            file_system: file_system(),
            postgres: String::new(),
            rust: output(Command::new("rustc").arg("--version")).unwrap_or_default().trim().to_owned(),
            flush: (0, 0),
            slow_commit: None,
        }
    }

    /// Whether figures of the two can stand beside one another.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (&self.processor, self.cores, self.memory_gib) == (&other.processor, other.cores, other.memory_gib)
    }
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'))?;
    Some(value.trim().to_owned())
}

fn memory() -> u64 {
    let kib = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or_default().div_ceil(1024 * 1024)
}

fn file_system() -> String {
    let target = crate::command::target();
    let mut df = Command::new("df");
    let text = output(df.args(["--output=fstype"]).arg(target)).unwrap_or_default();
    text.lines().nth(1).unwrap_or_default().trim().to_owned()
}
