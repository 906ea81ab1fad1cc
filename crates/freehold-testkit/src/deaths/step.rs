//! Steps: an operation, at one of the times that a life comes to it, before or after it is done.

use std::fmt;

use crate::faults::{Fault, Faults, Operation, Trouble};

/// Every operation that a worker, a rebuild or handing over consists of, and at how many of the times that a life comes to it
/// it ends: some come once.
const OPERATIONS: [(Operation, usize); 19] = [
    (Operation::Apply, 3),
    (Operation::Beat, 4),
    (Operation::BeginRebuild, 2),
    (Operation::Checkpoint, 2),
    (Operation::Claim, 4),
    (Operation::Cluster, 2),
    (Operation::Compare, 1),
    (Operation::DeadLetters, 4),
    (Operation::Divide, 1),
    (Operation::EndRebuild, 1),
    (Operation::Leave, 1),
    (Operation::LiveVersion, 1),
    (Operation::ReadAll, 3),
    (Operation::Rebuilds, 4),
    (Operation::Release, 1),
    (Operation::RollBack, 1),
    (Operation::SetAutomatic, 1),
    (Operation::TakeOver, 2),
    (Operation::TakeUp, 2),
];

/// A step at which a node can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is about to do, or has done.
    pub operation: Operation,
    /// How often it has done that earlier.
    pub earlier: usize,
    /// Whether it is done this time.
    pub moment: Moment,
}

/// When a node ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing is done yet.
    Before,
    /// It is done, and nothing has followed from it.
    After,
}

impl Step {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let of = |(operation, times)| {
            (0..times).flat_map(move |earlier| {
                [Moment::Before, Moment::After].map(|moment| Self { operation, earlier, moment })
            })
        };
        OPERATIONS.into_iter().flat_map(of).collect()
    }

    /// Has whoever comes to it meet with this. Earlier ones only let others come first.
    pub fn plan(self, faults: &Faults, trouble: Trouble) {
        let fault = match self.moment {
            Moment::Before => Fault::Before(trouble),
            Moment::After => Fault::After(trouble),
        };
        faults.plan(self.operation, &Fault::Before(Trouble::Delay), self.earlier);
        faults.plan(self.operation, &fault, 1);
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, earlier, moment } = self;
        let moment = if *moment == Moment::Before { "before" } else { "after" };
        write!(f, "{moment} {operation:?} number {}", earlier + 1)
    }
}
