//! The crate of one bounded context, file by file.

mod aggregate;
mod decision;
mod events;
mod fields;
mod interface;
mod literals;
mod migration;
mod queries;
mod tests;
mod tests_http;
mod values;
mod views;

use std::path::PathBuf;

use freehold_model::Model;
use serde::Serialize;

use crate::{imports::Imports, names, plan::File, rust::Types, samples::Samples, templates};

pub(crate) use queries::item_name;
pub use tests::Gap;

/// What the files of a context are made from.
pub(crate) struct Source<'m> {
    pub(crate) model: &'m Model,
    pub(crate) types: Types<'m>,
    pub(crate) samples: Samples,
}

impl<'m> Source<'m> {
    pub(crate) fn of(model: &'m Model) -> Self {
        Self { model, types: Types::of(model), samples: Samples::of(model) }
    }

    /// A file from a template, with the imports that its text calls for.
    fn file(&self, path: impl Into<PathBuf>, template: &str, data: impl Serialize) -> File {
        let text = templates::render(template, data);
        File { path: path.into(), text: Imports::of(self.model).resolve(&text) }
    }

    /// A description, or what can be said without one; always a sentence.
    fn describe(description: &str, otherwise: impl FnOnce() -> String) -> String {
        let text = names::one_line(description);
        let text = if text.is_empty() { otherwise() } else { text };
        if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
    }
}

/// The files of a context, under its own folder, and the cases that no test could be made for.
pub(crate) fn files(model: &Model) -> (Vec<File>, Vec<Gap>) {
    let source = Source::of(model);
    let mut files = vec![source.manifest(), source.contents(), source.domain()];
    files.extend(source.values());
    for aggregate in &model.aggregates {
        files.extend(source.aggregate(aggregate));
    }
    files.push(source.application());
    files.push(source.views_module());
    files.extend(source.views());
    files.push(source.queries());
    files.push(source.infrastructure());
    files.extend(source.migrations());
    files.push(source.interface_module());
    files.push(source.interface());
    let (tests, gaps) = source.tests();
    files.extend(tests);
    (files, gaps)
}

#[derive(Serialize)]
struct Contents<'m> {
    context: &'m str,
    title: String,
    description: String,
    aggregates: Vec<Names>,
    views: Vec<Names>,
    has_values: bool,
    has_queries: bool,
    value_names: Vec<String>,
}

/// A name as a module and as a type.
#[derive(Serialize)]
struct Names {
    module: String,
    name: String,
    public: Vec<String>,
}

impl Source<'_> {
    fn contents_data(&self) -> Contents<'_> {
        let Model { context, description, aggregates, views, .. } = self.model;
        let title = names::title(context);
        let aggregates = aggregates.iter().map(|aggregate| Names {
            module: names::snake(&aggregate.name),
            name: aggregate.name.clone(),
            public: aggregate_names(aggregate),
        });
        let views = views.iter().map(|view| Names {
            module: names::snake(&view.name),
            name: view.name.clone(),
            public: vec![view.name.clone()],
        });
        let value_names = self.value_names();
        Contents {
            context,
            description: Self::describe(description, || format!("The context {}.", names::words(context))),
            title,
            aggregates: aggregates.collect(),
            views: views.collect(),
            has_values: !value_names.is_empty(),
            has_queries: self.model.views.iter().any(|view| !view.queries.is_empty()),
            value_names,
        }
    }

    fn manifest(&self) -> File {
        File { path: "Cargo.toml".into(), text: templates::render("context_manifest", self.contents_data()) }
    }

    fn contents(&self) -> File {
        self.file("src/lib.rs", "context_lib", self.contents_data())
    }

    fn domain(&self) -> File {
        self.file("src/domain.rs", "domain", self.contents_data())
    }

    fn application(&self) -> File {
        self.file("src/application.rs", "application", self.contents_data())
    }

    fn views_module(&self) -> File {
        self.file("src/application/views.rs", "views", self.contents_data())
    }

    fn interface_module(&self) -> File {
        self.file("src/interface.rs", "interface_module", self.contents_data())
    }

    fn infrastructure(&self) -> File {
        self.file("src/infrastructure.rs", "infrastructure", self.contents_data())
    }
}

/// What the module of an aggregate offers.
pub(crate) fn aggregate_names(aggregate: &freehold_model::Aggregate) -> Vec<String> {
    let name = &aggregate.name;
    let mut public = vec![name.clone()];
    public.extend(["Event", "Id", "Rejection"].map(|suffix| format!("{name}{suffix}")));
    if !aggregate.states.is_empty() {
        public.push(format!("{name}State"));
    }
    public.extend(aggregate.commands.iter().map(|command| command.name.clone()));
    public.sort();
    public
}
