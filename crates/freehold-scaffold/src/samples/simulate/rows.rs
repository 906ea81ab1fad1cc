//! Folds the events of a stream into the rows of a view.

use super::super::case::Occurrence;
use super::super::generate::default_of;
use super::super::interpret::{Failure, Scope, evaluate};
use super::super::sample::{Fields, Sample, field};
use super::super::world::World;
use freehold_model::{Assign, View, ViewEvent, ViewKey};
use std::rc::Rc;

/// The column of the stream's id, in a view that is keyed by it.
const ID: &str = "id";

/// The rows after the events, in the order in which they began.
pub(in super::super) fn rows(
    world: &World,
    view: &View,
    aggregate: &str,
    id: &Sample,
    events: &[Occurrence],
) -> Result<Vec<Fields>, Failure> {
    let mut rows = Rows { world, view, id, rows: Vec::new() };
    for event in events {
        let on = view.on.iter().find(|it| it.aggregate == aggregate && it.event == event.event);
        if let Some(on) = on {
            rows.apply(on, event)?;
        }
    }
    Ok(rows.rows.into_iter().map(|(_, row)| row).collect())
}

struct Rows<'a> {
    world: &'a World,
    view: &'a View,
    id: &'a Sample,
    rows: Vec<(Vec<Sample>, Fields)>,
}

impl Rows<'_> {
    fn apply(&mut self, on: &ViewEvent, event: &Occurrence) -> Result<(), Failure> {
        let Some(key) = self.key(event) else {
            return Ok(());
        };
        let known = self.rows.iter().position(|(other, _)| *other == key);
        if on.deletes {
            known.map(|at| self.rows.remove(at));
            return Ok(());
        }
        let row = match known {
            Some(at) => self.changed(on, event, self.rows[at].1.clone(), |_| true)?,
            None if on.begins => {
                let begun = self.changed(on, event, self.begun(&key), |assign| !is_set(assign))?;
                self.changed(on, event, begun, is_set)?
            }
            None => return Ok(()),
        };
        match known {
            Some(at) => self.rows[at].1 = row,
            None => self.rows.push((key, row)),
        }
        Ok(())
    }

    /// What tells the row apart; `None` when the event lacks it.
    fn key(&self, event: &Occurrence) -> Option<Vec<Sample>> {
        match &self.view.key {
            ViewKey::Stream => Some(vec![self.id.clone()]),
            ViewKey::Fields(names) => names
                .iter()
                .map(|name| field(&event.fields, name).filter(|it| !it.is_null()).cloned())
                .collect(),
        }
    }

    fn begun(&self, key: &[Sample]) -> Fields {
        let start = |it| default_of(self.world, it).unwrap_or(Sample::Null);
        let columns = self.view.fields.iter().map(|it| (it.name.clone(), start(it)));
        match &self.view.key {
            ViewKey::Stream => std::iter::once((ID.to_owned(), self.id.clone())).chain(columns).collect(),
            ViewKey::Fields(names) => {
                let mut row: Fields = columns.collect();
                names.iter().zip(key).for_each(|(name, sample)| put(&mut row, name, sample.clone()));
                row
            }
        }
    }

    fn changed(
        &self,
        on: &ViewEvent,
        event: &Occurrence,
        mut row: Fields,
        wanted: impl Fn(&Assign) -> bool,
    ) -> Result<Fields, Failure> {
        let carried = Rc::new(event.fields.clone());
        let before = Rc::new(row.clone());
        for (name, assign) in on.assigns.iter().filter(|(_, assign)| wanted(assign)) {
            let sample = match assign {
                Assign::Field => field(&event.fields, name).cloned().unwrap_or(Sample::Null),
                Assign::State(state) => {
                    Sample::State { aggregate: on.aggregate.clone(), variant: state.clone() }
                }
                Assign::Set(expression) => {
                    let mut scope =
                        Scope::new(&self.world.model).record("row", &before).record("event", &carried);
                    let value = evaluate(&expression.tree, &mut scope)?;
                    value.into_sample().ok_or_else(|| Failure::unsupported(format!("what sets {name}")))?
                }
            };
            put(&mut row, name, sample);
        }
        Ok(row)
    }
}

/// What is set reads the row, so that a row that begins has everything else first.
fn is_set(assign: &Assign) -> bool {
    matches!(assign, Assign::Set(_))
}

fn put(row: &mut Fields, name: &str, sample: Sample) {
    if let Some((_, old)) = row.iter_mut().find(|(known, _)| known == name) {
        *old = sample;
    }
}
