//! Whom the server runs as: whoever starts it, but never root, which PostgreSQL refuses.

use std::{
    env,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::Command,
};

use anyhow::Context;
use tempfile::TempDir;

/// Users that a server can run as in the place of root, the first that there is.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// A user and a group, if it has to be another than that of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User(Option<(u32, u32)>);

impl User {
    pub(crate) fn find() -> anyhow::Result<Self> {
        if !rustix::process::getuid().is_root() {
            return Ok(Self(None));
        }
        let ids = |name: &&str| Some((id("-u", name)?, id("-g", name)?));
        let found = USERS.iter().find_map(ids).context("no user but root can run PostgreSQL")?;
        Ok(Self(Some(found)))
    }

    /// A new folder that belongs to it, below this one or else with other temporary files.
    pub(crate) fn folder(self, below: &Path) -> anyhow::Result<TempDir> {
        let make = |below: &Path| -> anyhow::Result<TempDir> {
            let folder = tempfile::Builder::new().prefix("postgres-").tempdir_in(below)?;
            self.give(folder.path())?;
            Ok(folder)
        };
        let folder = make(below)?;
        if self.can_enter(folder.path()) { Ok(folder) } else { make(&env::temp_dir()) }
    }

    /// Gives it a file or a folder.
    pub(crate) fn give(self, path: &Path) -> anyhow::Result<()> {
        match self.0 {
            Some((user, group)) => Ok(chown(path, Some(user), Some(group))?),
            None => Ok(()),
        }
    }

    /// Parents of the folder may be closed to it.
    fn can_enter(self, folder: &Path) -> bool {
        let entered = self.command("test".as_ref()).arg("-x").arg(folder).status();
        entered.is_ok_and(|status| status.success())
    }

    /// A program that it runs.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        // Where this process is may be closed to it.
        command.current_dir("/");
        command
    }
}

fn id(kind: &str, name: &str) -> Option<u32> {
    let said = Command::new("id").args([kind, name]).output().ok()?;
    String::from_utf8_lossy(&said.stdout).trim().parse().ok()
}
