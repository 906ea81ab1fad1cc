//! `cargo xtask bench`: commands per second over HTTP on SQLite, each durable before it is answered; and the benchmarks of the
//! log and of views, which are a workspace of their own.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::json;

use crate::{
    command::{cargo_in, command, root, run as run_command},
    generated::generate,
    service::Service,
};

/// How many clients send at once.
const CLIENTS: [usize; 3] = [1, 8, 64];

/// What one round has shown.
struct Round {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

pub(crate) fn run(seconds: u64, rounds: usize) -> anyhow::Result<()> {
    let generated = generate(&root().join("models").join("shipping.toml"))?;
    run_command(cargo_in(&generated.folder, &["build", "--release", "--quiet"]))?;
    let service = generated.program("release").start()?;
    println!("idle: {:.1} MiB resident", resident(service.pid())?);
    let booked = AtomicU64::new(0);
    measure(&service, 8, Duration::from_secs(1), &booked);
    println!("{:>8} {:>14} {:>10} {:>10}", "clients", "commands/s", "p50", "p99");
    let mut results: Vec<Vec<Round>> = CLIENTS.iter().map(|_| Vec::new()).collect();
    // Round by round through all of them, so that a noisy moment falls on each alike.
    for _ in 0..rounds {
        for (index, clients) in CLIENTS.into_iter().enumerate() {
            results[index].push(measure(&service, clients, Duration::from_secs(seconds), &booked));
        }
    }
    for (clients, mut rounds) in CLIENTS.into_iter().zip(results) {
        rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        let Round { per_second, p50, p99 } = &rounds[rounds.len() / 2];
        println!("{clients:>8} {per_second:>14.0} {p50:>10.1?} {p99:>10.1?}");
    }
    println!(
        "under load: {:.1} MiB resident, {} shipments",
        resident(service.pid())?,
        booked.load(Ordering::Relaxed)
    );
    service.stop()
}

/// Runs a benchmark that measures beside others: `log` or `views`.
pub(crate) fn beside_others(what: &str, arguments: &[String]) -> anyhow::Result<()> {
    let mut cargo = command("cargo", &["run", "--release", "--quiet", "--", what]);
    cargo.args(arguments).current_dir(root().join("bench"));
    run_command(cargo)
}

fn measure(service: &Service, clients: usize, length: Duration, booked: &AtomicU64) -> Round {
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let mut latencies: Vec<Duration> = thread::scope(|scope| {
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(|| client(service, &stop, booked))).collect();
        wait(length);
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().unwrap_or_default()).collect()
    });
    let elapsed = begun.elapsed();
    latencies.sort_unstable();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list"
        )]
        let place = (latencies.len() as f64 * share) as usize;
        latencies.get(place).copied().unwrap_or_default()
    };
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let per_second = latencies.len() as f64 / elapsed.as_secs_f64();
    Round { per_second, p50: at(0.5), p99: at(0.99) }
}

/// Books shipments one after the other over one connection; how long each took.
fn client(service: &Service, stop: &AtomicBool, booked: &AtomicU64) -> Vec<Duration> {
    let agent = ureq::Agent::new_with_defaults();
    let mut latencies = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let number = booked.fetch_add(1, Ordering::Relaxed);
        let body = json!({
            "tracking_number": format!("AB{number:09}"),
            "to": { "street": "Alte Allee 1", "city": "Berlin", "postal_code": "10115", "country": "DE" },
            "weight_kg": "12.5",
        });
        let begun = Instant::now();
        let request = agent.post(format!("{}/shipments", service.base));
        let answer = request.header("authorization", format!("Bearer {}", service.token)).send_json(&body);
        if answer.and_then(|mut answer| answer.body_mut().read_to_vec()).is_ok() {
            latencies.push(begun.elapsed());
        }
    }
    latencies
}

#[expect(clippy::disallowed_methods, reason = "a measurement takes its time")]
fn wait(length: Duration) {
    thread::sleep(length);
}

/// The resident memory of a process in MiB, as Linux tells it.
fn resident(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the process is gone")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}
