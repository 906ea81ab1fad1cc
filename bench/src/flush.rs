//! How long a flush to disk takes, and how it is made to take longer.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{Seek, Write},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context;

use crate::command::{root, run, target};

/// How long a flush takes at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flush {
    /// As long as the disk takes.
    Disk,
    /// 1 ms, as with disks in a cloud.
    Millisecond,
}

impl Flush {
    /// The variables that a server is started with.
    pub(crate) fn environment(self) -> anyhow::Result<Vec<(&'static str, OsString)>> {
        Ok(match self {
            Self::Disk => Vec::new(),
            Self::Millisecond => {
                vec![("LD_PRELOAD", shim()?.into_os_string()), ("FLUSH_MICROS", "1000".into())]
            }
        })
    }
}

/// The shim, compiled with the system's compiler.
fn shim() -> anyhow::Result<PathBuf> {
    let (source, library) = (root().join("src/slow_flush.c"), target().join("slow_flush.so"));
    let compile = || {
        let mut compiler = Command::new("cc");
        compiler.args(["-O2", "-Wall", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
        run(&mut compiler)
    };
    if compile().is_err() {
        run(Command::new("apt-get").args(["install", "-y", "-qq", "gcc", "libc6-dev"]))
            .context("case G needs a C compiler")?;
        compile()?;
    }
    Ok(library)
}

/// How long it takes to flush a page of 8 KiB to the disk that the databases lie on: the median, and the 99th
/// percentile.
pub(crate) fn latency() -> anyhow::Result<(Duration, Duration)> {
    let path = target().join("flush");
    let mut file = File::create(&path)?;
    let page = [7_u8; 8192];
    let mut times = Vec::new();
    for _ in 0..1_000 {
        file.rewind()?;
        file.write_all(&page)?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    fs::remove_file(path)?;
    times.sort_unstable();
    Ok((times[500], times[990]))
}
