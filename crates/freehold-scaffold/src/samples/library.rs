//! The one way in: a model's samples, asked for by name.

use super::case::{CommandCases, Drive, Occurrence, Refused, RefusedCommand, Step, UniquePair};
use super::sample::{Fields, Sample};
use super::world::World;
use super::{cases, drive, generate, simulate};
use freehold_model::{Field, Model};

/// The samples of a model. Every answer is deterministic: the same model gives the same samples.
#[derive(Clone, Debug)]
pub struct Samples {
    world: World,
}

impl Samples {
    /// Prepares a model's rules for evaluation.
    pub fn of(model: &Model) -> Self {
        Self { world: World::of(model) }
    }

    /// The `n`-th valid value of a field, from 1; `None` when none was found. Small domains repeat.
    pub fn field(&self, field: &Field, n: usize) -> Option<Sample> {
        generate::field(&self.world, field, n)
    }

    /// The `n`-th valid instance of a value of the model, from 1.
    pub fn value(&self, name: &str, n: usize) -> Option<Sample> {
        generate::value(&self.world, name, n)
    }

    /// What a field starts from when nothing is said: its default, `Null`, or an empty list.
    pub fn default_of(&self, field: &Field) -> Option<Sample> {
        generate::default_of(&self.world, field)
    }

    /// Instances of a value that must be refused, one for each reason.
    pub fn refused_values(&self, name: &str) -> Vec<Refused> {
        generate::refused_values(&self.world, name)
    }

    /// Otherwise valid commands that must be refused, one for each constrained field and reason.
    pub fn refused_commands(&self, aggregate: &str, command: &str) -> Vec<RefusedCommand> {
        let command =
            self.world.aggregate(aggregate).and_then(|it| it.commands.iter().find(|it| it.name == command));
        command.map(|it| generate::refused_commands(&self.world, it)).unwrap_or_default()
    }

    /// The cases of every command of an aggregate, in the order of the model.
    pub fn cases(&self, aggregate: &str) -> Vec<CommandCases> {
        self.world.aggregate(aggregate).map(|it| cases::of(&self.world, it)).unwrap_or_default()
    }

    /// The `n`-th distinct creating command that is accepted at any time, from 1: the first that creates and works.
    pub fn creating(&self, aggregate: &str, n: usize) -> Option<Step> {
        drive::creating(&self.world, self.world.aggregate(aggregate)?, n)
    }

    /// The shortest way from creation to a command, by commands only, whose last step is that command. The `n`-th
    /// stream, from 1, so that two drives do not collide in what is unique.
    pub fn drive(&self, aggregate: &str, command: &str, n: usize) -> Option<Drive> {
        let aggregate = self.world.aggregate(aggregate)?;
        let command = aggregate.commands.iter().find(|it| it.name == command)?;
        drive::to(&self.world, aggregate, command, n)
    }

    /// Creating commands around a set of unique fields, for tests of conflict and race.
    pub fn unique(&self, aggregate: &str, fields: &[String]) -> Option<UniquePair> {
        drive::unique(&self.world, self.world.aggregate(aggregate)?, fields)
    }

    /// The rows of a view after these events of one stream, with the stream's id under `id` where the view is keyed
    /// by it; `None` when an expression cannot be evaluated.
    pub fn rows(
        &self,
        view: &str,
        aggregate: &str,
        id: &Sample,
        events: &[Occurrence],
    ) -> Option<Vec<Fields>> {
        let view = self.world.model.views.iter().find(|it| it.name == view)?;
        simulate::rows(&self.world, view, aggregate, id, events).ok()
    }
}
