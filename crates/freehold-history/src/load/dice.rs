//! Dice: chance that follows from a seed, and from whose dice they are.

use std::hash::{DefaultHasher, Hash, Hasher};

use freehold_testkit::faults::Seed;
use uuid::Uuid;

/// A sequence of numbers of its own.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: Seed,
    place: u64,
}

impl Dice {
    /// Those of this name.
    pub fn of(seed: Seed, name: &str) -> Self {
        let mut digest = DefaultHasher::new();
        (seed.0, name).hash(&mut digest);
        Self { seed: Seed(digest.finish()), place: 0 }
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "dice never end")]
    pub fn next(&mut self) -> u64 {
        self.place += 1;
        self.seed.number(self.place)
    }

    /// A number below this one, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Yes, so many times in a hundred.
    pub fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// One of these, of which there are some.
    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        let place = usize::try_from(self.below(all.len() as u64)).unwrap_or_default();
        all[place].clone()
    }

    /// An id that nobody else draws.
    pub fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }
}
