//! Plans: what a round is, as its seed has it unless something else was chosen.

use std::{fmt, path::PathBuf};

use freehold_testkit::faults::Seed;

use super::{Nodes, Place};
use crate::load::Dice;

/// What a round is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where the log is.
    pub place: Place,
    /// How many nodes there are.
    pub nodes: Nodes,
    /// How many crashes there are.
    pub crashes: usize,
    /// How many requests have to be carried out at least, before the first crash and behind each.
    pub load: u64,
    /// What everything is drawn from.
    pub seed: Seed,
    /// This program, to be run as a node.
    pub program: PathBuf,
}

/// What is not left to the seed of a round.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Where the log is, if that is not to be drawn.
    pub place: Option<Place>,
    /// How many nodes there are on a server, if that is not to be drawn.
    pub nodes: Option<Nodes>,
    /// See [`Plan::load`].
    pub load: u64,
    /// See [`Plan::program`].
    pub program: PathBuf,
}

impl Plan {
    /// The plan of a seed: the same whenever it is drawn.
    pub fn drawn(seed: Seed, choices: &Choices) -> Self {
        let mut dice = Dice::of(seed, "plan");
        let places = [Place::Memory, Place::Sqlite, Place::Postgres, Place::Postgres, Place::Postgres];
        // Drawn even where it was chosen, so that the choice changes nothing else.
        let all = [Nodes::ONE, Nodes::always(3), Nodes::CHANGING];
        let (place, nodes) = (dice.one_of(&places), dice.one_of(&all));
        let crashes = dice.one_of(&[1, 2, 3, 4]);
        let place = choices.place.unwrap_or(place);
        let nodes = if place == Place::Postgres { choices.nodes.unwrap_or(nodes) } else { Nodes::ONE };
        // It takes some until there were as many nodes as there can be, and as few.
        let crashes = if nodes.is_changing() { crashes + 4 } else { crashes };
        let crashes = if place == Place::Memory { 0 } else { crashes };
        Self { place, nodes, crashes, load: choices.load, seed, program: choices.program.clone() }
    }

    /// How many nodes there are in the beginning.
    pub fn first(&self) -> usize {
        Dice::of(self.seed, "nodes").one_of(&self.nodes.all())
    }

    /// What runs it again, beside the seed.
    pub fn arguments(&self) -> String {
        let Self { place, nodes, load, .. } = self;
        format!("--place {place} --nodes {nodes} --load {load}")
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, nodes, crashes, seed, .. } = self;
        write!(f, "{seed} on {place}, nodes: {nodes}, crashes: {crashes}")
    }
}
