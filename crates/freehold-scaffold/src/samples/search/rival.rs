//! A creating command that takes over some values of another one.

use super::super::case::{Drive, Step};
use super::super::sample::field;
use super::desk::Desk;
use super::plan::leads;
use super::solve::{Budget, solve};
use super::stream::{History, Stream, Wish};
use freehold_model::Command;
use std::rc::Rc;

/// What it may cost.
const COST: usize = 4_000;

/// A creating command of its kind, with the desk's numbering and with these fields as in the first.
pub(in super::super) fn rival(
    desk: &Desk<'_>,
    command: &Command,
    first: &Step,
    fields: &[String],
) -> Option<Drive> {
    let world = desk.world;
    let mut plan = desk.plan(command, None).ok()?;
    for (name, sample) in Rc::make_mut(plan.start.first_mut()?) {
        if fields.contains(name) {
            sample.clone_from(field(&first.fields, name)?);
        }
    }
    let leads = leads(world, desk.aggregate, command, command.require.len());
    let variables = plan.variables(world, &leads, fields);
    let mut stream = Stream::new(world, &plan, Wish::Accepted, History::Sent);
    let records = solve(world, &mut stream, &variables, plan.start.clone(), &mut Budget::of(COST))?;
    let (steps, events) = stream.steps(&records)?;
    Some(Drive { steps, events })
}
