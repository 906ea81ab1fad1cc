//! One PostgreSQL for all contenders, on a free port of this machine, its data below `target/`.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use bench_harness::Store;

use crate::{
    command::{output, run, target},
    flush::Flush,
};

/// How the server is set up, the same for all. What is not here is as PostgreSQL has it.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("wal_sync_method", "fdatasync"),
    ("shared_buffers", "2GB"),
    ("effective_cache_size", "8GB"),
    ("random_page_cost", "1.1"),
    ("max_connections", "1000"),
    ("max_wal_size", "16GB"),
    ("min_wal_size", "4GB"),
    ("checkpoint_timeout", "1h"),
];

/// A running server. It is stopped when this is dropped.
pub(crate) struct Server {
    process: Child,
    port: u16,
    binaries: PathBuf,
}

impl Server {
    /// Starts a server without any data.
    pub(crate) fn start(flush: Flush) -> anyhow::Result<Self> {
        let binaries = binaries()?;
        let folder = target().join("postgres");
        let data = folder.join("data");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let user = User::for_server()?;
        user.give(&folder)?;
        let mut initdb = user.command(&binaries.join("initdb"));
        initdb.args(["--auth=trust", "--username=bench", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        output(initdb.arg("--pgdata").arg(&data))?;
        let port = free_port()?;
        let mut postgres = user.command(&binaries.join("postgres"));
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", ""]);
        for (name, value) in SETTINGS {
            postgres.arg("-c").arg(format!("{name}={value}"));
        }
        let log = fs::File::create(target().join("postgres.log"))?;
        postgres.envs(flush.environment()?).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = postgres.spawn().context("PostgreSQL cannot be started")?;
        let mut server = Self { process, port, binaries };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_mins(1);
        while let Err(error) = self.sql("postgres", &["SELECT 1"]) {
            if let Some(status) = self.process.try_wait()? {
                bail!("PostgreSQL ended with {status}; see target/postgres.log");
            }
            if Instant::now() > deadline {
                return Err(error.context("PostgreSQL does not answer"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// What it calls itself.
    pub(crate) fn version(&self) -> anyhow::Result<String> {
        self.sql("postgres", &["SHOW server_version"])
    }

    /// A fresh database.
    pub(crate) fn create(&self, name: &str) -> anyhow::Result<Store> {
        self.sql("postgres", &[&format!("CREATE DATABASE {name}")])?;
        let url = format!("postgres://bench@127.0.0.1:{}/{name}", self.port);
        Ok(Store::Postgres { url, server: self.process.id() })
    }

    /// Drops a database.
    pub(crate) fn drop_database(&self, name: &str) -> anyhow::Result<()> {
        self.sql("postgres", &[&format!("DROP DATABASE {name} WITH (FORCE)")]).map(drop)
    }

    /// Brings statistics up to date and writes out what is only in memory, so that each round begins alike.
    pub(crate) fn settle(&self, name: &str) -> anyhow::Result<()> {
        self.sql(name, &["ANALYZE", "CHECKPOINT"]).map(drop)
    }

    /// How long a transaction of one row takes to be durable, on average.
    pub(crate) fn commit_latency(&self) -> anyhow::Result<Duration> {
        let inserts = "DO $$ BEGIN FOR n IN 1..200 LOOP INSERT INTO probe VALUES (n); COMMIT; END LOOP; END $$";
        let begun = Instant::now();
        self.sql("postgres", &["CREATE TABLE probe (number int)", inserts, "DROP TABLE probe"])?;
        Ok(begun.elapsed() / 200)
    }

    /// Runs statements, each in a transaction of its own.
    fn sql(&self, database: &str, statements: &[&str]) -> anyhow::Result<String> {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-U", "bench"]);
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        psql.args(statements.iter().flat_map(|statement| ["-c", statement]));
        output(&mut psql).map(|text| text.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT: connections are closed, and nothing is waited for.
        let pid = self.process.id().to_string();
        let _ = run(Command::new("kill").args(["-INT", &pid]));
        let _ = self.process.wait();
    }
}

fn binaries() -> anyhow::Result<PathBuf> {
    let on_path = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    installed.sort();
    let mut folders = on_path.chain(installed.into_iter().rev());
    let all = |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    folders.find(all).context("PostgreSQL is not installed")
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Who the server runs as: whoever runs this, but never root, since PostgreSQL refuses that.
struct User(Option<(u32, u32)>);

impl User {
    fn for_server() -> anyhow::Result<Self> {
        if output(Command::new("id").arg("-u"))?.trim() != "0" {
            return Ok(Self(None));
        }
        let id = |flag| anyhow::Ok(output(Command::new("id").args([flag, "postgres"]))?.trim().parse()?);
        Ok(Self(Some((id("-u")?, id("-g")?))))
    }

    fn give(&self, folder: &Path) -> anyhow::Result<()> {
        match self.0 {
            Some((user, group)) => Ok(chown(folder, Some(user), Some(group))?),
            None => Ok(()),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group).current_dir("/");
        }
        command
    }
}
