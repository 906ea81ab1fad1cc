//! Processor time, of this process and of a server.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

use crate::{Setup, Store, protocol::Report};

/// Counts time from when it was started.
pub(crate) struct Meter {
    begun: Instant,
    server: Option<u32>,
    client_before: Duration,
    server_before: Duration,
}

impl Meter {
    pub(crate) fn start(setup: &Setup) -> Self {
        let server = match setup.store {
            Store::Postgres { server, .. } => Some(server),
            Store::Sqlite(_) => None,
        };
        let (begun, client_before) = (Instant::now(), own_cpu());
        Self { begun, server, client_before, server_before: cpu_of_server(server) }
    }

    /// What passed until then, and the processor time until now.
    pub(crate) fn read(&self, ended: Instant) -> Report {
        Report {
            seconds: ended.duration_since(self.begun).as_secs_f64(),
            client_cpu: own_cpu().saturating_sub(self.client_before).as_secs_f64(),
            server_cpu: cpu_of_server(self.server).saturating_sub(self.server_before).as_secs_f64(),
            ..Report::default()
        }
    }
}

fn cpu_of_server(server: Option<u32>) -> Duration {
    server.map(cpu_of_process_group).unwrap_or_default()
}

/// The processor time of this process so far, all threads together.
fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanos) = (time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default());
    Duration::new(seconds, nanos)
}

/// The processor time of a process and its children so far, those that have ended among them, as Linux tells it: to a
/// hundredth of a second.
fn cpu_of_process_group(leader: u32) -> Duration {
    let leader = leader.to_string();
    let ticks: u64 = processes()
        .filter_map(|process| {
            let fields = fields(&process)?;
            let own = number(&fields, UTIME)? + number(&fields, STIME)?;
            if process == leader {
                Some(own + number(&fields, CUTIME)? + number(&fields, CSTIME)?)
            } else {
                (fields.get(PARENT) == Some(&leader)).then_some(own)
            }
        })
        .sum();
    Duration::from_secs(1) * u32::try_from(ticks).unwrap_or(u32::MAX)
        / u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100)
}

// Fields of `/proc/<pid>/stat`, counted from the one after the name.
const PARENT: usize = 1;
const UTIME: usize = 11;
const STIME: usize = 12;
const CUTIME: usize = 13;
const CSTIME: usize = 14;

fn processes() -> impl Iterator<Item = String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The fields after the name, which may have spaces.
fn fields(process: &str) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    Some(after_name.split(' ').map(str::to_owned).collect())
}

fn number(fields: &[String], index: usize) -> Option<u64> {
    fields.get(index)?.parse().ok()
}
