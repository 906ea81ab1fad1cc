//! `freehold projections`

use clap::{Args, Subcommand};
use serde::Deserialize;

use super::{
    client::{Client, Path},
    error::Error,
    lag::{self, Lag},
    output::Output,
    rebuilds::{self, Begin, List},
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
    Pause(Switch),
    /// Have a view go on where it was paused.
    Resume(Switch),
    /// Fill a view anew from the log, beside the one that serves. When it is there both are compared, and it takes the
    /// place of the other. Does nothing if that is under way.
    Rebuild(Begin),
    /// One line a rebuild: how far it is, and how many rows it adds (+), lacks (-) and changes (~), as compared last.
    Rebuilds(List),
    /// How the rows of a rebuild differ from those that serve, with some of them, as compared last.
    Compare(View),
    /// Have a rebuild that waits take over.
    TakeOver(View),
    /// Put back what a view was before its rebuild took over; it goes on where it was.
    RollBack(View),
    /// End a rebuild that has not taken over, or forget what one that has keeps for rolling back.
    #[command(alias = "cancel")]
    End(View),
}

#[derive(Debug, Args)]
pub(crate) struct View {
    /// The view, such as `shipping.ShipmentSummary`.
    pub(crate) view: String,
}

#[derive(Debug, Args)]
pub(crate) struct Switch {
    #[command(flatten)]
    view: View,
    /// Not the view that serves, but its rebuild.
    #[arg(long)]
    rebuild: bool,
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
        Verb::Pause(what) => switch(what, "pause", client, output),
        Verb::Resume(what) => switch(what, "resume", client, output),
        Verb::Rebuild(begin) => rebuilds::begin(begin, client, output),
        Verb::Rebuilds(list) => rebuilds::list(list, client, output),
        Verb::Compare(view) => rebuilds::compare(view, client, output),
        Verb::TakeOver(view) => rebuilds::take_over(view, client, output),
        Verb::RollBack(view) => rebuilds::roll_back(view, client, output),
        Verb::End(view) => rebuilds::end(view, client, output),
    }
}

pub(crate) fn path() -> Path {
    Path::of(&["projections"])
}

fn switch(
    Switch { view, rebuild }: &Switch,
    verb: &str,
    client: &Client,
    output: &Output,
) -> Result<(), Error> {
    let (answer, what) = if *rebuild {
        (rebuilds::switch(view, verb, client)?, "The rebuild of ")
    } else {
        (client.post(&Path::of(&["projections", &view.view, verb]))?, "")
    };
    output.show(&answer, |switched: Switched| {
        let state = if switched.paused { "is paused" } else { "goes on" };
        format!("{what}{} {state}.\n", line(&switched.view))
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
