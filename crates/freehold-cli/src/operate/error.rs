//! Why a running service was not asked, or did not do what it was asked for.

use std::{io, process::ExitCode};

use serde::Deserialize;

use super::text;

/// Why a running service was not asked, or did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(
        "there is no token; give one as `FREEHOLD_TOKEN` or with `--token TOKEN`. Tokens come from `[[http.admin]]` in \
         the service's config.toml"
    )]
    NoToken,
    #[error("the token has characters that no token has; was it copied whole, without spaces or quotes?")]
    Token,
    #[error("`{0}` is not the URL of a service; one is `http://127.0.0.1:5002`")]
    Url(String),
    #[error(
        "`{0}` wants TLS, which this command does not speak; reach the service through a tunnel, such as \
         `ssh -L 5002:127.0.0.1:5002 HOST`"
    )]
    Tls(String),
    #[error(
        "`{0}` is not the name of a stream; one is `shipping.Shipment/0198a1b2-0000-7000-8000-000000000001`"
    )]
    Stream(String),
    #[error(
        "nothing answers at {url}: {}; is the service running, and is its admin interface configured?",
        text::line(&source.to_string())
    )]
    Silent { url: String, source: Box<ureq::Error> },
    #[error(
        "the admin interface at {0} is off: a service has one only if `[[http.admin]]` is configured in its config.toml"
    )]
    Off(String),
    #[error("{0}")]
    Refused(String),
    #[error("{url} answers with status {status} and does not say why; is it a service of Freehold?")]
    Status { url: String, status: u16 },
    // What is wrong with an answer quotes it.
    #[error(
        "what {url} answers is not understood: {}; is it a service of Freehold, of this version?",
        text::line(&source.to_string())
    )]
    Answer { url: String, source: serde_json::Error },
    #[error("there is no view `{0}`; `freehold projections list` shows those that there are")]
    NoView(String),
    #[error("there is no rebuild of `{0}`; `freehold projections rebuilds` shows those that there are")]
    NoRebuild(String),
    #[error("there is no event at position {0}")]
    NoEvent(u64),
    #[error("not healthy: {}", .0.join(", "))]
    Unhealthy(Vec<String>),
    #[error("letter {number} failed again: {error}")]
    FailedAgain { number: u64, error: String },
    #[error("the event of letter {number} is skipped, but a later one that waits failed: {error}")]
    NextFailed { number: u64, error: String },
    #[error("{0} of them failed again; `freehold deadletters list` says why")]
    SomeFailed(u64),
    #[error("the output cannot be written: {0}")]
    Output(#[source] io::Error),
    #[error("Ctrl-C cannot be waited for: {0}")]
    Signal(#[source] ctrlc::Error),
}

impl Error {
    /// 2 where nothing was asked, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoToken | Self::Token | Self::Url(_) | Self::Tls(_) | Self::Stream(_) => ExitCode::from(2),
            _ => ExitCode::from(1),
        }
    }

    pub(crate) fn nobody_reads(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What an answer with another status than a success says.
    pub(crate) fn of_answer(url: String, status: u16, body: &str) -> Self {
        match serde_json::from_str::<Problem>(body) {
            Ok(problem) if status == 404 && problem.is("/unknown-path") => Self::Off(url),
            Ok(problem) => Self::Refused(problem.sentence()),
            Err(_) => Self::Status { url, status },
        }
    }
}

/// A problem of RFC 9457.
#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type", default)]
    kind: String,
    title: String,
    detail: Option<String>,
}

impl Problem {
    fn is(&self, ending: &str) -> bool {
        self.kind.ends_with(ending)
    }

    fn sentence(&self) -> String {
        let title = text::line(&self.title);
        match &self.detail {
            Some(detail) => format!("{title}: {}", text::line(detail)),
            None => title,
        }
    }
}
