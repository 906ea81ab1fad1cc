//! Building a service, running it, and saying where to look.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use freehold_scaffold::{Draft, Example};
use uuid::{Uuid, uuid};

use crate::{failure::Failure, shown};

/// How often a service is asked whether it serves.
const TICK: Duration = Duration::from_millis(50);
/// The namespace of command ids that follow from an `Idempotency-Key`.
const COMMAND_IDS: Uuid = uuid!("b9f0a5f6-5f0e-5b0f-9d1c-3c1c7a3e6d52");
/// The actor of development tokens.
const DEVELOPER: &str = "developer";

pub(crate) fn run(name: &str, draft: &Draft, port: u16) -> Result<(), Failure> {
    shown::step("Building", "the first time takes a minute or two");
    let root = &draft.plan.root;
    let program = build(root, name)?;
    let token = token(root, &program)?;
    let (interrupted, interrupt) = mpsc::channel();
    // From here on Ctrl-C is for the service; this process ends when that has.
    let handler = move || {
        // Nobody listens any more only when this process is about to end.
        let _ = interrupted.send(());
    };
    ctrlc::set_handler(handler).map_err(|error| Failure::Start(error.to_string()))?;
    let mut service = Command::new(&program)
        .arg("--port")
        .arg(port.to_string())
        .current_dir(root)
        .spawn()
        .map_err(|error| Failure::Start(error.to_string()))?;
    let base = format!("http://{}:{port}", Ipv4Addr::LOCALHOST);
    if wait_until_ready(&mut service, &base, &interrupt)? {
        let curls: Vec<_> = draft
            .examples
            .iter()
            .map(|example| (example.does.clone(), curl(example, &base, &token)))
            .collect();
        shown::where_to_look(&base, &token, &curls);
    }
    wait(&mut service, &interrupt)
}

/// Builds the service with `cargo`, which shows its progress, and finds the program.
fn build(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    let output = Command::new("cargo")
        .args(["build", "--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(Failure::Cargo)?;
    if !output.status.success() {
        return Err(Failure::Build);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().filter_map(|line| executable(line, name)).next_back();
    executable.ok_or(Failure::Build)
}

fn executable(message: &str, name: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let is_it = message["target"]["name"] == name;
    is_it.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
}

fn token(root: &Path, program: &Path) -> Result<String, Failure> {
    let output = Command::new(program)
        .arg("token")
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::Start(error.to_string()))?;
    if !output.status.success() {
        return Err(Failure::Start("it does not print a token; why stands above".into()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether the service came to serve; false if it ended before.
fn wait_until_ready(
    service: &mut Child,
    base: &str,
    interrupt: &mpsc::Receiver<()>,
) -> Result<bool, Failure> {
    let url = format!("{base}/health/ready");
    loop {
        if ended(service)?.is_some() {
            return Ok(false);
        }
        if ureq::get(&url).call().is_ok() {
            return Ok(true);
        }
        if interrupt.recv_timeout(TICK).is_ok() {
            terminate(service);
            return Ok(false);
        }
    }
}

/// Waits for the service to end, and tells it to when this process is told to.
fn wait(service: &mut Child, interrupt: &mpsc::Receiver<()>) -> Result<(), Failure> {
    loop {
        if let Some(status) = ended(service)? {
            return if status.success() {
                Ok(())
            } else {
                Err(Failure::Start(format!("it ended with {status}")))
            };
        }
        if interrupt.recv_timeout(TICK).is_ok() {
            terminate(service);
        }
    }
}

fn ended(service: &mut Child) -> Result<Option<std::process::ExitStatus>, Failure> {
    service.try_wait().map_err(|error| Failure::Start(error.to_string()))
}

/// Asks the service to stop. From a terminal it was asked already, and asking twice does no harm.
fn terminate(service: &mut Child) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(service.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended meanwhile, which is as good.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    #[cfg(not(unix))]
    let _ = service;
}

/// A request as a line for a shell.
fn curl(example: &Example, base: &str, token: &str) -> String {
    let path = example.path.replace("{id}", &first_id(example).to_string());
    let method = if example.method == "GET" { String::new() } else { format!("-X {} ", example.method) };
    let mut line = format!("curl -sS -w '\\n' {method}{base}{path} -H 'Authorization: Bearer {token}'");
    if let Some(key) = &example.key {
        line = format!("{line} -H 'Idempotency-Key: {key}'");
    }
    if let Some(body) = &example.body {
        let body = body.replace('\'', r"'\''");
        line = format!("{line} -H 'Content-Type: application/json' -d '{body}'");
    }
    line
}

/// The id of what the first example creates. It follows from the key under which it is sent, as `docs/http.md` says
/// of `Idempotency-Key`.
fn first_id(example: &Example) -> Uuid {
    let command = Uuid::new_v5(
        &COMMAND_IDS,
        format!("{}:{DEVELOPER}:{}", DEVELOPER.len(), example.creation_key).as_bytes(),
    );
    Uuid::new_v5(&command, example.aggregate.as_bytes())
}
