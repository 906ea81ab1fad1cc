//! `freehold nodes`

use clap::Subcommand;
use serde::Deserialize;

use super::{
    client::{Client, Path},
    error::Error,
    output::Output,
    table::table_or,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// One line a node: its roles, when it was seen last, and what it works on.
    List,
}

#[derive(Deserialize)]
struct Nodes {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    name: String,
    roles: Vec<String>,
    seen_seconds_ago: f64,
    partitions: u64,
    views: Vec<String>,
}

pub(crate) fn run(verb: &Verb, client: &Client, output: &Output) -> Result<(), Error> {
    match verb {
        Verb::List => output.show(&client.get(&Path::of(&["nodes"]))?, list),
    }
}

fn list(all: Nodes) -> String {
    let heads = ["NAME", "ID", "ROLES", "SEEN", "PARTITIONS", "VIEWS"];
    table_or("The service has no nodes.", heads, all.nodes.into_iter().map(row).collect())
}

fn row(node: Node) -> [String; 6] {
    [
        node.name,
        node.id,
        node.roles.join(", "),
        format!("{:.1} s ago", node.seen_seconds_ago),
        node.partitions.to_string(),
        node.views.join(", "),
    ]
}
