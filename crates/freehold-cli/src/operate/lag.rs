//! `freehold projections lag`

use clap::Args;
use serde_json::{Value, json};

use super::{
    client::{Answer, Client},
    error::Error,
    output::{Output, print, print_line},
    projections::{Partition, Projection, Projections, path, state},
    table::table_or,
    text::{beginning, known, line, seconds},
    watch::watch,
};

#[derive(Debug, Args)]
pub(crate) struct Lag {
    /// Only this view, such as `shipping.ShipmentSummary`.
    view: Option<String>,
    /// Draw it again every second until Ctrl-C, whatever the health of the views.
    #[arg(long, conflicts_with = "json")]
    watch: bool,
}

pub(crate) fn run(lag: &Lag, client: &Client, output: &Output) -> Result<(), Error> {
    if lag.watch {
        return watch(|| Ok(shown(&read(lag, &client.get(&path())?)?)));
    }
    let answer = client.get(&path())?;
    let projections = read(lag, &answer)?;
    match (output.is_json(), &lag.view) {
        (true, None) => print_line(&answer.text)?,
        (true, Some(view)) => print_line(&only(view, answer.read()?).to_string())?,
        (false, _) => print(&shown(&projections))?,
    }
    judge(&projections)
}

fn read(lag: &Lag, answer: &Answer) -> Result<Projections, Error> {
    let mut all: Projections = answer.read()?;
    if let Some(view) = &lag.view {
        all.projections.retain(|projection| projection.view == *view);
        if all.projections.is_empty() {
            return Err(Error::NoView(view.clone()));
        }
    }
    Ok(all)
}

/// The service's answer without the other views.
fn only(view: &str, mut answer: Value) -> Value {
    let all = answer["projections"].take();
    let one = all.as_array().into_iter().flatten().filter(|projection| projection["view"] == view);
    answer["projections"] = json!(one.collect::<Vec<_>>());
    answer
}

fn judge(all: &Projections) -> Result<(), Error> {
    let unhealthy = all.projections.iter().filter(|projection| !projection.healthy);
    let names: Vec<_> = unhealthy.map(|projection| line(&projection.view)).collect();
    if names.is_empty() { Ok(()) } else { Err(Error::Unhealthy(names)) }
}

fn shown(all: &Projections) -> String {
    let rows = all.projections.iter().flat_map(|projection| rows(all.head, projection)).collect();
    let heads = [
        "VIEW",
        "PARTITION",
        "STATE",
        "POSITION",
        "HEAD",
        "BEHIND",
        "LAG",
        "HEARTBEAT",
        "OWNER",
        "RATE",
        "PARKED",
        "LAST ERROR",
    ];
    table_or("The service has no views.", heads, rows)
}

/// A line for each partition, or one for the view where it has none yet.
fn rows(head: Option<u64>, projection: &Projection) -> Vec<[String; 12]> {
    if projection.partitions.is_empty() {
        return vec![row(head, projection, &undivided(projection), "-".to_owned())];
    }
    let partitions = projection.partitions.iter();
    partitions.map(|one| row(head, projection, one, one.partition.to_string())).collect()
}

fn undivided(projection: &Projection) -> Partition {
    Partition {
        partition: 0,
        position: projection.position,
        owner: None,
        heartbeat_seconds_ago: projection.heartbeat_seconds_ago,
        rows_parked: projection.rows_parked,
    }
}

/// Time, rate and error are known of the view as a whole, and are the same on each of its lines.
fn row(head: Option<u64>, projection: &Projection, partition: &Partition, name: String) -> [String; 12] {
    [
        projection.view.clone(),
        name,
        state(projection),
        partition.position.to_string(),
        known(head),
        known(head.map(|head| head.saturating_sub(partition.position))),
        seconds(projection.seconds_behind),
        known(partition.heartbeat_seconds_ago.map(|ago| format!("{ago:.1} s ago"))),
        known(partition.owner.as_deref()),
        known(projection.events_per_second.map(|rate| format!("{rate:.0}/s"))),
        partition.rows_parked.to_string(),
        known(projection.error.as_deref().map(beginning)),
    ]
}
