//! The `freehold` command: makes services from models.

mod arguments;
mod failure;
mod new;
mod run;
mod shown;

use std::process::ExitCode;

use arguments::{Arguments, Verb};
use clap::Parser;

fn main() -> ExitCode {
    let result = match Arguments::parse().verb {
        Verb::New(arguments) => new::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            shown::failure(&failure);
            failure.exit_code()
        }
    }
}
