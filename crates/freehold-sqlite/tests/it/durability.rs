//! Durability: what was acknowledged survives `kill -9`.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use freehold_ports::EventStore;
use tokio::task::JoinSet;

use crate::fixtures::{count_events, count_steps, open, step};

/// Where the child finds its database.
const DATABASE: &str = "FREEHOLD_TEST_DATABASE";
/// What the child says before a position that an append has returned.
const ACKNOWLEDGED: &str = "acknowledged ";

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let mut acknowledged = 0;
    for round in 0..5 {
        acknowledged = kill_after(&path, acknowledged + 40 + round * 13);
        let database = open(&path).await;
        let events = count_events(&database).await;
        assert!(events >= acknowledged, "{acknowledged} events were acknowledged, and {events} are there");
        assert_eq!(count_steps(&database).await, events);
        database.close().await;
    }
}

/// Appends without end when it is run as the child of the test above, and does nothing otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_that_is_killed() {
    let Some(path) = env::var_os(DATABASE).map(PathBuf::from) else { return };
    let database = open(&path).await;
    let mut walkers = JoinSet::new();
    for walk in 0..8 {
        let database = database.clone();
        walkers.spawn(async move {
            loop {
                let outcome = database.append(step(walk)).await.unwrap();
                println!("{ACKNOWLEDGED}{}", outcome.position);
            }
        });
    }
    walkers.join_all().await;
}

/// Lets a child append until this position is acknowledged, and kills it: the last position that was.
fn kill_after(path: &Path, position: u64) -> u64 {
    let mut child = child(path);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut last = 0;
    while last < position {
        last = last.max(next_acknowledged(&mut lines).expect("the child appends until it is killed"));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    while let Some(position) = next_acknowledged(&mut lines) {
        last = last.max(position);
    }
    last
}

fn child(path: &Path) -> Child {
    let arguments = ["--exact", "durability::the_child_that_is_killed", "--nocapture"];
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(arguments).env(DATABASE, path).stdout(Stdio::piped()).spawn().unwrap()
}

/// The next whole line that names a position; the last one may be cut off.
fn next_acknowledged(lines: &mut BufReader<ChildStdout>) -> Option<u64> {
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        if let Some(position) = line.strip_suffix('\n').and_then(|line| line.strip_prefix(ACKNOWLEDGED)) {
            return Some(position.parse().unwrap());
        }
    }
}
