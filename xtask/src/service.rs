//! A generated service as a process.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::command::output;

/// How long a service may take to serve, or to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program of a service, and what it is started with.
pub(crate) struct Program {
    path: PathBuf,
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

/// A running service. Dropping it kills it; [`stop`](Self::stop) asks it to stop.
pub(crate) struct Service {
    process: Child,
    /// Where it serves.
    pub(crate) base: String,
    /// A token of its tenant `demo` with every role.
    pub(crate) token: String,
}

impl Program {
    /// What `cargo build` has made for a service of this name, to be run in its folder.
    pub(crate) fn built(target: &Path, profile: &str, name: &str, folder: &Path) -> Self {
        Self { path: target.join(profile).join(name), folder: folder.to_owned(), variables: Vec::new() }
    }

    /// The same with a variable in its environment.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut variables = self.variables.clone();
        variables.push((name.to_owned(), value.to_owned()));
        Self { path: self.path.clone(), folder: self.folder.clone(), variables }
    }

    /// A run of it. Where its data is follows from what it is given alone.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(&self.folder).env("RUST_LOG", "warn").env_remove("DATABASE_URL");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it on a free port, and waits until it serves.
    pub(crate) fn start(&self) -> anyhow::Result<Service> {
        let token = output(self.command(&["token"]))?.trim().to_owned();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut serve = self.command(&["--port", &port.to_string()]);
        let process = serve.stdout(Stdio::null()).spawn();
        let process = process.with_context(|| format!("`{}` cannot be run", self.path.display()))?;
        let mut service = Service { process, base: format!("http://127.0.0.1:{port}"), token };
        service.wait_until_ready()?;
        Ok(service)
    }
}

impl Service {
    /// The id of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while ureq::get(format!("{}/health/ready", self.base)).call().is_err() {
            ensure!(self.process.try_wait()?.is_none(), "the service has ended instead of serving");
            ensure!(begun.elapsed() < PATIENCE, "the service is not ready after {PATIENCE:?}");
            pause();
        }
        Ok(())
    }

    /// Asks it to stop, as Ctrl-C does, and fails if it does not end well.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.context("the process has an id")?, rustix::process::Signal::INT)?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait()? {
                ensure!(status.success(), "the service ended with {status}");
                return Ok(());
            }
            pause();
        }
        bail!("the service has not stopped after {PATIENCE:?}")
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already, which is what this is for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "nothing wakes this program when another one serves")]
fn pause() {
    thread::sleep(Duration::from_millis(20));
}
