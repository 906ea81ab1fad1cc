//! A way through the life cycle with samples for every step, ready to be searched over.

use super::super::clock::{began_after, now};
use super::super::generate;
use super::super::sample::{Fields, Sample};
use super::super::world::World;
use super::find::Missing;
use super::leads::Leads;
use super::routes::{Act, Route, sets};
use super::variables::{Records, Variable, bare, variables};
use freehold_model::{Aggregate, Command, Expression, Field, Source, Type};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Which samples the steps of a plan start from.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Numbering {
    /// Each step the next.
    Case,
    /// Each stream its own; later steps far from the first ones of other streams.
    Stream(usize),
}

impl Numbering {
    fn of(self, position: usize) -> usize {
        match self {
            Self::Case => position + 1,
            Self::Stream(n) => n + 10 * position,
        }
    }
}

/// A step of a history: whose values it has, and the how manieth repetition it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) record: usize,
    pub(super) turn: usize,
}

/// A part of a route that is repeated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeat {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) times: usize,
}

/// A history and a command, with the samples that a search begins with.
///
/// The records are those of the acts, then the command's, then the moments of the acts.
pub(in super::super) struct Plan<'a> {
    pub(super) aggregate: &'a Aggregate,
    pub(super) target: &'a Command,
    pub(super) acts: Vec<Act>,
    pub(super) turns: Vec<Turn>,
    pub(super) start: Records,
    /// Why commands do not make the history.
    pub(super) broken: Option<Missing>,
    /// The samples of steps and of their repetitions before anything was searched for, by record and turn.
    plain: Vec<Vec<Fields>>,
    numbering: Numbering,
}

impl<'a> Plan<'a> {
    /// A plan that starts from `past`, the records and the moments of the acts. Fails with the name of a field that
    /// no sample was found for.
    pub(super) fn new(
        world: &World,
        aggregate: &'a Aggregate,
        target: &'a Command,
        acts: &[Act],
        past: Past,
        numbering: Numbering,
    ) -> Result<Self, String> {
        let (mut start, broken) = (past.records, past.broken);
        start.push(Rc::new(defaults(world, &target.fields, numbering.of(acts.len()))?));
        start.push(Rc::new(past.moments));
        let mut plain = Vec::new();
        for (position, act) in acts.iter().enumerate() {
            plain.push(vec![defaults(world, &fields(aggregate, *act), numbering.of(position))?]);
        }
        let turns = (0..acts.len()).map(|record| Turn { record, turn: 0 }).collect();
        Ok(Self { aggregate, target, acts: acts.to_vec(), turns, start, broken, plain, numbering })
    }

    /// The same plan with a part of it repeated.
    pub(super) fn repeating(mut self, world: &World, repeat: Repeat) -> Result<Self, String> {
        let part = repeat.at..repeat.at + repeat.length;
        let mut turns: Vec<Turn> = self.turns[..part.end].to_vec();
        for turn in 1..repeat.times {
            turns.extend(part.clone().map(|record| Turn { record, turn }));
        }
        turns.extend(&self.turns[part.end..]);
        self.turns = turns;
        for record in part {
            let expected = fields(self.aggregate, self.acts[record]);
            for turn in 1..repeat.times {
                self.plain[record].push(defaults(world, &expected, self.numbering.of(record) + turn)?);
            }
        }
        Ok(self)
    }

    /// The values of a step. A repetition has its own where nothing was changed in the first.
    pub(super) fn values(&self, records: &Records, turn: Turn) -> Rc<Fields> {
        let mut values = Rc::clone(&records[turn.record]);
        if turn.turn == 0 {
            return values;
        }
        let plain = &self.plain[turn.record];
        if let (Some(first), Some(own)) = (plain.first(), plain.get(turn.turn)) {
            for (((_, value), (_, first)), (_, own)) in
                Rc::make_mut(&mut values).iter_mut().zip(first).zip(own)
            {
                if value == first {
                    value.clone_from(own);
                }
            }
        }
        values
    }

    /// The record of the command.
    pub(super) fn command<'r>(&self, records: &'r Records) -> &'r Rc<Fields> {
        &records[self.acts.len()]
    }

    /// The places that the leads are about: the command's first, then the history's, then its moments.
    pub(super) fn variables(&self, world: &World, leads: &Leads, fixed: &[String]) -> Vec<Variable> {
        let free = |expected: &[Field]| -> Vec<Field> {
            expected.iter().filter(|it| !fixed.contains(&it.name)).cloned().collect()
        };
        let last = self.acts.len();
        let mut found = variables(world, last, &free(&self.target.fields), leads, self.numbering.of(last));
        for (record, act) in self.acts.iter().enumerate() {
            let fields = fields(self.aggregate, *act);
            found.extend(variables(world, record, &fields, leads, self.numbering.of(record)));
        }
        found.extend(self.clocks(world, leads));
        found
    }

    /// The moments of those acts whose time anything depends on.
    fn clocks(&self, world: &World, leads: &Leads) -> Vec<Variable> {
        let mut leads = leads.clone();
        let mut timed = Vec::new();
        for (record, act) in self.acts.iter().enumerate() {
            if times(self.aggregate, *act).any(|name| leads.names.contains(name)) {
                timed.push(bare(&record.to_string(), Type::Timestamp));
            }
        }
        leads.names.extend(timed.iter().map(|it| it.name.clone()));
        variables(world, self.acts.len() + 1, &timed, &leads, 1)
    }
}

/// When a step happens, in the order of the moments; `None` after now.
pub(super) fn moment(records: &Records, turn: Turn, before: Timestamp) -> Option<Timestamp> {
    let (_, Sample::Timestamp(moment)) = records.last()?.get(turn.record)? else {
        return None;
    };
    let minutes = SignedDuration::from_mins(i64::try_from(turn.turn).ok()?);
    let moment = moment.checked_add(minutes).ok()?.max(before);
    (moment <= now()).then_some(moment)
}

/// The fields of an event that take the moment of decision.
fn times(aggregate: &Aggregate, act: Act) -> impl Iterator<Item = &str> {
    let emits = match act {
        Act::Command(at) => aggregate.commands.get(at).map(|it| it.emits.as_slice()).unwrap_or_default(),
        Act::Event(_) => &[],
    };
    emits
        .iter()
        .flat_map(|it| &it.fields)
        .filter(|(_, source)| matches!(source, Source::Now))
        .map(|(name, _)| name.as_str())
}

/// What an act carries.
fn fields(aggregate: &Aggregate, act: Act) -> Vec<Field> {
    match act {
        Act::Command(at) => aggregate.commands.get(at).map(|it| it.fields.clone()),
        Act::Event(at) => aggregate.events.get(at).map(|it| it.fields.clone()),
    }
    .unwrap_or_default()
}

fn defaults(world: &World, expected: &[Field], n: usize) -> Result<Fields, String> {
    let default = |field: &Field| {
        let sample = generate::field(world, field, n).or_else(|| generate::default_of(world, field));
        sample.map(|it| (field.name.clone(), it)).ok_or_else(|| field.name.clone())
    };
    expected.iter().map(default).collect()
}

/// The records and the moments of acts that have been prepared.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    pub(super) records: Records,
    pub(super) moments: Fields,
    /// Why commands do not make this past, as far as that was found out.
    pub(super) broken: Option<Missing>,
}

impl Past {
    /// Also an act with its first samples, an hour after the one before.
    pub(super) fn and(
        mut self,
        world: &World,
        aggregate: &Aggregate,
        act: Act,
        numbering: Numbering,
    ) -> Result<Self, String> {
        let at = self.records.len();
        self.records.push(Rc::new(defaults(world, &fields(aggregate, act), numbering.of(at))?));
        self.moments.push((at.to_string(), Sample::Timestamp(began_after(at))));
        Ok(self)
    }
}

/// What the decision on a command depends on: its rules up to the one that matters, and all that feeds what they
/// read.
pub(super) fn leads(world: &World, aggregate: &Aggregate, target: &Command, rules: usize) -> Leads {
    let mut leads = Leads::default();
    let needed = target.require.iter().take(rules).map(|rule| &rule.expression);
    let conditions = target.emits.iter().filter_map(|it| it.when.as_ref());
    for expression in needed.chain(conditions) {
        leads.follow(&world.model, &expression.tree);
    }
    feed(world, aggregate, &mut leads);
    leads
}

/// The names that any decision of an aggregate reads.
pub(super) fn all_names(world: &World, aggregate: &Aggregate) -> BTreeSet<String> {
    let of_command = |command| leads(world, aggregate, command, usize::MAX).names;
    aggregate.commands.iter().flat_map(of_command).collect()
}

/// Adds what is behind the names: what sets a field of the state, what fills a field of an event.
fn feed(world: &World, aggregate: &Aggregate, leads: &mut Leads) {
    let mut followed: BTreeSet<*const Expression> = BTreeSet::new();
    loop {
        let sources = sources(aggregate).filter(|(name, _)| leads.names.contains(*name));
        let new: Vec<&Expression> =
            sources.map(|(_, it)| it).filter(|it| followed.insert(std::ptr::from_ref(*it))).collect();
        if new.is_empty() {
            return;
        }
        for expression in new {
            leads.follow(&world.model, &expression.tree);
        }
    }
}

fn sources(aggregate: &Aggregate) -> impl Iterator<Item = (&str, &Expression)> {
    let sets = aggregate.events.iter().flat_map(|event| &event.set).map(|(name, set)| (name.as_str(), set));
    let emits =
        aggregate.commands.iter().flat_map(|command| &command.emits).flat_map(|emission| &emission.fields);
    let with = emits.filter_map(|(name, source)| match source {
        Source::With(expression) => Some((name.as_str(), expression)),
        _ => None,
    });
    sets.chain(with)
}

/// The parts of a route that change something that matters when they are repeated.
pub(super) fn telling_loops(
    aggregate: &Aggregate,
    route: &Route,
    names: &BTreeSet<String>,
) -> Vec<(usize, usize)> {
    let telling = |at: usize| sets(aggregate, route.acts[at]).iter().any(|name| names.contains(*name));
    route.loops().into_iter().filter(|(at, length)| (*at..at + length).any(telling)).collect()
}
