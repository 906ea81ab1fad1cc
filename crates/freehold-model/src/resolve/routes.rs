//! Where commands and queries are reached: by the house rule, or as `route` says.

use heck::{ToKebabCase, ToSnakeCase};

use crate::mistakes::Report;
use crate::model::{Aggregate, Command, Query, QueryShape, Route, View, ViewKey};
use crate::plural::plural_kebab;
use crate::raw::{RawAggregate, RawModel, RawView};
use crate::resolve::given_route::{Given, given};
use crate::source::{Span, Word};

/// Gives every command and query its route, and reports those that two of them share.
pub(super) fn resolve(report: &Report, raw: &RawModel, aggregates: &mut [Aggregate], views: &mut [View]) {
    let mut routes = Routes { report, taken: Vec::new() };
    for (raw, aggregate) in raw.aggregates.iter().zip(aggregates.iter_mut()) {
        commands(&mut routes, raw, aggregate);
    }
    for at in 0..views.len() {
        let resource = view_resource(views, at);
        if let (Some(raw), Some(view)) = (raw.views.get(at), views.get_mut(at)) {
            queries(&mut routes, raw, view, &resource);
        }
    }
}

/// The routes that are given out so far, each with who has it.
struct Routes<'a> {
    report: &'a Report,
    taken: Vec<(Route, String)>,
}

impl Routes<'_> {
    /// Notes a route, or reports that somebody has it.
    fn take(&mut self, at: Span, name: &Word, route: &Route) {
        if let Some((_, owner)) = self.taken.iter().find(|(other, _)| same(other, route)) {
            self.report
                .mistake(
                    at,
                    format!(
                        "`{}` and `{owner}` would both be reached at `{} {}`",
                        name.value, route.method, route.path
                    ),
                )
                .help("give one of them another place with `route = \"…\"`");
        }
        self.taken.push((route.clone(), name.value.clone()));
    }
}

/// Whether a router could not tell two routes apart.
fn same(one: &Route, other: &Route) -> bool {
    let shape = |route: &Route| -> Vec<String> {
        let parameter = |segment: &str| {
            if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() }
        };
        route.path.split('/').map(parameter).collect()
    };
    one.method == other.method && shape(one) == shape(other)
}

fn commands(routes: &mut Routes<'_>, raw: &RawAggregate, aggregate: &mut Aggregate) {
    let resource = plural_kebab(&aggregate.name);
    let plain = plain_creation(aggregate);
    for (at, (raw, command)) in raw.commands.iter().zip(&mut aggregate.commands).enumerate() {
        let name = &raw.named.name;
        let house = || post(command_path(&aggregate.name, &resource, command, plain == Some(at)));
        let (route, place) = match &raw.route {
            Some(text) => {
                let parameters: &[String] = if command.creates { &[] } else { &["id".to_owned()] };
                let given = given(routes.report, text, &Given { query: false, parameters });
                (given.unwrap_or_else(house), text.span())
            }
            None => (house(), name.span),
        };
        check_house(routes.report, raw.route.is_none(), name, &route);
        routes.take(place, name, &route);
        command.route = route;
    }
}

/// The house rule may lead to a place that the service keeps for itself.
fn check_house(report: &Report, by_rule: bool, name: &Word, route: &Route) {
    if by_rule && let Some(kept) = crate::resolve::given_route::kept(&route.path) {
        report
            .mistake(
                name.span,
                format!(
                    "`{}` would be reached at `{}`, and the service keeps `/{kept}`",
                    name.value, route.path
                ),
            )
            .help("give it another place with `route = \"…\"`");
    }
}

fn post(path: String) -> Route {
    Route { method: "POST".to_owned(), path }
}

fn get(path: String) -> Route {
    Route { method: "GET".to_owned(), path }
}

/// The creating command that is reached at the resource itself: the first that says one verb, else the first.
fn plain_creation(aggregate: &Aggregate) -> Option<usize> {
    let creating = |(_, command): &(usize, &Command)| command.creates;
    let one_word = |(_, command): &(usize, &Command)| !verb(&aggregate.name, &command.name).contains('-');
    let mut all = aggregate.commands.iter().enumerate().filter(creating);
    let first = all.clone().next();
    all.find(one_word).or(first).map(|(at, _)| at)
}

fn command_path(aggregate: &str, resource: &str, command: &Command, plain: bool) -> String {
    let verb = verb(aggregate, &command.name);
    match command.creates {
        true if plain => format!("/{resource}"),
        true => format!("/{resource}/{verb}"),
        false => format!("/{resource}/{{id}}/{verb}"),
    }
}

/// The name of a command without the name of its aggregate: `mark-deleted` of `MarkBrokerAccountDeleted`.
fn verb(aggregate: &str, command: &str) -> String {
    let (whole, part) = (command.to_snake_case(), aggregate.to_snake_case());
    let words: Vec<&str> = whole.split('_').collect();
    let name: Vec<&str> = part.split('_').collect();
    let Some(at) = words.windows(name.len()).position(|window| window == name) else {
        return command.to_kebab_case();
    };
    let (before, rest) = words.split_at(at);
    let after = rest.get(name.len()..).unwrap_or_default();
    let left = [before, after].concat();
    if left.is_empty() { command.to_kebab_case() } else { left.join("-") }
}

/// What the queries of a view are about: the aggregate, if the view has one row per stream and is the first such.
fn view_resource(views: &[View], at: usize) -> String {
    let Some(view) = views.get(at) else {
        return String::new();
    };
    let earlier = views.iter().take(at);
    match subject(view) {
        Some(aggregate) if !earlier.filter_map(subject).any(|other| other == aggregate) => {
            plural_kebab(aggregate)
        }
        _ => plural_kebab(&view.name),
    }
}

fn subject(view: &View) -> Option<&str> {
    match (&view.key, view.of.as_slice()) {
        (ViewKey::Stream, [only]) if !view.queries.is_empty() => Some(only),
        _ => None,
    }
}

fn queries(routes: &mut Routes<'_>, raw: &RawView, view: &mut View, resource: &str) {
    let key = match &view.key {
        ViewKey::Stream => vec!["id".to_owned()],
        ViewKey::Fields(fields) => fields.clone(),
    };
    for (raw, query) in raw.queries.iter().zip(&mut view.queries) {
        let name = &raw.named.name;
        let house = || get(query_path(resource, query, &key));
        let (route, place) = match &raw.route {
            Some(text) => {
                let parameters = if matches!(query.shape, QueryShape::ByKey) { key.as_slice() } else { &[] };
                let given = given(routes.report, text, &Given { query: true, parameters });
                (given.unwrap_or_else(house), text.span())
            }
            None => (house(), name.span),
        };
        check_house(routes.report, raw.route.is_none(), name, &route);
        routes.take(place, name, &route);
        query.route = route;
    }
}

fn query_path(resource: &str, query: &Query, key: &[String]) -> String {
    match &query.shape {
        QueryShape::ByKey => {
            let parameters: Vec<String> = key.iter().map(|field| format!("{{{field}}}")).collect();
            format!("/{resource}/{}", parameters.join("/"))
        }
        QueryShape::ByFields(fields) => format!("/{resource}/by-{}", fields.join("-").to_kebab_case()),
        QueryShape::List(_) => format!("/{resource}"),
    }
}
