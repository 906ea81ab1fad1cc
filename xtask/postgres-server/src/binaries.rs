//! Where the programs of PostgreSQL are.

use std::{
    cmp::Reverse,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest version that Freehold runs on.
const OLDEST: u32 = 15;
/// The programs that are used.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "psql"];
/// Where Debian installs them, a folder a version. None of them is on the path.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of one PostgreSQL.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Those on the path, or else the newest that Debian has installed; none before PostgreSQL 15.
    pub fn find() -> Option<Self> {
        let mut found = on_path().into_iter().chain(installed()).map(|folder| Self { folder });
        found.find(|binaries| binaries.version().is_some_and(|version| version >= OLDEST))
    }

    /// Their major version, if all of them are there.
    pub fn version(&self) -> Option<u32> {
        let are_there = PROGRAMS.iter().all(|name| self.program(name).is_file());
        let said =
            are_there.then(|| Command::new(self.program("postgres")).arg("--version").output())?.ok()?;
        // `postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)`
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        said.split_whitespace().nth(2)?.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The folders that `initdb` on the path lies in, through links.
fn on_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let programs = env::split_paths(&path).filter_map(|folder| folder.join("initdb").canonicalize().ok());
    programs.filter_map(|program| program.parent().map(Path::to_owned)).collect()
}

fn installed() -> Vec<PathBuf> {
    let folders = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path());
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<_> = folders.filter(|folder| version(folder).is_some()).collect();
    versions.sort_by_key(|folder| Reverse(version(folder)));
    versions.into_iter().map(|folder| folder.join("bin")).collect()
}
