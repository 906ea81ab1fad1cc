//! `freehold projections`

use clap::Subcommand;
use serde::Deserialize;

use super::{
    client::{Client, Path},
    error::Error,
    lag::{self, Lag},
    output::Output,
    table::table_or,
    text::{beginning, known, line, seconds},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// One line a view.
    List,
    /// One line a partition: its position, how many events it is behind the head of the log, and the lag of its view in
    /// time. Exit status 1 if a view is not healthy.
    Lag(Lag),
    /// Have a view take in nothing more, on every node, until it is resumed.
    Pause {
        /// The view, such as `shipping.ShipmentSummary`.
        view: String,
    },
    /// Have a view go on where it was paused.
    Resume {
        /// The view, such as `shipping.ShipmentSummary`.
        view: String,
    },
}

/// The views of a service, and the end of its log if that is known.
#[derive(Deserialize)]
pub(crate) struct Projections {
    pub(crate) head: Option<u64>,
    pub(crate) projections: Vec<Projection>,
}

#[derive(Deserialize)]
pub(crate) struct Projection {
    pub(crate) view: String,
    pub(crate) version: u64,
    pub(crate) position: u64,
    pub(crate) events_behind: Option<u64>,
    pub(crate) seconds_behind: Option<f64>,
    pub(crate) events_per_second: Option<f64>,
    pub(crate) heartbeat_seconds_ago: Option<f64>,
    pub(crate) running: bool,
    pub(crate) healthy: bool,
    pub(crate) paused: bool,
    pub(crate) rows_parked: u64,
    pub(crate) error: Option<String>,
    pub(crate) partitions: Vec<Partition>,
}

#[derive(Deserialize)]
pub(crate) struct Partition {
    pub(crate) partition: u32,
    pub(crate) position: u64,
    pub(crate) owner: Option<String>,
    pub(crate) heartbeat_seconds_ago: Option<f64>,
    pub(crate) rows_parked: u64,
}

#[derive(Deserialize)]
struct Switched {
    view: String,
    paused: bool,
}

pub(crate) fn run(verb: &Verb, client: &Client, output: &Output) -> Result<(), Error> {
    match verb {
        Verb::List => output.show(&client.get(&path())?, |all: Projections| list(&all)),
        Verb::Lag(lag) => lag::run(lag, client, output),
        Verb::Pause { view } => switch(view, "pause", client, output),
        Verb::Resume { view } => switch(view, "resume", client, output),
    }
}

pub(crate) fn path() -> Path {
    Path::of(&["projections"])
}

fn switch(view: &str, verb: &str, client: &Client, output: &Output) -> Result<(), Error> {
    let answer = client.post(&Path::of(&["projections", view, verb]))?;
    output.show(&answer, |switched: Switched| {
        let state = if switched.paused { "is paused" } else { "goes on" };
        format!("{} {state}.\n", line(&switched.view))
    })
}

fn list(all: &Projections) -> String {
    let rows = all.projections.iter().map(row).collect();
    let heads = ["VIEW", "VERSION", "STATE", "POSITION", "BEHIND", "LAG", "PARKED", "LAST ERROR"];
    let table = table_or("The service has no views.", heads, rows);
    format!("{table}\nThe log ends at {}.\n", known(all.head))
}

fn row(projection: &Projection) -> [String; 8] {
    [
        projection.view.clone(),
        projection.version.to_string(),
        state(projection),
        projection.position.to_string(),
        known(projection.events_behind),
        seconds(projection.seconds_behind),
        projection.rows_parked.to_string(),
        known(projection.error.as_deref().map(beginning)),
    ]
}

/// Health is said only where it is missing.
pub(crate) fn state(projection: &Projection) -> String {
    let state = match projection {
        Projection { paused: true, .. } => "paused",
        Projection { running: true, .. } => "running",
        _ => "stopped",
    };
    let health = if projection.healthy { "" } else { ", not healthy" };
    format!("{state}{health}")
}
