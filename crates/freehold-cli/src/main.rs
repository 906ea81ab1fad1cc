//! The `freehold` command: makes services from models, and operates them.

mod arguments;
mod failure;
mod new;
mod operate;
mod run;
mod shown;

use std::process::ExitCode;

use arguments::{Arguments, Verb};
use clap::Parser;
use failure::Failure;

fn main() -> ExitCode {
    let result = match Arguments::parse().verb {
        Verb::New(arguments) => new::run(&arguments),
        Verb::Operate(noun) => operate::run(&noun).map_err(Failure::from),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            shown::failure(&failure);
            failure.exit_code()
        }
    }
}
