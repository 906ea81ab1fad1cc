//! `freehold deadletters`

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client::{Answer, Client, Path},
    error::Error,
    output::Output,
    page::{Page, rest},
    table::{pairs, table_or},
    text::{self, beginning, known, line},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// One line a letter: a row of a view that waits, with the event that it could not take in.
    List {
        /// Only those of this view, such as `shipping.ShipmentSummary`.
        #[arg(long)]
        view: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// All about a letter, with the event.
    Show {
        /// The number of the letter.
        number: u64,
    },
    /// Take in the event of a letter now, and what waits behind it. Exit status 1 if that fails again.
    Retry(Retry),
    /// Leave out the event of a letter, and go on with what waits behind it. The row stays without that event.
    Skip {
        /// The number of the letter.
        number: u64,
        /// Why, for the audit trail.
        #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The number of the letter.
    #[arg(required_unless_present_any = ["all", "view", "error"], conflicts_with = "all")]
    number: Option<u64>,
    /// All letters, or all that the other options name.
    #[arg(long)]
    all: bool,
    /// Only those of this view.
    #[arg(long, requires = "all")]
    view: Option<String>,
    /// Only those whose error contains this.
    #[arg(long, value_name = "TEXT", requires = "all")]
    error: Option<String>,
}

#[derive(Deserialize)]
struct Letters {
    dead_letters: Vec<Letter>,
    next: Option<u64>,
}

#[derive(Deserialize)]
struct Letter {
    number: u64,
    view: String,
    version: u64,
    partition: u32,
    tenant: String,
    key: String,
    position: u64,
    stream: String,
    event: String,
    correlation: Option<String>,
    error: String,
    attempts: u64,
    waiting: u64,
    parked_at: String,
    tried_at: Option<String>,
    next_attempt_at: Option<String>,
    payload: Option<Value>,
}

/// What became of a letter.
#[derive(Deserialize)]
struct Settled {
    number: u64,
    outcome: Outcome,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Done,
    Failed,
    Gone,
}

#[derive(Deserialize)]
struct Counts {
    done: u64,
    failed: u64,
    gone: u64,
}

pub(crate) fn run(verb: &Verb, client: &Client, output: &Output) -> Result<(), Error> {
    match verb {
        Verb::List { view, page } => {
            let path = page.of(Path::of(&["dead-letters"]).with("view", view.as_ref()));
            output.show(&client.get(&path)?, list)
        }
        Verb::Show { number } => output.show(&client.get(&path(*number, &[]))?, |letter| show(&letter)),
        Verb::Retry(Retry { number: Some(number), .. }) => {
            settled(&client.post(&path(*number, &["retry"]))?, "is taken in", output)
        }
        Verb::Retry(all) => retry_all(all, client, output),
        Verb::Skip { number, reason } => skip(*number, reason, client, output),
    }
}

fn path(number: u64, rest: &[&str]) -> Path {
    Path::of(&[&["dead-letters", &number.to_string()], rest].concat())
}

fn retry_all(retry: &Retry, client: &Client, output: &Output) -> Result<(), Error> {
    let body = json!({ "view": retry.view, "error": retry.error });
    let answer = client.post_json(&Path::of(&["dead-letters", "retry"]), &body)?;
    let counts: Counts = answer.read()?;
    output.show(&answer, |Counts { done, failed, gone }| {
        format!("{done} taken in, {failed} failed again, {gone} gone meanwhile.\n")
    })?;
    if counts.failed > 0 { Err(Error::SomeFailed(counts.failed)) } else { Ok(()) }
}

/// Names the event that the letter has now, so that another one that takes its place meanwhile is not skipped.
fn skip(number: u64, reason: &str, client: &Client, output: &Output) -> Result<(), Error> {
    let letter: Letter = client.get(&path(number, &[]))?.read()?;
    let body = json!({ "reason": reason, "position": letter.position });
    let answer = client.post_json(&path(number, &["skip"]), &body)?;
    settled(&answer, "is skipped", output).map_err(|error| match error {
        Error::FailedAgain { number, error } => Error::NextFailed { number, error },
        other => other,
    })
}

fn settled(answer: &Answer, done: &str, output: &Output) -> Result<(), Error> {
    let Settled { number, outcome, error } = answer.read()?;
    let sentence = match outcome {
        Outcome::Done => format!("The event of letter {number} {done}.\n"),
        Outcome::Gone => format!("Letter {number} is gone: it was settled meanwhile.\n"),
        Outcome::Failed => String::new(),
    };
    output.show(answer, |_: Settled| sentence)?;
    if let Outcome::Failed = outcome {
        let error = line(error.as_deref().unwrap_or("the service does not say why"));
        return Err(Error::FailedAgain { number, error });
    }
    Ok(())
}

fn list(letters: Letters) -> String {
    let heads = [
        "NUMBER",
        "VIEW",
        "TENANT",
        "KEY",
        "POSITION",
        "EVENT",
        "ATTEMPTS",
        "WAITING",
        "PARKED AT",
        "NEXT ATTEMPT",
        "ERROR",
    ];
    let rows = letters.dead_letters.into_iter().map(row).collect();
    table_or("There are no dead letters.", heads, rows) + &rest(letters.next)
}

fn row(letter: Letter) -> [String; 11] {
    [
        letter.number.to_string(),
        letter.view,
        letter.tenant,
        beginning(&letter.key),
        letter.position.to_string(),
        letter.event,
        letter.attempts.to_string(),
        letter.waiting.to_string(),
        letter.parked_at,
        known(letter.next_attempt_at),
        beginning(&letter.error),
    ]
}

fn show(letter: &Letter) -> String {
    let about = pairs(&[
        ("letter", letter.number.to_string()),
        ("view", format!("{}, version {}, partition {}", letter.view, letter.version, letter.partition)),
        ("tenant", letter.tenant.clone()),
        ("key", letter.key.clone()),
        ("event", format!("{} at position {}", letter.event, letter.position)),
        ("stream", letter.stream.clone()),
        ("correlation", known(letter.correlation.as_deref())),
        ("error", letter.error.clone()),
        ("attempts", letter.attempts.to_string()),
        ("waiting", letter.waiting.to_string()),
        ("parked at", letter.parked_at.clone()),
        ("tried at", known(letter.tried_at.as_deref())),
        ("next attempt", known(letter.next_attempt_at.as_deref())),
    ]);
    format!("{about}\n{}\n", text::json(letter.payload.as_ref().unwrap_or(&Value::Null)))
}
