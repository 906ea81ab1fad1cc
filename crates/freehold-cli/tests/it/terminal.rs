//! Runs the command in an empty folder and writes down what a user would see.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// An empty folder to run the command in.
pub(crate) struct Terminal {
    folder: TempDir,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The names of what is in the folder, sorted.
    pub(crate) fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs `freehold` with these arguments, and tells what it said.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        said(&self.command(arguments).output().unwrap())
    }

    /// `freehold` with these arguments, and with nothing that this machine says of services and proxies.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
        command.args(arguments).current_dir(self.folder.path()).env("NO_COLOR", "1").env("COLUMNS", "110");
        for name in ["FREEHOLD_URL", "FREEHOLD_TOKEN", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command
    }
}

/// What a command said, as its user sees it.
pub(crate) fn said(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let code = output.status.code().unwrap_or(-1);
    format!("exit {code}\n--- stdout\n{}\n--- stderr\n{}", tidy(&out), tidy(&err))
}

/// The path of a model of the repository.
pub(crate) fn model(name: &str) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..").join("models");
    models.join(format!("{name}.toml")).canonicalize().unwrap().display().to_string()
}

/// Without spaces at the ends of lines, which snapshots do not keep.
fn tidy(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
