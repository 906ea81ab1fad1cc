//! The routes of a context.

use freehold_model::{Route, Tenancy};
use serde::Serialize;

use super::Source;
use crate::{names, plan::File};

#[derive(Serialize)]
struct InterfaceData {
    title: String,
    description: String,
    platform: bool,
    routes: Vec<RouteData>,
}

#[derive(Serialize)]
struct RouteData {
    kind: &'static str,
    name: String,
    method: String,
    path: String,
}

impl Source<'_> {
    pub(super) fn interface(&self) -> File {
        let commands = self.model.aggregates.iter().flat_map(|aggregate| &aggregate.commands);
        let commands = commands.map(|command| route("command", &command.name, &command.route));
        let queries = self.model.views.iter().flat_map(|view| &view.queries);
        let queries = queries.map(|query| route("query", &query.name, &query.route));
        let data = InterfaceData {
            title: names::title(&self.model.context),
            description: Self::describe(&self.model.description, || {
                format!("{}.", names::title(&self.model.context))
            }),
            platform: self.model.tenancy == Tenancy::None,
            routes: commands.chain(queries).collect(),
        };
        self.file("src/interface/http.rs", "interface", data)
    }
}

fn route(kind: &'static str, name: &str, route: &Route) -> RouteData {
    RouteData { kind, name: name.to_owned(), method: route.method.to_lowercase(), path: route.path.clone() }
}
