//! What appends are made of.

use std::collections::HashMap;

use uuid::Uuid;

use super::Dice;
use crate::{
    Address, Criterion, Expected, New, Query, Request, What,
    views::{PLAIN, VIEWED},
};

/// The tenants, whose streams have the same ids.
pub(crate) const TENANTS: [&str; 3] = ["north", "south", "west"];
const COLORS: [&str; 4] = ["red", "green", "blue", "white"];
const SHAPES: [&str; 3] = ["round", "square", "flat"];
/// After so many events other streams are used.
const ERA: u64 = 400;

/// What a client knows of streams: the version, and the last event if it was its own.
pub(super) type Known = HashMap<Address, (u64, Option<Uuid>)>;

pub(super) fn tenant(dice: &mut Dice) -> String {
    dice.one_of(&TENANTS).to_owned()
}

/// A stream: a hot one as often as one of many cold ones.
pub(super) fn address(dice: &mut Dice, head: u64) -> Address {
    let aggregate = if dice.percent(60) { PLAIN } else { VIEWED };
    let number = if dice.percent(50) { dice.below(3) } else { 100 + dice.below(150) };
    let id = Uuid::from_u128(u128::from(head / ERA * 1000 + number));
    Address { tenant: tenant(dice), aggregate: aggregate.to_owned(), id }
}

/// Where a stream is expected: anywhere, where it is known to be, or elsewhere.
pub(super) fn expected(dice: &mut Dice, address: &Address, known: &Known) -> Expected {
    let (version, last) = known.get(address).copied().unwrap_or((0, None));
    match (dice.below(100), last) {
        (0..45, _) => Expected::Any,
        (45..70, Some(last)) => Expected::Event(version, last),
        (70..90, _) => Expected::Version(version),
        (90..92, _) => Expected::Version(version + 1 + dice.below(3)),
        (92..94, _) => Expected::Version(version.saturating_sub(1)),
        (94..99, Some(_)) => Expected::Event(version, Uuid::nil()),
        _ => Expected::Version(version),
    }
}

pub(super) fn events(dice: &mut Dice) -> Vec<New> {
    let count = dice.one_of(&[1, 1, 1, 1, 1, 1, 2, 2, 3, 5]);
    (0..count).map(|_| event(dice)).collect()
}

pub(super) fn event(dice: &mut Dice) -> New {
    let name =
        dice.one_of(&["Counted", "Counted", "Counted", "Counted", "Counted", "Marked", "Marked", "Removed"]);
    let mut tags = Vec::new();
    if dice.percent(40) {
        tags.push(dice.one_of(&COLORS).to_owned());
    }
    if dice.percent(25) {
        tags.push(dice.one_of(&SHAPES).to_owned());
    }
    let (number, pad) = (dice.below(1000), dice.one_of(&[0, 20, 200, 200, 2000]));
    New { id: dice.id(), name: name.to_owned(), tags, number, pad }
}

/// A tag that only one event of a tenant is to have.
pub(super) fn claim(dice: &mut Dice, head: u64) -> String {
    format!("claim-{}-{}", head / 200, dice.below(2))
}

/// A query of any form.
pub(super) fn query(dice: &mut Dice, head: u64) -> Query {
    if dice.percent(3) {
        return Query::default();
    }
    let count = dice.one_of(&[1, 1, 1, 2]);
    Query { any_of: (0..count).map(|_| criterion(dice, head)).collect() }
}

fn criterion(dice: &mut Dice, head: u64) -> Criterion {
    let kind = |dice: &mut Dice| {
        let aggregate = dice.one_of(&[PLAIN, VIEWED]).to_owned();
        (aggregate, dice.one_of(&["Counted", "Marked", "Removed"]).to_owned())
    };
    let (color, shape) = (dice.one_of(&COLORS).to_owned(), dice.one_of(&SHAPES).to_owned());
    match dice.below(6) {
        0 => Criterion { kinds: vec![kind(dice)], ..Criterion::default() },
        1 => Criterion { tags: vec![color], ..Criterion::default() },
        2 => Criterion { tags: vec![color, shape], ..Criterion::default() },
        3 => Criterion { tags: vec![shape], kinds: vec![kind(dice), kind(dice)], ..Criterion::default() },
        4 => {
            let Address { aggregate, id, .. } = address(dice, head);
            Criterion { streams: vec![(aggregate, id)], ..Criterion::default() }
        }
        _ => Criterion { kinds: vec![kind(dice), kind(dice)], ..Criterion::default() },
    }
}

/// An append without conditions. Most are carried out once, however often they are sent.
pub(super) fn append(dice: &mut Dice, token: String, address: Address, events: Vec<New>) -> Request {
    let (command, fingerprint) = (dice.id(), dice.id());
    let once = dice.percent(65).then_some(fingerprint);
    let what = What::Append { expected: Expected::Any, unless: Vec::new(), events };
    Request { token, address, command, once, what }
}
