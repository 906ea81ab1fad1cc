//! Nodes: how many of them there are at a time.

use std::{fmt, str::FromStr};

use anyhow::ensure;

/// How many nodes there are at least and at most. Where these differ, nodes join and leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nodes {
    least: usize,
    most: usize,
}

impl Nodes {
    /// Always one.
    pub const ONE: Self = Self::always(1);
    /// The most various.
    pub const CHANGING: Self = Self { least: 1, most: 5 };

    /// Always so many.
    pub const fn always(nodes: usize) -> Self {
        Self { least: nodes, most: nodes }
    }

    /// How many it can be.
    pub fn all(self) -> Vec<usize> {
        (self.least..=self.most).collect()
    }

    /// Whether it is not always the same.
    pub fn is_changing(self) -> bool {
        self.least < self.most
    }

    /// Whether one can join so many.
    pub fn has_room(self, nodes: usize) -> bool {
        nodes < self.most
    }

    /// Whether one of so many can go.
    pub fn can_spare(self, nodes: usize) -> bool {
        nodes > self.least
    }
}

impl fmt::Display for Nodes {
    /// As they are chosen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, most } = self;
        if self.is_changing() { write!(f, "{least}-{most}") } else { write!(f, "{most}") }
    }
}

impl FromStr for Nodes {
    type Err = anyhow::Error;

    /// Either a number or two, such as `1-5`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        let (least, most) = (least.parse()?, most.parse()?);
        ensure!(0 < least && least <= most, "there is at least one node, and at most no fewer");
        Ok(Self { least, most })
    }
}
