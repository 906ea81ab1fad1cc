//! Routes that the file gives: `route = "PUT /shipments/{id}/carrier"`.

use crate::mistakes::Report;
use crate::model::Route;
use crate::names;
use crate::nearest::did_you_mean;
use crate::source::Text;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// First segments that the service keeps for itself.
const KEPT: [&str; 6] = ["health", "openapi.json", "docs", "problems", "admin", "metrics"];

/// What a given route must fit.
pub(super) struct Given<'a> {
    /// Whether it is a query's, not a command's.
    pub(super) query: bool,
    /// What its path takes, each once.
    pub(super) parameters: &'a [String],
}

/// The segment that a path shares with what the service keeps for itself.
pub(super) fn kept(path: &str) -> Option<&str> {
    path.split('/').nth(1).filter(|first| KEPT.contains(first))
}

/// Reads a given route; `None` when it is wrong, which is reported.
pub(super) fn given(report: &Report, text: &Text, fit: &Given<'_>) -> Option<Route> {
    let words = text.words();
    let [method, path] = words.as_slice() else {
        report
            .mistake(text.span(), "a route is a method and a path")
            .help("write it as in `PUT /shipments/{id}/carrier`");
        return None;
    };
    if let Some((message, help)) = wrong_method(&method.value, fit) {
        report.mistake(method.span, message).help(help);
        return None;
    }
    if let Some((message, help)) = wrong_path(&path.value, fit) {
        report.mistake(path.span, message).help(help);
        return None;
    }
    Some(Route { method: method.value.clone(), path: path.value.clone() })
}

type Wrong = (String, Option<String>);

fn wrong_method(method: &str, fit: &Given<'_>) -> Option<Wrong> {
    if !METHODS.contains(&method) {
        return Some((format!("there is no method `{method}`"), did_you_mean(method, METHODS)));
    }
    match (fit.query, method) {
        (true, "GET") => None,
        (true, _) => Some(("a query is reached by `GET`".to_owned(), None)),
        (false, "GET") => {
            let help = "a command changes something: use `POST`, `PUT`, `PATCH` or `DELETE`";
            Some(("a command is not reached by `GET`".to_owned(), Some(help.to_owned())))
        }
        _ => None,
    }
}

fn wrong_path(path: &str, fit: &Given<'_>) -> Option<Wrong> {
    let Some(rest) = path.strip_prefix('/') else {
        return Some(("a path starts with `/`".to_owned(), Some(format!("write `/{path}`"))));
    };
    if let Some(kept) = kept(path) {
        return Some((
            format!("the service keeps `/{kept}` for itself"),
            Some("choose another path".to_owned()),
        ));
    }
    let mut left: Vec<&str> = fit.parameters.iter().map(String::as_str).collect();
    for segment in rest.split('/') {
        match parameter(segment) {
            Some(name) => match left.iter().position(|other| *other == name) {
                Some(at) => drop(left.remove(at)),
                None => return Some(unknown(name, fit)),
            },
            None if is_plain(segment) => {}
            None => {
                let help =
                    "a segment is made of lower-case letters, digits, `-`, `_` and `.`, or is one `{name}`";
                return Some((format!("`{segment}` cannot be a segment of a path"), Some(help.to_owned())));
            }
        }
    }
    let missing = left.first()?;
    Some((format!("the path does not take `{{{missing}}}`"), Some(format!("as in `{path}/{{{missing}}}`"))))
}

fn parameter(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    (names::snake(name).as_deref() == Some(name)).then_some(name)
}

fn is_plain(segment: &str) -> bool {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    !segment.is_empty() && segment.chars().all(valid) && !segment.chars().all(|c| c == '.')
}

fn unknown(name: &str, fit: &Given<'_>) -> Wrong {
    let message = format!("nothing here is called `{{{name}}}`");
    let names: Vec<&str> = fit.parameters.iter().map(String::as_str).collect();
    let help = match names.as_slice() {
        [] => Some("this path takes nothing; what is asked for stands in the body or after `?`".to_owned()),
        names => did_you_mean(name, names.iter().copied()),
    };
    (message, help)
}
