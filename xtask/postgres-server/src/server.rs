//! A running server.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::Write,
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{Setup, user::User, watchdog::Watchdog};

/// How long it may take to start or to stop. After a crash it reads its log first.
const PATIENCE: Duration = Duration::from_mins(2);
/// What it says while processes of a predecessor that was killed are still about to end.
const PREDECESSOR: &str = "pre-existing shared memory block";

/// A server with data of its own. When it is dropped, both are gone.
#[derive(Debug)]
pub struct Server {
    // Ends before its folder goes.
    running: Option<Running>,
    setup: Setup,
    user: User,
    port: u16,
    password: String,
    folder: TempDir,
}

#[derive(Debug)]
struct Running {
    process: Child,
    _watchdog: Watchdog,
}

impl Server {
    pub(crate) fn create(setup: Setup, below: &Path) -> anyhow::Result<Self> {
        let user = User::find()?;
        fs::create_dir_all(below)?;
        let folder = user.folder(below).context("there is no folder for the data of PostgreSQL")?;
        let password = format!("{:016x}", getrandom::u64()?);
        let mut server = Self { running: None, setup, user, port: free_port()?, password, folder };
        server.initialise()?;
        server.start()?;
        Ok(server)
    }

    /// The URL of a database on it, as the superuser `postgres`.
    pub fn url(&self, database: &str) -> String {
        self.url_as("postgres", &self.password, database)
    }

    /// The same as another role.
    pub fn url_as(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL in a database, as the superuser, and says what it answers: a line a row, `|` between columns.
    pub fn sql(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(self.setup.binaries.program("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"]);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]);
        psql.env("PGPASSWORD", &self.password).env("PGCONNECT_TIMEOUT", "10").stdin(Stdio::null());
        output(psql)
    }

    /// The id of its first process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.process.id())
    }

    /// Starts it again on the same data and the same port, after [`stop`](Self::stop) or [`kill`](Self::kill). It
    /// answers when this returns.
    pub fn start(&mut self) -> anyhow::Result<()> {
        ensure!(self.running.is_none(), "PostgreSQL runs already");
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.running = Some(self.spawn()?);
            match self.wait_until_ready(deadline)? {
                None => return Ok(()),
                Some(status) => {
                    self.running = None;
                    let log = fs::read_to_string(self.log()).unwrap_or_default();
                    let waits = log.contains(PREDECESSOR) && Instant::now() < deadline;
                    ensure!(waits, "PostgreSQL ended with {status}:\n{log}");
                    pause();
                }
            }
        }
    }

    /// Stops it: what is under way is rolled back, what was committed is there at the next start.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let mut running = self.running.take().context("PostgreSQL does not run")?;
        kill_process(Pid::from_child(&running.process), Signal::INT)?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = running.process.try_wait()? {
                ensure!(status.success(), "PostgreSQL ended with {status}");
                return Ok(());
            }
            pause();
        }
        running.process.kill()?;
        bail!("PostgreSQL has not stopped after {PATIENCE:?}")
    }

    /// Kills it, as `kill -9` does.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let mut running = self.running.take().context("PostgreSQL does not run")?;
        running.process.kill()?;
        running.process.wait()?;
        Ok(())
    }

    fn initialise(&self) -> anyhow::Result<()> {
        let password = self.folder.path().join("password");
        fs::write(&password, &self.password)?;
        self.user.give(&password)?;
        let mut initdb = self.user.command(&self.setup.binaries.program("initdb"));
        initdb.args(["--username=postgres", "--auth=password", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        initdb.args(&self.setup.initdb).arg("--pwfile").arg(&password).arg("--pgdata").arg(self.data());
        output(initdb)?;
        fs::remove_file(password)?;
        self.setup.files.iter().try_for_each(|(name, content)| self.add(&self.data().join(name), content))
    }

    /// A file that belongs to whom it runs as, in the place of one that may be there.
    fn add(&self, path: &Path, content: &str) -> anyhow::Result<()> {
        let mut file = File::create(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(content.as_bytes())?;
        self.user.give(path)
    }

    /// It listens on the loopback address only, and on no socket of the file system.
    fn spawn(&self) -> anyhow::Result<Running> {
        let log = OpenOptions::new().create(true).write(true).truncate(true).open(self.log())?;
        let mut postgres = self.user.command(&self.setup.binaries.program("postgres"));
        postgres.arg("-D").arg(self.data()).args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k", ""]);
        postgres.args(self.setup.settings.iter().flat_map(|setting| ["-c", setting]));
        postgres.envs(self.setup.environment.iter().map(|(name, value)| (name, value)));
        // Ctrl-C is for who started it, with whom it ends.
        postgres.process_group(0).stdin(Stdio::null()).stdout(File::try_clone(&log)?).stderr(log);
        let mut process = postgres.spawn().context("PostgreSQL cannot be started")?;
        let watchdog = Watchdog::over(process.id(), self.folder.path());
        if watchdog.is_err() {
            process.kill()?;
            process.wait()?;
        }
        Ok(Running { process, _watchdog: watchdog? })
    }

    /// How it ended, if it did instead of answering.
    fn wait_until_ready(&mut self, deadline: Instant) -> anyhow::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = self.running.as_mut().and_then(|it| it.process.try_wait().transpose()) {
                return Ok(Some(status?));
            }
            match self.sql("postgres", "SELECT 1") {
                Ok(_) => return Ok(None),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => pause(),
            }
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Running {
    /// At once, as its data goes as well.
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            // It may end just now, which is as good.
            let _ = kill_process(Pid::from_child(&self.process), Signal::QUIT);
            let _ = self.process.wait();
        }
    }
}

/// A port that nobody has, from below those that a system gives to outgoing connections: else a client that tries to
/// connect while the server is away could get the server's own port, and be connected to itself.
fn free_port() -> anyhow::Result<u16> {
    let begin = getrandom::u32()?;
    let ports =
        (0..12_000).map(|step| 20_000 + u16::try_from(begin.wrapping_add(step) % 12_000).unwrap_or(0));
    let mut free = ports.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.next().context("no port is free")
}

/// What a program prints, if it succeeds.
fn output(mut command: Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("`{program}` cannot be run"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{program}` ended with {}:\n{errors}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[expect(clippy::disallowed_methods, reason = "nothing wakes this program when another one serves")]
fn pause() {
    thread::sleep(Duration::from_millis(20));
}
