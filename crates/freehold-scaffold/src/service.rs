//! A whole service: a workspace with one context, and the program that runs it.

use std::path::{Path, PathBuf};

use freehold_model::Model;
use serde::Serialize;

use crate::{
    context::{self, Gap},
    curl::{self, Example},
    names,
    plan::{File, Plan},
    templates,
};

/// What a new service is made from.
#[derive(Clone, Debug)]
pub struct Service<'m> {
    /// Its name, in kebab case: it names the folder, the workspace and the program.
    pub name: String,
    /// The folder to create.
    pub root: PathBuf,
    /// Where Freehold's own workspace is, as the service's manifest names it.
    pub freehold: PathBuf,
    /// The lock file whose versions the service begins with, if there is one.
    pub lock: Option<String>,
    /// The context.
    pub model: &'m Model,
    /// The text of the model file, which the service keeps.
    pub model_text: &'m str,
}

/// A service as it will be written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its files, not yet formatted.
    pub plan: Plan,
    /// The cases that no test could be made for, each a sentence.
    pub gaps: Vec<Gap>,
    /// Requests that show it at work.
    pub examples: Vec<Example>,
}

#[derive(Serialize)]
struct ServiceData<'m> {
    name: &'m str,
    title: String,
    variable: String,
    description: String,
    freehold: String,
    context: &'m str,
    context_package: String,
    context_module: String,
    roles: Vec<String>,
    tenancy: bool,
    aggregates: Vec<AggregateData<'m>>,
    views: Vec<ViewData<'m>>,
    examples: &'m [Example],
}

#[derive(Serialize)]
struct AggregateData<'m> {
    name: &'m str,
    description: String,
    commands: Vec<&'m str>,
}

#[derive(Serialize)]
struct ViewData<'m> {
    name: &'m str,
    description: String,
    queries: Vec<&'m str>,
}

/// Drafts a service.
pub fn draft(service: &Service<'_>) -> Draft {
    let (context_files, gaps) = context::files(service.model);
    let examples = curl::examples(service.model);
    let data = service.data(&examples);
    let folder = Path::new("contexts").join(&service.model.context);
    let mut files: Vec<File> = [
        ("Cargo.toml", "workspace_manifest"),
        ("README.md", "readme"),
        ("AGENTS.md", "agents"),
        (".gitignore", "gitignore"),
        ("config.toml", "config"),
        ("app/Cargo.toml", "app_manifest"),
        ("app/src/database.rs", "app_database"),
        ("app/src/main.rs", "app_main"),
        ("app/src/settings.rs", "app_settings"),
    ]
    .into_iter()
    .map(|(path, template)| File { path: path.into(), text: templates::render(template, &data) })
    .collect();
    files.extend(service.lock.clone().map(|text| File { path: "Cargo.lock".into(), text }));
    let model = format!("models/{}.toml", service.model.context);
    files.push(File { path: model.into(), text: service.model_text.to_owned() });
    files
        .extend(context_files.into_iter().map(|file| File { path: folder.join(file.path), text: file.text }));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Draft { plan: Plan { root: service.root.clone(), files }, gaps, examples }
}

impl Service<'_> {
    fn data<'a>(&'a self, examples: &'a [Example]) -> ServiceData<'a> {
        let model = self.model;
        let aggregates = model.aggregates.iter().map(|aggregate| AggregateData {
            name: &aggregate.name,
            description: names::one_line(&aggregate.description),
            commands: aggregate.commands.iter().map(|command| command.name.as_str()).collect(),
        });
        let views = model.views.iter().map(|view| ViewData {
            name: &view.name,
            description: names::one_line(&view.description),
            queries: view.queries.iter().map(|query| query.name.as_str()).collect(),
        });
        ServiceData {
            name: &self.name,
            title: names::title(&self.name),
            variable: names::constant(&self.name),
            description: described(model, &self.name),
            freehold: self.freehold.display().to_string(),
            context: &model.context,
            context_package: names::kebab(&model.context),
            context_module: names::snake(&model.context),
            roles: roles(model),
            tenancy: model.tenancy == freehold_model::Tenancy::Required,
            aggregates: aggregates.collect(),
            views: views.collect(),
            examples,
        }
    }
}

/// What the model says of its context, or what can be said without it.
fn described(model: &Model, name: &str) -> String {
    let description = names::one_line(&model.description);
    if description.is_empty() { format!("The service {}.", names::title(name)) } else { description }
}

/// Every role that the model names, sorted.
pub fn roles(model: &Model) -> Vec<String> {
    let commands = model.aggregates.iter().flat_map(|aggregate| &aggregate.commands).flat_map(|it| &it.roles);
    let queries = model.views.iter().flat_map(|view| &view.queries).flat_map(|query| &query.roles);
    let mut roles: Vec<_> = commands.chain(queries).cloned().collect();
    roles.sort();
    roles.dedup();
    roles
}
