//! Strings that a regular expression matches, built from its syntax tree.

use freehold_model::Bounds;
use regex_syntax::hir::{Class, Hir, HirKind};

/// How much more than the least a repetition repeats, in the order in which it is tried. A little more than the
/// least reads better: `ABCD` rather than `A`.
const EXTRA: [u32; 9] = [3, 0, 1, 2, 5, 8, 12, 20, 40];

/// How many strings are built before a pattern counts as too hard.
const TRIES: usize = 400;

/// The n-th of the distinct strings within the bounds that `accepted` says yes to, from 1. Where there are fewer,
/// they repeat.
pub(super) fn matching(
    pattern: &str,
    bounds: Bounds<u32>,
    n: usize,
    accepted: impl Fn(&str) -> bool,
) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut found: Vec<String> = Vec::new();
    for extra in EXTRA {
        for turn in 0..TRIES.min(n * 4 + 24) {
            let text = built(&hir, extra, turn);
            if within(bounds, &text) && accepted(&text) && !found.contains(&text) {
                found.push(text);
            }
            if found.len() >= n {
                return found.pop();
            }
        }
    }
    let index = n.checked_sub(1)? % found.len().max(1);
    found.into_iter().nth(index)
}

fn within(bounds: Bounds<u32>, text: &str) -> bool {
    let length = text.chars().count();
    bounds.min.is_none_or(|min| length >= min as usize) && bounds.max.is_none_or(|max| length <= max as usize)
}

fn built(hir: &Hir, extra: u32, turn: usize) -> String {
    let mut walk = Walk { extra, turn, backwards: Vec::new() };
    walk.visit(hir, 0);
    walk.backwards.iter().rev().collect()
}

/// Builds from the end, so that the last place turns fastest, as on an odometer.
struct Walk {
    extra: u32,
    turn: usize,
    backwards: Vec<char>,
}

impl Walk {
    /// `place` counts the characters of one class in a row, so that they run on: `AB123`, not `AA111`.
    fn visit(&mut self, hir: &Hir, place: usize) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(it) => {
                self.backwards.extend(String::from_utf8_lossy(&it.0).chars().rev());
            }
            HirKind::Class(class) => {
                let choices = choices(class);
                if !choices.is_empty() {
                    let at = (place + self.digit(choices.len())) % choices.len();
                    self.backwards.push(choices[at]);
                }
            }
            HirKind::Repetition(it) => {
                let count = repeats(it.min, it.max, self.extra);
                for place in (0..count).rev() {
                    self.visit(&it.sub, place as usize);
                }
            }
            HirKind::Capture(it) => self.visit(&it.sub, place),
            HirKind::Concat(parts) => {
                for (at, part) in parts.iter().enumerate().rev() {
                    self.visit(part, row(parts, at));
                }
            }
            HirKind::Alternation(choices) => {
                let at = self.digit(choices.len());
                self.visit(&choices[at], place);
            }
        }
    }

    fn digit(&mut self, choices: usize) -> usize {
        let digit = self.turn % choices;
        self.turn /= choices;
        digit
    }
}

/// How many equal neighbours stand before a part.
fn row(parts: &[Hir], at: usize) -> usize {
    parts[..at].iter().rev().take_while(|it| **it == parts[at]).count()
}

fn repeats(min: u32, max: Option<u32>, extra: u32) -> u32 {
    // What may be there or not is left out first.
    let extra = if (min, max) == (0, Some(1)) { u32::from(extra == 1) } else { extra };
    let most = max.unwrap_or(u32::MAX).min(1000);
    min.saturating_add(extra).min(most.max(min)).min(2000)
}

/// The characters of a class, nice ones first.
fn choices(class: &Class) -> Vec<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(it) => it.ranges().iter().map(|it| (it.start(), it.end())).collect(),
        Class::Bytes(it) => {
            it.ranges().iter().map(|it| (char::from(it.start()), char::from(it.end()))).collect()
        }
    };
    let contains = |it: &char| ranges.iter().any(|(start, end)| (*start..=*end).contains(it));
    let nice = ('A'..='Z').chain('a'..='z').chain('1'..='9').chain(['0']);
    let chosen: Vec<char> = nice.filter(contains).collect();
    if !chosen.is_empty() {
        return chosen;
    }
    let visible: Vec<char> = ('!'..='~').chain([' ']).filter(contains).collect();
    if !visible.is_empty() {
        return visible;
    }
    ranges.iter().map(|(start, _)| *start).take(8).collect()
}
