//! What the command line can say of a running service: the nouns, and where the service is.

use std::fmt;

use clap::{Args, Subcommand};

use super::{dead_letters, events, nodes, page::Page, projections, streams};

#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// See how far the views of a running service are; pause, resume and rebuild them.
    #[command(after_help = PROJECTIONS)]
    Projections(Of<projections::Verb>),
    /// See the rows that a view could not take in; try them again, or skip their events.
    #[command(name = "deadletters", alias = "dead-letters", after_help = DEAD_LETTERS)]
    DeadLetters(Of<dead_letters::Verb>),
    /// See the nodes of a running service.
    #[command(after_help = EXIT)]
    Nodes(Of<nodes::Verb>),
    /// Read the log of a running service, follow it, and see what caused what.
    #[command(after_help = EVENTS)]
    Events(Of<events::Verb>),
    /// See the streams of a tenant, and their events.
    #[command(after_help = STREAMS)]
    Streams(Of<streams::Verb>),
    /// See what operators did to a running service.
    #[command(after_help = EXIT)]
    Audit(Audit),
}

impl Noun {
    pub(crate) fn service(&self) -> &Service {
        match self {
            Self::Projections(of) => &of.service,
            Self::DeadLetters(of) => &of.service,
            Self::Nodes(of) => &of.service,
            Self::Events(of) => &of.service,
            Self::Streams(of) => &of.service,
            Self::Audit(of) => &of.service,
        }
    }
}

/// A verb, and the service that is asked.
#[derive(Debug, Args)]
pub(crate) struct Of<V: Subcommand> {
    #[command(flatten)]
    pub(crate) service: Service,
    #[command(subcommand)]
    pub(crate) verb: V,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) service: Service,
    #[command(flatten)]
    pub(crate) page: Page,
}

/// Where the service is, who asks, and for whom the answer is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Service")]
pub(crate) struct Service {
    /// Where the service's admin interface answers.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "FREEHOLD_URL",
        default_value = "http://127.0.0.1:5002"
    )]
    pub(crate) url: String,
    /// A token of the admin interface, as under `[[http.admin]]` in the service's config.toml. Other users of this
    /// machine can see what stands on command lines: the variable is the better place.
    #[arg(long, global = true, value_name = "TOKEN", env = "FREEHOLD_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<Token>,
    /// Print the service's answer as JSON, for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// A secret: nothing prints it.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl From<String> for Token {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

const EXIT: &str = "Exit status: 0 done, 1 the service cannot be asked or refuses, 2 nothing was asked.";

const PROJECTIONS: &str = "\
Examples:
  freehold projections list
  freehold projections lag --watch
  freehold projections pause shipping.ShipmentSummary
  freehold projections rebuild shipping.ShipmentSummary --hold
  freehold projections rebuilds --watch
  freehold projections take-over shipping.ShipmentSummary

Exit status: 0 done, 1 the service cannot be asked or refuses, or `lag` shows a view that is not healthy, 2 nothing \
was asked.";

const DEAD_LETTERS: &str = "\
Examples:
  freehold deadletters list --view shipping.ShipmentSummary
  freehold deadletters show 17
  freehold deadletters retry --all --error \"disk is full\"
  freehold deadletters skip 17 --reason \"booked twice, see ticket 311\"

Exit status: 0 done, 1 the service cannot be asked or refuses, or a letter failed again, 2 nothing was asked.";

const EVENTS: &str = "\
Examples:
  freehold events list --kind shipping.Shipment/ShipmentBooked --limit 20
  freehold events tail --tenant acme
  freehold events trace 0198a1b2-0000-7000-8000-000000000001

Exit status: 0 done, 1 the service cannot be asked or refuses, 2 nothing was asked.";

const STREAMS: &str = "\
Examples:
  freehold streams list --tenant acme --aggregate shipping.Shipment
  freehold streams show shipping.Shipment/0198a1b2-0000-7000-8000-000000000001 --tenant acme

Exit status: 0 done, 1 the service cannot be asked or refuses, 2 nothing was asked.";
