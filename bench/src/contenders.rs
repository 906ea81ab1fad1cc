//! The contenders: where they are, how they are built, and what they say of themselves.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use bench_harness::Variant;

use crate::command::{output, root, run, target};

/// A contender that was built.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// Its program.
    pub(crate) program: PathBuf,
    /// The way in which it takes part.
    pub(crate) variant: Variant,
    /// Its packages with their versions: `cqrs-es 0.5.0, postgres-es 0.5.0`.
    pub(crate) versions: String,
}

/// What contenders are asked to take part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Log,
    Views,
}

/// The folders of all contenders that can take part.
fn folders(part: Part) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for parent in ["contenders", "peers"] {
        for entry in fs::read_dir(root().join(parent))? {
            folders.push(entry?.path());
        }
    }
    folders.retain(|folder| folder.join("src/main.rs").is_file());
    if part == Part::Views {
        folders.retain(|folder| keeps_views(folder));
    }
    folders.sort();
    Ok(folders)
}

/// Whether it is built with the part of the harness that looks at views, which spares building those that are not.
fn keeps_views(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("\"views\""))
}

/// Builds those that have one of these in their name, or all, and asks them in which ways they take part.
pub(crate) fn built(part: Part, wanted: &[String]) -> anyhow::Result<Vec<Contender>> {
    let all = folders(part)?;
    let mut folders = all.clone();
    folders.retain(|folder| may_be_wanted(folder, wanted));
    let mut contenders = Vec::new();
    for folder in if folders.is_empty() { all } else { folders } {
        contenders.extend(build(&folder)?);
    }
    contenders.retain(|contender| part == Part::Log || !contender.variant.views.is_empty());
    contenders.retain(|contender| {
        wanted.is_empty() || wanted.iter().any(|wanted| contender.variant.name.contains(wanted.as_str()))
    });
    Ok(contenders)
}

/// Whether one that lies there may be meant, which spares building those that are not: the names of contenders have the
/// names of their folders in them.
fn may_be_wanted(folder: &Path, wanted: &[String]) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let meant = |wanted: &String| name.contains(wanted.as_str()) || wanted.contains(&*name);
    wanted.is_empty() || wanted.iter().any(meant)
}

fn build(folder: &Path) -> anyhow::Result<Vec<Contender>> {
    let name = folder.file_name().context("a folder has a name")?.to_string_lossy().into_owned();
    let program = format!("contender-{name}");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--package", &program]).current_dir(folder);
    run(cargo.env("CARGO_TARGET_DIR", target()).env("SQLX_OFFLINE", "true"))?;
    let program = target().join("release").join(program);
    let variants: Vec<Variant> = serde_json::from_str(&output(Command::new(&program).arg("describe"))?)?;
    let lock = lock(folder)?;
    let contender = |variant: Variant| {
        let versions: Vec<_> = variant.packages.iter().map(|package| version(&lock, package)).collect();
        Contender { program: program.clone(), versions: versions.join(", "), variant }
    };
    Ok(variants.into_iter().map(contender).collect())
}

/// The lock file of the workspace that the folder belongs to.
fn lock(folder: &Path) -> anyhow::Result<String> {
    let mut files = folder.ancestors().map(|folder| folder.join("Cargo.lock"));
    Ok(fs::read_to_string(files.find(|file| file.is_file()).context("there is a lock file")?)?)
}

/// The package with the version that is locked.
fn version(lock: &str, package: &str) -> String {
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split('"').next());
    version.map_or_else(|| package.to_owned(), |version| format!("{package} {version}"))
}
