//! Why a verb was not carried out.

use std::{io, path::PathBuf, process::ExitCode};

use freehold_model::Mistakes;
use freehold_scaffold::WriteError;

use crate::operate;

/// Why a verb was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the model `{}` cannot be read: {source}", path.display())]
    Model { path: PathBuf, source: io::Error },
    #[error("the model has mistakes")]
    Mistakes(Box<Mistakes>),
    #[error("`{name}` cannot be the name of a service: {reason}")]
    Name { name: String, reason: String },
    #[error("port {port} on 127.0.0.1 is taken; choose another with `--port`, such as `--port {other}`")]
    PortTaken { port: u16, other: u16 },
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the generated code cannot be formatted: {0}")]
    Format(#[source] io::Error),
    #[error("Freehold's own sources are not at `{}`; run this command from the repository that it was built from", .0.display())]
    Sources(PathBuf),
    #[error("`cargo` cannot be run: {0}")]
    Cargo(#[source] io::Error),
    #[error("the service does not build; what `cargo` says stands above")]
    Build,
    #[error("the service does not start: {0}")]
    Start(String),
    #[error(transparent)]
    Operate(#[from] operate::Error),
}

impl Failure {
    /// 2 where nothing was written or asked, 1 where what was written does not run, or the service did not do it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Cargo(_) | Self::Build | Self::Start(_) => ExitCode::from(1),
            Self::Operate(error) => error.exit_code(),
            _ => ExitCode::from(2),
        }
    }
}
