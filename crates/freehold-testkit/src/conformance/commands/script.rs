//! Scripts: commands as chance draws them.

use proptest::{
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::select as one_of,
};

use super::{
    chain::Relabel,
    node::{Sent, Wish},
};

/// A command to one of a few chains of two tenants, and what its sender says of the version: nothing, or how far ahead
/// of that in the log it is.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    tenant: usize,
    chain: u32,
    wish: Wish,
    once: bool,
    pub(super) ahead: Option<i64>,
}

impl Draft {
    pub(super) fn sent(self, mark: u64) -> Sent {
        let Self { tenant, chain, wish, once, .. } = self;
        Sent { tenant, chain, wish, mark, once }
    }

    /// The same, with its mark as its command id.
    pub(super) fn once(self) -> Self {
        Self { once: true, ..self }
    }
}

pub(super) fn draft() -> impl Strategy<Value = Draft> {
    let ahead = prop_oneof![4 => Just(None), 1 => (-1..=1_i64).prop_map(Some)];
    let draft = (0..2_usize, 0..3_u32, wish(), any::<bool>(), ahead);
    draft.prop_map(|(tenant, chain, wish, once, ahead)| Draft { tenant, chain, wish, once, ahead })
}

fn wish() -> impl Strategy<Value = Wish> {
    let begin = (proptest::option::of(label()), proptest::bool::weighted(0.2));
    let begin = begin.prop_map(|(label, is_refused)| Wish::Begin { label, is_refused });
    let only_below = prop_oneof![3 => Just(u64::MAX), 2 => 0..24_u64];
    let extend = (0..4_u64, relabel(), only_below);
    let extend = extend.prop_map(|(links, relabel, only_below)| Wish::Extend { links, relabel, only_below });
    prop_oneof![1 => begin, 4 => extend]
}

fn relabel() -> impl Strategy<Value = Relabel> {
    prop_oneof![
        5 => Just(Relabel::Keep),
        1 => Just(Relabel::GiveBack),
        2 => label().prop_map(Relabel::Take),
        1 => Just(Relabel::Reconsider),
    ]
}

fn label() -> impl Strategy<Value = String> {
    one_of(vec!["amber", "coral"]).prop_map(str::to_owned)
}
