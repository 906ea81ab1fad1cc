//! What is printed: plans and results to standard output, failures to standard error.

use std::path::Path;

use console::style;
use freehold_model::Model;
use freehold_scaffold::{Draft, Formatted};
use serde_json::json;

use crate::failure::Failure;

pub(crate) fn plan(draft: &Draft, dry: bool) {
    let count = draft.plan.files.len();
    let verb = if dry { "would be written" } else { "to write" };
    println!("{} {count} files {verb}", style("Plan:").bold());
    print!("{}", draft.plan.tree());
    gaps(draft);
}

pub(crate) fn plan_as_json(draft: &Draft) {
    let files: Vec<_> = draft.plan.files.iter().map(|file| file.path.display().to_string()).collect();
    let gaps: Vec<_> = draft.gaps.iter().map(|gap| &gap.0).collect();
    let root = draft.plan.root.display().to_string();
    println!("{:#}", json!({ "root": root, "files": files, "gaps": gaps, "examples": draft.examples }));
}

/// A case without a test is said aloud, so that nobody counts on one.
fn gaps(draft: &Draft) {
    for gap in &draft.gaps {
        println!("{} {}", style("note:").yellow().bold(), gap.0);
    }
}

pub(crate) fn written(draft: &Draft, formatted: Formatted) {
    println!("{} {}", style("Written:").green().bold(), draft.plan.root.display());
    if formatted == Formatted::NoFormatter {
        println!(
            "{} there is no `rustfmt` here; `cargo fmt` formats the code once there is",
            style("note:").yellow().bold()
        );
    }
}

pub(crate) fn next_steps(root: &Path) {
    println!("\n{}", style("Next:").bold());
    println!("  cd {}", root.display());
    println!("  cargo run            build it, create its database and serve on http://127.0.0.1:5002");
    println!("  cargo run -- token   print a token to send requests with");
    println!("  cargo test --workspace");
}

pub(crate) fn step(what: &str, detail: &str) {
    println!("\n{} {detail}", style(what).bold());
}

/// Where to look, once the service serves.
pub(crate) fn where_to_look(base: &str, token: &str, curls: &[(String, String)]) {
    println!("\n{} {base}", style("Serving on").green().bold());
    println!("\n{}  {base}/docs", style("API page").bold());
    println!("\n{} for 24 hours, tenant `demo`, every role:\n{token}", style("Development token").bold());
    println!("\n{}", style("Try").bold());
    for (does, curl) in curls {
        println!("{}\n{curl}", style(format!("# {does}")).dim());
    }
    println!("\nCtrl-C stops it. `cargo run` in its folder starts it again, with the same data.\n");
}

/// What is allowed in a model and rarely meant.
pub(crate) fn warnings(model: &Model) {
    if !model.warnings.is_empty() {
        eprint!("{}", model.warnings.render(console::colors_enabled_stderr()));
    }
}

pub(crate) fn failure(failure: &Failure) {
    if let Failure::Mistakes(mistakes) = failure {
        eprint!("{}", mistakes.render(console::colors_enabled_stderr()));
        eprintln!("Nothing was written.");
        return;
    }
    eprintln!("{} {failure}", style("error:").red().bold().for_stderr());
}
