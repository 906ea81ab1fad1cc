//! `freehold audit`

use serde::Deserialize;

use super::{
    client::{Client, Path},
    error::Error,
    output::Output,
    page::{Page, rest},
    table::table_or,
    text::known,
};

#[derive(Deserialize)]
struct Trail {
    entries: Vec<Entry>,
    next: Option<u64>,
}

#[derive(Deserialize)]
struct Entry {
    number: u64,
    time: String,
    actor: String,
    action: String,
    target: String,
    detail: Option<String>,
}

pub(crate) fn run(page: &Page, client: &Client, output: &Output) -> Result<(), Error> {
    output.show(&client.get(&page.of(Path::of(&["audit"])))?, list)
}

fn list(trail: Trail) -> String {
    let heads = ["NUMBER", "TIME", "ACTOR", "ACTION", "TARGET", "DETAIL"];
    let rows = trail.entries.into_iter().map(row).collect();
    table_or("No operator has done anything.", heads, rows) + &rest(trail.next)
}

fn row(entry: Entry) -> [String; 6] {
    let number = entry.number.to_string();
    [number, entry.time, entry.actor, entry.action, entry.target, known(entry.detail)]
}
