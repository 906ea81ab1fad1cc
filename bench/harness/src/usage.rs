//! Processor time, of this process and of a server.

use std::{fs, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// The processor time of this process so far, all threads together.
pub(crate) fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanos) = (time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default());
    Duration::new(seconds, nanos)
}

/// The processor time of a process and its children so far, those that have ended among them, as Linux tells it: to a
/// hundredth of a second.
pub(crate) fn cpu_of_process_group(leader: u32) -> Duration {
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
