//! `freehold new`

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use freehold_model::Model;
use freehold_scaffold::{Draft, Formatted, Service, WriteError, draft, format};
use heck::ToKebabCase;

use crate::{arguments::New, failure::Failure, run, shown};

/// The port of a service unless another is asked for.
pub(crate) const PORT: u16 = 5002;

pub(crate) fn run(arguments: &New) -> Result<(), Failure> {
    let name = service_name(&arguments.name)?;
    let text = fs::read_to_string(&arguments.from)
        .map_err(|source| Failure::Model { path: arguments.from.clone(), source })?;
    let model = freehold_model::read(&arguments.from.display().to_string(), &text)
        .map_err(|mistakes| Failure::Mistakes(Box::new(mistakes)))?;
    shown::warnings(&model);
    let root = arguments.path.clone().unwrap_or_else(|| PathBuf::from(&name));
    if root.symlink_metadata().is_ok() {
        return Err(WriteError::Exists(root).into());
    }
    let port = arguments.port.unwrap_or(PORT);
    if arguments.run {
        check_port(port)?;
    }
    let (draft, formatted) = drafted(&name, root, &model, &text)?;
    if arguments.json {
        shown::plan_as_json(&draft);
    } else {
        shown::plan(&draft, arguments.dry_run);
    }
    if arguments.dry_run {
        return Ok(());
    }
    draft.plan.write()?;
    if !arguments.json {
        shown::written(&draft, formatted);
    }
    if arguments.run {
        return run::run(&name, &draft, port);
    }
    if !arguments.json {
        shown::next_steps(&draft.plan.root);
    }
    Ok(())
}

fn drafted(name: &str, root: PathBuf, model: &Model, text: &str) -> Result<(Draft, Formatted), Failure> {
    let sources = sources()?;
    let service = Service {
        name: name.to_owned(),
        freehold: dependency(&root, &sources.join("crates").join("freehold")),
        lock: fs::read_to_string(sources.join("Cargo.lock")).ok(),
        root,
        model,
        model_text: text,
    };
    let mut draft = draft(&service);
    let formatted = format(&mut draft.plan).map_err(Failure::Format)?;
    Ok((draft, formatted))
}

/// The root of the repository that this command was built from.
fn sources() -> Result<PathBuf, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..");
    root.canonicalize().map_err(|_| Failure::Sources(root))
}

/// The path of a dependency as a manifest below `root` writes it: relative, so that both can be moved together.
fn dependency(root: &Path, dependency: &Path) -> PathBuf {
    let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    // Parents may be links, or missing: what exists of them is resolved, the rest is taken as it is written.
    let existing = absolute.ancestors().find(|path| path.exists()).unwrap_or(&absolute);
    let resolved = existing.canonicalize().unwrap_or_else(|_| existing.to_owned());
    let rest = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
    pathdiff::diff_paths(dependency, resolved.join(rest)).unwrap_or_else(|| dependency.to_owned())
}

fn service_name(name: &str) -> Result<String, Failure> {
    let refused = |reason: &str| Failure::Name { name: name.to_owned(), reason: reason.to_owned() };
    let kebab = name.to_kebab_case();
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_ ".contains(letter));
    if !plain || kebab.is_empty() || kebab.len() > 60 {
        return Err(refused("it takes 1 to 60 letters, digits and `-`, such as `parcel` or `order-desk`"));
    }
    if !kebab.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return Err(refused("it has to begin with a letter"));
    }
    // Cargo keeps these folders for itself, or has crates of these names.
    if ["build", "deps", "examples", "incremental", "test", "core", "std", "alloc", "freehold"]
        .contains(&kebab.as_str())
    {
        return Err(refused(&format!("cargo or Freehold uses it already; try `{kebab}-service`")));
    }
    Ok(kebab)
}

fn check_port(port: u16) -> Result<(), Failure> {
    let taken = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
    if !taken(port) {
        return Ok(());
    }
    let other = (port.saturating_add(1)..u16::MAX).find(|other| !taken(*other)).unwrap_or(PORT + 1);
    Err(Failure::PortTaken { port, other })
}
