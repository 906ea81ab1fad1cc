//! The verbs of `freehold projections` that are about rebuilds.

use clap::Args;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use super::{
    client::{Answer, Client, Path},
    error::Error,
    output::{Output, print, print_line},
    projections::View,
    table::{pairs, table, table_or},
    text::{duration, known, line},
    watch::watch,
};

#[derive(Debug, Args)]
pub(crate) struct Begin {
    #[command(flatten)]
    view: View,
    /// Have it wait, once it is compared, until `take-over` says so.
    #[arg(long)]
    hold: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Draw it again every second until Ctrl-C.
    #[arg(long, conflicts_with = "json")]
    watch: bool,
}

#[derive(Deserialize)]
struct Rebuilds {
    rebuilds: Vec<Rebuild>,
}

#[derive(Deserialize)]
struct Rebuild {
    view: String,
    version: u64,
    stage: String,
    automatic: bool,
    began_at: String,
    position: u64,
    head: u64,
    events_per_second: u64,
    seconds_left: Option<f64>,
    rows_parked: u64,
    paused: bool,
    comparison: Option<Comparison>,
}

/// How what is filled differs from what serves.
#[derive(Deserialize)]
struct Comparison {
    rows: u64,
    added: u64,
    gone: u64,
    changed: u64,
    samples: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    tenant: String,
    key: String,
    kind: String,
}

/// What the service says of a rebuild that was begun.
#[derive(Deserialize)]
struct Begun {
    view: String,
    automatic: bool,
}

pub(crate) fn begin(Begin { view, hold }: &Begin, client: &Client, output: &Output) -> Result<(), Error> {
    let answer = client.post_json(&path(view, &[]), &json!({ "automatic": !hold }))?;
    output.show(&answer, |Begun { view, automatic }| {
        let then = if automatic {
            "takes over once it is there"
        } else {
            "waits for `freehold projections take-over` once it is there"
        };
        format!("{} is rebuilt, and {then}.\n", line(&view))
    })
}

pub(crate) fn take_over(view: &View, client: &Client, output: &Output) -> Result<(), Error> {
    let answer = client.post(&path(view, &["take-over"]))?;
    done(&answer, &format!("The rebuild of {} takes over once it is there.", line(&view.view)), output)
}

pub(crate) fn roll_back(view: &View, client: &Client, output: &Output) -> Result<(), Error> {
    let answer = client.post(&path(view, &["roll-back"]))?;
    let sentence = format!("{} is again what it was before its rebuild took over.", line(&view.view));
    done(&answer, &sentence, output)
}

pub(crate) fn end(view: &View, client: &Client, output: &Output) -> Result<(), Error> {
    let answer = client.delete(&path(view, &[]))?;
    let sentence =
        format!("The rebuild of {} is ended, and nothing is kept beside the view.", line(&view.view));
    done(&answer, &sentence, output)
}

/// Has it rest or go on, as this verb says.
pub(crate) fn switch(view: &View, verb: &str, client: &Client) -> Result<Answer, Error> {
    client.post(&path(view, &[verb]))
}

fn path(View { view }: &View, rest: &[&str]) -> Path {
    Path::of(&[&["projections", view, "rebuild"], rest].concat())
}

fn done(answer: &Answer, sentence: &str, output: &Output) -> Result<(), Error> {
    output.show(answer, |_: IgnoredAny| format!("{sentence}\n"))
}

pub(crate) fn list(list: &List, client: &Client, output: &Output) -> Result<(), Error> {
    if list.watch {
        return watch(|| Ok(listed(&ask(client)?.read()?)));
    }
    output.show(&ask(client)?, |all| listed(&all))
}

fn ask(client: &Client) -> Result<Answer, Error> {
    client.get(&Path::of(&["rebuilds"]))
}

fn listed(all: &Rebuilds) -> String {
    let heads = ["VIEW", "VERSION", "STAGE", "POSITION", "RATE", "LEFT", "DIFFERS", "PARKED", "STATE"];
    table_or(
        "No view is being rebuilt, and none can be rolled back.",
        heads,
        all.rebuilds.iter().map(row).collect(),
    )
}

fn row(rebuild: &Rebuild) -> [String; 9] {
    [
        rebuild.view.clone(),
        rebuild.version.to_string(),
        rebuild.stage.clone(),
        format!("{}/{}", rebuild.position, rebuild.head),
        format!("{}/s", rebuild.events_per_second),
        known(rebuild.seconds_left.filter(|_| rebuild.lacks_events()).map(duration)),
        known(rebuild.comparison.as_ref().map(Comparison::sentence)),
        rebuild.rows_parked.to_string(),
        rebuild.state().to_owned(),
    ]
}

impl Rebuild {
    fn lacks_events(&self) -> bool {
        matches!(self.stage.as_str(), "filling" | "waiting") && self.position < self.head
    }

    /// What comes next.
    fn state(&self) -> &'static str {
        match (self.stage.as_str(), self) {
            (_, Self { paused: true, .. }) => "paused",
            ("filling" | "waiting", Self { automatic: true, .. }) => "takes over by itself",
            ("filling" | "waiting", _) => "waits for `take-over`",
            ("taken-over", _) => "serves; can be rolled back",
            ("rolled-back", _) => "kept until `end`",
            _ => "-",
        }
    }
}

impl Comparison {
    fn differ(&self) -> u64 {
        self.added + self.gone + self.changed
    }

    fn sentence(&self) -> String {
        let Self { rows, added, gone, changed, .. } = self;
        if self.differ() == 0 { "same".to_owned() } else { format!("+{added} -{gone} ~{changed} of {rows}") }
    }
}

/// Shows how the rebuild of a view compared when that was looked at last.
pub(crate) fn compare(View { view }: &View, client: &Client, output: &Output) -> Result<(), Error> {
    let answer = ask(client)?;
    let all: Rebuilds = answer.read()?;
    let rebuild = all.rebuilds.iter().find(|rebuild| rebuild.view == *view);
    let rebuild = rebuild.ok_or_else(|| Error::NoRebuild(view.clone()))?;
    if output.is_json() {
        return print_line(&only(view, answer.read()?).to_string());
    }
    print(&compared(rebuild))
}

/// The rebuild of the view, of all that the service answers.
fn only(view: &str, mut answer: Value) -> Value {
    let all = answer["rebuilds"].as_array_mut().map(std::mem::take).unwrap_or_default();
    all.into_iter().find(|rebuild| rebuild["view"] == view).unwrap_or_default()
}

fn compared(rebuild: &Rebuild) -> String {
    let Rebuild { view, version, stage, began_at, comparison, .. } = rebuild;
    let what =
        [("view", format!("{view}, version {version}")), ("stage", format!("{stage}, begun at {began_at}"))];
    let Some(comparison) = comparison else {
        return pairs(&what) + "\nIt is compared with the view when it has taken in nearly all of the log.\n";
    };
    let Comparison { rows, added, gone, changed, .. } = comparison;
    let counts = [("rows", rows), ("added", added), ("gone", gone), ("changed", changed)];
    let counts = counts.map(|(name, count)| (name, count.to_string()));
    pairs(&[&what[..], &counts].concat()) + &samples(comparison)
}

fn samples(comparison: &Comparison) -> String {
    let Comparison { samples, .. } = comparison;
    if samples.is_empty() {
        return "\nNo row differs.\n".to_owned();
    }
    let rows = samples.iter().map(|Sample { tenant, key, kind }| [kind.clone(), tenant.clone(), key.clone()]);
    let table = table(["DIFFERS", "TENANT", "KEY"], rows.collect());
    let (shown, differ) = (samples.len() as u64, comparison.differ());
    let rest = if shown < differ {
        format!("\nThese are {shown} of {differ} rows that differ.\n")
    } else {
        String::new()
    };
    format!("\n{table}{rest}")
}
