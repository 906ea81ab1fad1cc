//! Generated services from end to end: written, linted, tested, served, driven over HTTP, killed, stopped, and their
//! data found again, on SQLite and on PostgreSQL.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use postgres_server::Server;
use serde_json::Value;

use crate::{
    command::{cargo_in, command, generated_target, output, root, run},
    postgres,
    service::{Program, Service},
    tools::Tools,
};

/// How often a list is asked for before what was written has to be in it.
const ATTEMPTS: usize = 200;

/// Of the roles that are made for a service.
const PASSWORD: &str = "let-nobody-see-this";

/// A service that was written from a model, in a folder that goes with it.
pub(crate) struct Generated {
    /// Its name.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Requests that show it at work: method, path, body.
    pub(crate) examples: Vec<Value>,
    _parent: tempfile::TempDir,
}

/// The models of the repository.
pub(crate) fn models() -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(root().join("models"))?.collect::<Result<Vec<_>, _>>()?;
    let mut models: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    models.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    models.sort();
    Ok(models)
}

/// Writes a service from a model. It has the name of its context, the hardest case for names.
pub(crate) fn generate(model: &Path) -> anyhow::Result<Generated> {
    let name = model.file_stem().context("a model has a name")?.to_string_lossy().replace('_', "-");
    let parent = tempfile::tempdir()?;
    let folder = parent.path().join("missing").join(&name);
    let (model, path) = (model.to_string_lossy(), folder.to_string_lossy());
    let arguments = ["run", "--quiet", "--", "new", &name, "--from", &model, "--path", &path, "--json"];
    let plan: Value = serde_json::from_str(&output(command("cargo", &arguments))?)?;
    let examples = plan["examples"].as_array().cloned().unwrap_or_default();
    Ok(Generated { name, folder, examples, _parent: parent })
}

/// Tests the service of a model.
pub(crate) fn test(model: &Path, tools: &Tools, postgres: &Server) -> anyhow::Result<()> {
    eprintln!("\n\x1b[1mA service from {}\x1b[0m", model.display());
    let generated = generate(model)?;
    let folder = &generated.folder;
    run(cargo_in(folder, &["fmt", "--check"]))?;
    run(cargo_in(folder, &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(cargo_in(folder, &["test", "--quiet", "--workspace"]))?;
    let mut tests = cargo_in(folder, &["test", "--quiet", "--workspace"]);
    tests.env(postgres::VARIABLE, postgres.url("postgres"));
    run(tests)?;
    run(cargo_in(folder, &["build", "--quiet"]))?;
    let program = generated.program("debug");
    let look = |service: &Service| {
        validate(service, tools)?;
        browse(service, tools)
    };
    serve(&generated, &program, look)
        .and_then(|()| serve_on_postgres(&generated, &program, postgres))
        .and_then(|()| refuse(&program, postgres))
        .with_context(|| format!("the service `{}`", generated.name))
}

impl Generated {
    /// Its program, once it is built.
    pub(crate) fn program(&self, profile: &str) -> Program {
        Program::built(&generated_target(), profile, &self.name, &self.folder)
    }
}

/// Drives it, kills it, starts it, stops it, and starts it again.
fn serve(
    generated: &Generated,
    program: &Program,
    look: impl FnOnce(&Service) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let service = program.start()?;
    drive(&service, &generated.examples)?;
    look(&service)?;
    service.kill()?;
    let service = program.start()?;
    // The same requests under the same keys: they lead to what they led to, and change nothing.
    drive(&service, &generated.examples)?;
    service.stop()?;
    let service = program.start()?;
    list(&service, &generated.examples)?;
    service.stop()
}

/// The same program on PostgreSQL, told by `DATABASE_URL` alone; and at last as a role that owns nothing.
fn serve_on_postgres(generated: &Generated, program: &Program, postgres: &Server) -> anyhow::Result<()> {
    eprintln!("on PostgreSQL");
    let name = generated.name.replace('-', "_");
    for role in ["owner", "service"] {
        postgres.sql("postgres", &format!("CREATE ROLE {name}_{role} LOGIN PASSWORD '{PASSWORD}'"))?;
    }
    postgres.sql("postgres", &format!("CREATE DATABASE {name} OWNER {name}_owner"))?;
    let url = |role: &str| postgres.url_as(&format!("{name}_{role}"), PASSWORD, &name);
    serve(generated, &program.with("DATABASE_URL", &url("owner")), |_| Ok(()))?;
    let owner = format!("{}__DATABASE__OWNER_URL", name.to_uppercase());
    let service = program.with("DATABASE_URL", &url("service")).with(&owner, &url("owner")).start()?;
    drive(&service, &generated.examples)?;
    service.stop()?;
    let events = postgres.sql(&name, "SELECT count(*) > 0 FROM freehold.events")?;
    ensure!(events == "t", "the service has left no event in PostgreSQL");
    Ok(())
}

/// Names databases that are not to be had: it says why and ends, and shows no password.
fn refuse(program: &Program, postgres: &Server) -> anyhow::Result<()> {
    let stranger = postgres.url_as("postgres", PASSWORD, "postgres");
    for (url, why) in [
        (&*format!("mysql://shop:{PASSWORD}@localhost/shop"), "and not `mysql://`"),
        (&*format!("shop:{PASSWORD}@localhost/shop"), "and this is neither"),
        (&*format!("postgres://shop:{PASSWORD}@127.0.0.1:1/shop"), "PostgreSQL cannot be reached"),
        (&stranger, "password authentication failed"),
    ] {
        let ended = program.with("DATABASE_URL", url).command(&["--port", "0"]).output()?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(!ended.status.success() && said.contains(why), "`{why}` was expected, and it says:\n{said}");
        ensure!(!said.contains(PASSWORD), "a password is shown:\n{said}");
    }
    Ok(())
}

/// Sends the examples, the first of which creates.
fn drive(service: &Service, examples: &[Value]) -> anyhow::Result<()> {
    let mut id = String::new();
    for example in examples.iter().filter(|example| !example["body"].is_null()) {
        let answer = send(service, example, &id).with_context(|| format!("{example}"))?;
        answer["id"].as_str().context("a command answers with an id")?.clone_into(&mut id);
    }
    list(service, examples)
}

fn send(service: &Service, example: &Value, id: &str) -> anyhow::Result<Value> {
    let (method, path) = (text(example, "method")?, text(example, "path")?.replace("{id}", id));
    ensure!(method != "GET", "a command is not sent with GET");
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", service.base))
        .header("authorization", format!("Bearer {}", service.token))
        .header("idempotency-key", text(example, "key")?)
        .header("content-type", "application/json")
        .body(text(example, "body")?.to_owned())?;
    Ok(ureq::run(request)?.body_mut().read_json()?)
}

/// Finds in the list exactly what was created.
fn list(service: &Service, examples: &[Value]) -> anyhow::Result<()> {
    let Some(example) = examples.iter().find(|example| example["body"].is_null()) else { return Ok(()) };
    let url = format!("{}{}", service.base, text(example, "path")?);
    let mut rows = 0;
    // A view that follows the log does so within a moment, which is not this test's to measure.
    for _ in 0..ATTEMPTS {
        let request = ureq::get(&url).header("authorization", format!("Bearer {}", service.token));
        let page: Value = request.call()?.body_mut().read_json()?;
        rows = page["items"].as_array().map_or(0, Vec::len);
        if rows > 0 {
            break;
        }
    }
    ensure!(rows == 1, "one row was expected at {url}, and there are {rows}");
    Ok(())
}

fn text<'e>(example: &'e Value, name: &str) -> anyhow::Result<&'e str> {
    example[name].as_str().with_context(|| format!("`{name}` in {example}"))
}

/// Validates the OpenAPI document with a validator that is not ours.
fn validate(service: &Service, tools: &Tools) -> anyhow::Result<()> {
    let document = ureq::get(format!("{}/openapi.json", service.base)).call()?.body_mut().read_to_string()?;
    let file = tempfile::NamedTempFile::with_suffix(".json")?;
    fs::write(file.path(), document)?;
    let mut validator = Command::new(&tools.python);
    validator.args(["-m", "openapi_spec_validator"]).arg(file.path());
    run(validator)
}

/// Opens the page of the API in a browser, which has to show every operation.
fn browse(service: &Service, tools: &Tools) -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let mut browser = Command::new(&tools.browser);
    browser
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--virtual-time-budget=15000", "--dump-dom"])
        .arg(format!("{}/docs", service.base));
    let page = output(browser)?;
    let openapi: Value =
        ureq::get(format!("{}/openapi.json", service.base)).call()?.body_mut().read_json()?;
    let paths = openapi["paths"].as_object().into_iter().flatten();
    let operations: usize =
        paths.map(|(_, methods)| methods.as_object().map_or(0, serde_json::Map::len)).sum();
    let shown = format!("data-operations=\"{operations}\"");
    ensure!(
        operations > 0 && page.contains(&shown),
        "the API page does not show the {operations} operations that there are"
    );
    Ok(())
}
