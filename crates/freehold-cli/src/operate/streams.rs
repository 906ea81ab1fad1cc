//! `freehold streams`

use clap::{Args, Subcommand};
use serde::Deserialize;

use super::{
    client::{Client, Path},
    error::Error,
    events::{self, Event},
    output::Output,
    page::{Page, rest},
    table::table_or,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// One line a stream, in the order in which they began.
    List {
        /// The tenant whose streams they are.
        #[arg(long)]
        tenant: String,
        /// Only streams of this aggregate, such as `shipping.Shipment`.
        #[arg(long)]
        aggregate: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// The events of a stream, one line each.
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The stream, such as `shipping.Shipment/0198a1b2-0000-7000-8000-000000000001`.
    stream: String,
    /// The tenant whose stream it is.
    #[arg(long)]
    tenant: String,
    /// Begin after this version.
    #[arg(long, value_name = "N")]
    after_version: Option<u64>,
    /// At most so many, as many as the service sees fit unless said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

#[derive(Deserialize)]
struct Streams {
    streams: Vec<Stream>,
    next: Option<u64>,
}

#[derive(Deserialize)]
struct Stream {
    tenant: String,
    stream: String,
    position: u64,
    began_at: String,
}

#[derive(Deserialize)]
struct History {
    events: Vec<Event>,
}

pub(crate) fn run(verb: &Verb, client: &Client, output: &Output) -> Result<(), Error> {
    match verb {
        Verb::List { tenant, aggregate, page } => {
            let path = Path::of(&["streams"]).with("tenant", Some(tenant));
            let path = page.of(path.with("aggregate", aggregate.as_ref()));
            output.show(&client.get(&path)?, list)
        }
        Verb::Show(show) => {
            output.show(&client.get(&show.path()?)?, |history: History| events(&history.events))
        }
    }
}

impl Show {
    fn path(&self) -> Result<Path, Error> {
        let parts = self.stream.split_once('/').filter(|(name, id)| !name.is_empty() && !id.is_empty());
        let (aggregate, id) = parts.ok_or_else(|| Error::Stream(self.stream.clone()))?;
        let path = Path::of(&["streams", aggregate, id]).with("tenant", Some(&self.tenant));
        Ok(path.with("after_version", self.after_version).with("limit", self.limit))
    }
}

fn list(page: Streams) -> String {
    let heads = ["STREAM", "TENANT", "BEGAN AT", "POSITION"];
    let rows = page.streams.into_iter().map(row).collect();
    table_or("There are no such streams.", heads, rows) + &rest(page.next)
}

fn row(stream: Stream) -> [String; 4] {
    [stream.stream, stream.tenant, stream.began_at, stream.position.to_string()]
}

fn events(events: &[Event]) -> String {
    let table = events::rows("There are no such events of this stream.", events);
    let rest = events
        .last()
        .map(|last| format!("\nRead up to version {0}: `--after-version {0}` goes on.\n", last.version));
    table + &rest.unwrap_or_default()
}
