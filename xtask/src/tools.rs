//! What tests need beside cargo: PostgreSQL, a browser, and the validator of the OpenAPI initiative's schemas.

use std::path::PathBuf;

use anyhow::Context;
use postgres_server::Binaries;

use crate::command::{command, output, run, target};

/// Programs that tests use.
pub(crate) struct Tools {
    /// The Python that has `openapi-spec-validator`.
    pub(crate) python: PathBuf,
    /// A headless browser.
    pub(crate) browser: String,
}

/// The names that Chromium goes by.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

impl Tools {
    /// Finds them, and installs what is missing: Python packages below `target/`, Debian's Chromium by its package.
    pub(crate) fn set_up() -> anyhow::Result<Self> {
        Ok(Self { python: validator()?, browser: browser()? })
    }
}

fn validator() -> anyhow::Result<PathBuf> {
    let folder = target().join("tools").join("python");
    let python = folder.join("bin").join("python");
    let works =
        || output(command(&python.to_string_lossy(), &["-c", "import openapi_spec_validator"])).is_ok();
    if !works() {
        run(command("python3", &["-m", "venv", "--clear", &folder.to_string_lossy()]))
            .context("tests need Python 3 with `venv`")?;
        run(command(
            &python.to_string_lossy(),
            &["-m", "pip", "install", "--quiet", "openapi-spec-validator"],
        ))?;
    }
    Ok(python)
}

fn browser() -> anyhow::Result<String> {
    let found = || BROWSERS.into_iter().find(|name| output(command(name, &["--version"])).is_ok());
    if let Some(browser) = found() {
        return Ok(browser.to_owned());
    }
    install("chromium").context("tests need Chromium; install it and try again")?;
    found().map(str::to_owned).context("Chromium was installed and cannot be found")
}

/// The programs of PostgreSQL, installed by Debian's package if they are missing.
pub(crate) fn postgres() -> anyhow::Result<Binaries> {
    if let Some(binaries) = Binaries::find() {
        return Ok(binaries);
    }
    install("postgresql").context("tests need PostgreSQL 15 or later; install it and try again")?;
    Binaries::find().context("PostgreSQL was installed and cannot be found")
}

fn install(package: &str) -> anyhow::Result<()> {
    run(command("apt-get", &["update", "-qq"]))?;
    let mut install = command("apt-get", &["install", "-y", "-qq", "--no-install-recommends", package]);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run(install)
}
