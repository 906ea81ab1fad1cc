//! What the command line can say.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::operate::Noun;

/// Own your domains: makes event-sourced services from models, and operates them.
#[derive(Debug, Parser)]
#[command(version, name = "freehold", after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  freehold new parcel --from models/shipping.toml --run   write a service, build it and run it
  freehold new parcel --from models/shipping.toml         write it, and say what to do next
  freehold projections lag --watch                        see how far the views of a service are
  freehold help new                                       all about a verb";

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Write a service from a model.
    New(New),
    #[command(flatten)]
    Operate(Noun),
}

/// Write a service from a model: a workspace with the context of the model, the program that runs it, tests and
/// documents. All of it is written, or nothing.
#[derive(Debug, Args)]
#[command(after_help = NEW_EXAMPLES)]
pub(crate) struct New {
    /// The name of the service, such as `parcel`: letters, digits and `-`.
    pub(crate) name: String,
    /// The model file of its context.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// The folder to create, `./NAME` unless said. It must not exist; its parents may be missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,
    /// Then build it, run it, and say where to look.
    #[arg(long, conflicts_with_all = ["dry_run", "json"])]
    pub(crate) run: bool,
    /// The port that it serves on, 5002 unless said.
    #[arg(long, requires = "run", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the plan as JSON, for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

const NEW_EXAMPLES: &str = "\
Examples:
  freehold new parcel --from models/shipping.toml --run
  freehold new parcel --from models/shipping.toml --run --port 8080
  freehold new parcel --from models/shipping.toml --path services/parcel
  freehold new parcel --from models/shipping.toml --dry-run --json

Exit status: 0 done, 1 the service could not be built or run, 2 refused and nothing written.";
