//! Plans: which operation meets with which fault.

use std::{
    collections::{BTreeMap, VecDeque},
    iter::repeat_n,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use freehold_ports::{Database, StoreError};

use super::{Faulty, Gate, Seed};

/// What a database does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named like the operation of the port")]
pub enum Operation {
    /// Both [`append`](freehold_ports::EventStore::append) and [`submit`](freehold_ports::EventStore::submit): what
    /// comes before meets the submission, what comes after whoever waits for it.
    Append,
    Apply,
    Archive,
    Beat,
    BeginRebuild,
    Checkpoint,
    Claim,
    Cluster,
    Compare,
    Count,
    DeadLetters,
    Divide,
    End,
    EndRebuild,
    LastPosition,
    Leave,
    LiveVersion,
    Migrate,
    Outcome,
    Pause,
    ReadAll,
    ReadAudit,
    ReadCorrelated,
    ReadStream,
    Rebuilds,
    Release,
    RollBack,
    SaveSnapshot,
    Select,
    SetAutomatic,
    Snapshot,
    TakeOver,
    TakeUp,
    WriteAudit,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::Append,
        Self::Apply,
        Self::Archive,
        Self::Beat,
        Self::BeginRebuild,
        Self::Checkpoint,
        Self::Claim,
        Self::Cluster,
        Self::Compare,
        Self::Count,
        Self::DeadLetters,
        Self::Divide,
        Self::End,
        Self::EndRebuild,
        Self::LastPosition,
        Self::Leave,
        Self::LiveVersion,
        Self::Migrate,
        Self::Outcome,
        Self::Pause,
        Self::ReadAll,
        Self::ReadAudit,
        Self::ReadCorrelated,
        Self::ReadStream,
        Self::Rebuilds,
        Self::Release,
        Self::RollBack,
        Self::SaveSnapshot,
        Self::Select,
        Self::SetAutomatic,
        Self::Snapshot,
        Self::TakeOver,
        Self::TakeUp,
        Self::WriteAudit,
    ];
}

/// When an operation meets with trouble.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing is done yet.
    Before(Trouble),
    /// Nothing is done yet either, and whoever hands an append over is told that it has its place; those behind it
    /// wait.
    Meanwhile(Trouble),
    /// It is done, and the answer is still to come: with a [`Failure`](Trouble::Failure) it is lost.
    After(Trouble),
}

/// What happens to an operation.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// It fails with [`StoreError::Unavailable`].
    Failure,
    /// Others come first.
    Delay,
    /// It waits at the gate.
    Hang(Gate),
    /// This is called, such as what ends the process there and then.
    Call(fn()),
}

/// Faults by chance.
#[derive(Clone, Debug)]
pub struct Draw {
    /// What the chance is drawn from. Printed when the test fails.
    pub seed: Seed,
    /// Of so many operations one meets with a fault, on average; at least 1.
    pub one_in: u64,
    /// With one of these.
    pub faults: Vec<Fault>,
}

/// The faults of databases, as a test plans them. A planned fault that has never happened fails the test when this is
/// dropped.
#[derive(Default)]
pub struct Faults {
    plan: Arc<Plan>,
}

impl Faults {
    /// By chance, every operation lets others come first, before it is done or before it answers. Whatever runs on
    /// such a database has to come out as it does without.
    pub fn delays(seed: Seed) -> Self {
        let faults = Self::default();
        let delays =
            [Fault::Before, Fault::Meanwhile, Fault::After].map(|when| when(Trouble::Delay)).to_vec();
        for operation in Operation::ALL {
            faults.draw(operation, Draw { seed, one_in: 2, faults: delays.clone() });
        }
        faults
    }

    /// The next operations of this kind meet with the fault, so many of them, behind what was planned before.
    pub fn plan(&self, operation: Operation, fault: &Fault, times: usize) {
        self.plan.state().planned.entry(operation).or_default().extend(repeat_n(fault.clone(), times));
    }

    /// Operations of this kind for which nothing is planned meet with these faults. The same seed draws the same for
    /// the first, the second and every further one of a kind.
    pub fn draw(&self, operation: Operation, draw: Draw) {
        self.plan.state().draws.insert(operation, draw);
    }

    /// The database with these faults.
    pub fn around(&self, database: Arc<dyn Database>) -> Faulty {
        Faulty::new(database, Arc::clone(&self.plan))
    }

    /// How many faults have happened.
    pub fn happened(&self) -> usize {
        self.plan.state().happened
    }

    /// How many databases with these faults there are.
    pub fn databases(&self) -> usize {
        Arc::strong_count(&self.plan) - 1
    }
}

impl Drop for Faults {
    #[expect(clippy::print_stderr, reason = "whoever sees the test fail needs the seed to see it again")]
    fn drop(&mut self) {
        let state = self.plan.state();
        if thread::panicking() {
            if let Some(Draw { seed, .. }) = state.draws.values().next() {
                eprintln!("faults were drawn with {seed}");
            }
            return;
        }
        let left: Vec<_> = state.planned.iter().filter(|(_, faults)| !faults.is_empty()).collect();
        assert!(left.is_empty(), "these faults have never happened: {left:?}");
    }
}

/// What is still to happen.
#[derive(Default)]
pub(super) struct Plan {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    planned: BTreeMap<Operation, VecDeque<Fault>>,
    draws: BTreeMap<Operation, Draw>,
    /// How many operations of each kind were drawn for.
    drawn: BTreeMap<Operation, u64>,
    happened: usize,
}

impl Plan {
    /// What the next operation of this kind meets with.
    pub(super) fn next(&self, operation: Operation) -> Option<Fault> {
        let mut state = self.state();
        let planned = state.planned.get_mut(&operation).and_then(VecDeque::pop_front);
        let fault = planned.or_else(|| state.drawn(operation));
        state.happened += usize::from(fault.is_some());
        fault
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn drawn(&mut self, operation: Operation) -> Option<Fault> {
        let Draw { seed, one_in, faults } = self.draws.get(&operation)?;
        let place = self.drawn.entry(operation).or_default();
        let number = seed.number(*place * Operation::ALL.len() as u64 + operation as u64);
        *place += 1;
        let which = usize::try_from(number / one_in % faults.len().max(1) as u64).ok()?;
        if number.is_multiple_of(*one_in) { faults.get(which).cloned() } else { None }
    }
}

impl Fault {
    /// What comes before the operation is done.
    pub(super) async fn before(fault: Option<&Self>) -> Result<(), StoreError> {
        match fault {
            Some(Self::Before(trouble)) => trouble.happen().await,
            _ => Ok(()),
        }
    }

    /// What comes when an append has its place, and is not tried yet.
    pub(super) async fn meanwhile(fault: Option<&Self>) -> Result<(), StoreError> {
        match fault {
            Some(Self::Meanwhile(trouble)) => trouble.happen().await,
            _ => Ok(()),
        }
    }

    /// What comes after it is done.
    pub(super) async fn after(fault: Option<&Self>) -> Result<(), StoreError> {
        match fault {
            Some(Self::After(trouble)) => trouble.happen().await,
            _ => Ok(()),
        }
    }
}

impl Trouble {
    async fn happen(&self) -> Result<(), StoreError> {
        match self {
            Self::Failure => {
                return Err(StoreError::Unavailable { reason: "a fault of the test".to_owned() });
            }
            Self::Delay => tokio::task::yield_now().await,
            Self::Hang(gate) => gate.pass().await,
            Self::Call(function) => function(),
        }
        Ok(())
    }
}
