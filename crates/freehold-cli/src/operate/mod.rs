//! The verbs that operate a running service over its admin interface. Each noun has a file with its verbs, what the
//! service says of it, and how that is shown.

mod arguments;
mod audit;
mod client;
mod dead_letters;
mod error;
mod events;
mod lag;
mod nodes;
mod output;
mod page;
mod projections;
mod rebuilds;
mod streams;
mod table;
mod text;
mod trace;
mod watch;

pub(crate) use arguments::Noun;
pub(crate) use error::Error;

use arguments::Service;
use client::Client;
use output::Output;

/// Asks the service, and prints what it says.
pub(crate) fn run(noun: &Noun) -> Result<(), Error> {
    let service = noun.service();
    let client = Client::new(service)?;
    match ask(noun, &client, &output(service)) {
        // Whoever read the output has seen enough, as `head` does.
        Err(error) if error.nobody_reads() => Ok(()),
        result => result,
    }
}

fn output(service: &Service) -> Output {
    if service.json { Output::Json } else { Output::Tables }
}

fn ask(noun: &Noun, client: &Client, output: &Output) -> Result<(), Error> {
    match noun {
        Noun::Projections(of) => projections::run(&of.verb, client, output),
        Noun::DeadLetters(of) => dead_letters::run(&of.verb, client, output),
        Noun::Nodes(of) => nodes::run(&of.verb, client, output),
        Noun::Events(of) => events::run(&of.verb, client, output),
        Noun::Streams(of) => streams::run(&of.verb, client, output),
        Noun::Audit(of) => audit::run(&of.page, client, output),
    }
}
