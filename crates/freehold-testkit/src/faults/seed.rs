//! Seeds: what is drawn by chance is drawn again from the same one.

use std::{
    env, fmt,
    hash::{BuildHasher, RandomState},
};

/// The variable of the environment that sets it.
const VARIABLE: &str = "FREEHOLD_SEED";

/// Where chance begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The one in the environment variable `FREEHOLD_SEED`, to see again what happened with it; else a new one.
    ///
    /// # Panics
    /// If the variable is set to something else than a whole number.
    pub fn given_or_new() -> Self {
        match env::var(VARIABLE) {
            Ok(seed) => Self(seed.parse().expect("a seed is a whole number")),
            Err(_) => Self(RandomState::new().hash_one(VARIABLE)),
        }
    }

    /// The same as a seed of 32 bytes.
    pub(crate) fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, part) in (0..).zip(bytes.chunks_exact_mut(8)) {
            part.copy_from_slice(&self.number(place).to_le_bytes());
        }
        bytes
    }

    /// The number at a place of the sequence that begins here: SplitMix64.
    pub fn number(self, place: u64) -> u64 {
        let mut mixed = self.0.wrapping_add(place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl fmt::Display for Seed {
    /// As it is given again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VARIABLE}={}", self.0)
    }
}
