//! `freehold events`

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;

use super::{
    client::{Answer, Client, Path},
    error::Error,
    output::{Output, print, print_line},
    page::Page,
    table::{pairs, table_or},
    text::{self, known, line},
    trace,
};

/// How long the service waits for an event before it says that there is none yet.
const WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// One line an event, in the order of the log.
    List {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        page: Page,
    },
    /// All about an event, with its payload.
    Show {
        /// Where it lies in the log.
        #[arg(value_parser = clap::value_parser!(u64).range(1..))]
        position: u64,
    },
    /// The newest events, and then each as it comes, until Ctrl-C. With `--json`, an event on a line.
    Tail(Tail),
    /// All events of a correlation, each below the one that caused it.
    Trace {
        /// The id that a request carried, or was answered with, as `X-Correlation-Id`.
        correlation: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only events of this tenant.
    #[arg(long)]
    tenant: Option<String>,
    /// Only events of this kind, such as `shipping.Shipment/ShipmentBooked`.
    #[arg(long)]
    kind: Option<String>,
    /// Only events of this stream, such as `shipping.Shipment/0198a1b2-0000-7000-8000-000000000001`.
    #[arg(long)]
    stream: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    filter: Filter,
    /// Begin after this position, instead of with the newest.
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    after: Option<u64>,
    /// Begin with so many of the newest.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Some events, and up to where the log was read for them.
#[derive(Deserialize)]
pub(crate) struct Events {
    pub(crate) events: Vec<Event>,
    pub(crate) read_to: u64,
}

#[derive(Deserialize)]
pub(crate) struct Event {
    pub(crate) position: u64,
    tenant: String,
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) event: String,
    event_version: u64,
    pub(crate) id: String,
    pub(crate) time: String,
    pub(crate) actor: Option<String>,
    correlation: Option<String>,
    pub(crate) causation: Option<String>,
    command: Option<String>,
    #[serde(default)]
    payload: Value,
}

/// The same events as the service said them.
#[derive(Deserialize)]
struct Untouched<'a> {
    #[serde(borrow)]
    events: Vec<&'a serde_json::value::RawValue>,
}

pub(crate) fn run(verb: &Verb, client: &Client, output: &Output) -> Result<(), Error> {
    match verb {
        Verb::List { filter, page } => {
            output.show(&client.get(&page.of(filter.path()))?, |events: Events| list(&events))
        }
        Verb::Show { position } => show(*position, client, output),
        Verb::Tail(tail) => follow(tail, client, output),
        Verb::Trace { correlation } => trace::run(correlation, client, output),
    }
}

pub(crate) fn path() -> Path {
    Path::of(&["events"])
}

impl Filter {
    fn path(&self) -> Path {
        let Self { tenant, kind, stream } = self;
        path().with("tenant", tenant.as_ref()).with("kind", kind.as_ref()).with("stream", stream.as_ref())
    }
}

fn list(page: &Events) -> String {
    let table = rows("There are no such events.", &page.events);
    format!("{table}\nRead up to position {0}: `--after {0}` goes on.\n", page.read_to)
}

/// Events as lines of a table.
pub(crate) fn rows(empty: &str, events: &[Event]) -> String {
    let heads = ["POSITION", "TIME", "TENANT", "STREAM", "VERSION", "EVENT", "ACTOR"];
    table_or(empty, heads, events.iter().map(row).collect())
}

fn row(event: &Event) -> [String; 7] {
    [
        event.position.to_string(),
        event.time.clone(),
        event.tenant.clone(),
        event.stream.clone(),
        event.version.to_string(),
        event.event.clone(),
        known(event.actor.as_deref()),
    ]
}

fn show(position: u64, client: &Client, output: &Output) -> Result<(), Error> {
    let answer = client.get(&path().with("after", Some(position - 1)).with("limit", Some(1)))?;
    let page: Events = answer.read()?;
    let event = page.events.first().filter(|event| event.position == position);
    let event = event.ok_or(Error::NoEvent(position))?;
    output.show(&answer, |_: Events| about(event))
}

fn about(event: &Event) -> String {
    let about = pairs(&[
        ("position", event.position.to_string()),
        ("event", format!("{}, version {}", event.event, event.event_version)),
        ("tenant", event.tenant.clone()),
        ("stream", format!("{} at version {}", event.stream, event.version)),
        ("time", event.time.clone()),
        ("actor", known(event.actor.as_deref())),
        ("id", event.id.clone()),
        ("correlation", known(event.correlation.as_deref())),
        ("causation", known(event.causation.as_deref())),
        ("command", known(event.command.as_deref())),
    ]);
    format!("{about}\n{}\n", text::json(&event.payload))
}

/// Ends when it is killed, as by Ctrl-C, or when the service is gone.
fn follow(tail: &Tail, client: &Client, output: &Output) -> Result<(), Error> {
    let mut after = tail.after;
    loop {
        let path = match after {
            Some(after) => tail.filter.path().with("after", Some(after)).waiting(WAIT),
            None => tail.filter.path().with("last", Some(tail.limit)),
        };
        after = Some(told(&client.get(&path)?, output)?);
    }
}

/// Prints the events of an answer, a line each, and says up to where it goes.
fn told(answer: &Answer, output: &Output) -> Result<u64, Error> {
    let page: Events = answer.read()?;
    if output.is_json() {
        answer.read::<Untouched>()?.events.iter().try_for_each(|event| print_line(event.get()))?;
    } else {
        print(&page.events.iter().map(told_line).collect::<String>())?;
    }
    Ok(page.read_to)
}

fn told_line(event: &Event) -> String {
    let cells = row(event).map(|cell| line(&cell));
    let [position, time, tenant, stream, version, event, actor] = cells;
    format!("{position}  {time}  {tenant}  {stream}  v{version}  {event}  by {actor}\n")
}
