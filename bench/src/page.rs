//! What the pages of all benchmarks have in them.

use std::{
    collections::BTreeMap,
    fmt::{Result, Write as _},
};

use bench_harness::{Kind, Variant};

use crate::{
    aim::Aim,
    machine::Machine,
    postgres::SETTINGS,
    results::{Key, Measured, Results},
};

/// The machine, in a sentence or two.
pub(crate) fn machine(text: &mut String, machine: Option<&Machine>) -> Result {
    let Some(Machine { processor, cores, memory_gib, kernel, file_system, postgres, rust, flush, .. }) =
        machine
    else {
        return writeln!(text, "\nNothing was measured yet.");
    };
    let (median, p99) = flush;
    writeln!(
        text,
        "\nMeasured on {cores} cores of «{processor}» with {memory_gib} GiB, client and server on the same machine; \
         Linux {kernel}, {file_system}; PostgreSQL {postgres}; {rust}. A flush of 8 KiB to the disk takes {median} µs in \
         the median and {p99} µs in the 99th percentile."
    )
}

/// The figures that are held to something.
pub(crate) fn aims(text: &mut String, aims: &[Aim]) -> Result {
    writeln!(text, "\n## What it is held to\n\n| | aim | measured | |\n|---|---|---:|---|")?;
    for aim in aims {
        let (bound, measured, verdict) = (aim.bound_shown(), aim.measured_shown(), aim.verdict());
        writeln!(text, "| {} | {bound} | {measured} | {verdict} |", aim.what)?;
    }
    Ok(())
}

/// Which code cells are of, and how many rounds there were.
pub(crate) fn revisions<K: Key>(text: &mut String, cells: &[&Measured<K>]) -> Result {
    let mut revisions: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for cell in cells {
        let revision = format!("{} at `{}`", cell.revision.date, cell.revision.commit);
        let contenders = revisions.entry(revision).or_default();
        if !contenders.contains(&cell.key.contender()) {
            contenders.push(cell.key.contender());
        }
    }
    let one = revisions.len() == 1;
    let listed = revisions.into_iter().map(|(revision, contenders)| {
        if one { revision } else { format!("{revision} ({})", contenders.join(", ")) }
    });
    let listed: Vec<_> = listed.collect();
    let rounds = cells.iter().map(|cell| cell.rounds.len()).max().unwrap_or_default();
    let seconds = cells.iter().find_map(|cell| cell.median(|report| report.seconds)).unwrap_or_default();
    writeln!(text, "\nMeasured {}; {rounds} rounds of {seconds:.1} s.", listed.join("; "))
}

/// Who has not come to the end, and why.
pub(crate) fn failures<K: Key>(text: &mut String, cells: &[&Measured<K>]) -> Result {
    let mut failures: Vec<String> = Vec::new();
    for cell in cells {
        let failure = cell
            .failed
            .as_ref()
            .map(|reason| format!("{}, after {} rounds: {reason}", cell.key.who(), cell.rounds.len()));
        failures.extend(failure.filter(|failure| !failures.contains(failure)));
    }
    if failures.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nNot finished: {}.", failures.join("; "))
}

/// Who takes part: how each is set up, and what else is to be said.
pub(crate) fn contenders<K: Key>(
    text: &mut String,
    results: &Results<K>,
    said: impl Fn(&Variant) -> (&str, &[String]),
) -> Result {
    writeln!(text, "\n## The contenders\n")?;
    let mut contenders: Vec<&(Variant, String)> = results.contenders.iter().collect();
    contenders.sort_by_key(|(variant, _)| (variant.kind, variant.name.clone()));
    for (variant, versions) in contenders {
        let versions = if versions.is_empty() { String::new() } else { format!(" ({versions})") };
        let (setup, remarks) = said(variant);
        writeln!(text, "- **{}**{versions}: {setup}.", variant.name)?;
        for remark in remarks {
            writeln!(text, "  {remark}")?;
        }
    }
    Ok(())
}

/// How PostgreSQL is set up.
pub(crate) fn settings(text: &mut String) -> Result {
    let settings: Vec<_> = SETTINGS.iter().map(|(name, value)| format!("`{name} = {value}`")).collect();
    writeln!(text, "\nPostgreSQL is set up the same for all: {}.", settings.join(", "))
}

/// The name of a contender, as a table has it.
pub(crate) fn shown(contender: &str, kind: Kind) -> String {
    if kind == Kind::Own { format!("**{contender}**") } else { contender.to_owned() }
}
