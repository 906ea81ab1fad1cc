//! What a search found: histories, commands and what follows, ready to be written as tests.

use super::sample::{Fields, Sample};

/// An event with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// The event's name.
    pub event: String,
    /// One entry per field of the event, in its order.
    pub fields: Fields,
}

/// A command with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The command's name.
    pub command: String,
    /// One entry per field of the command, in its order.
    pub fields: Fields,
}

/// Given a history, when a command comes, then these events follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What has happened to the stream; empty for a command that creates.
    pub history: Vec<Occurrence>,
    /// One entry per field of the command, in its order.
    pub command: Fields,
    /// What the command makes happen at [`now`](super::now); empty when it is rejected.
    pub produced: Vec<Occurrence>,
}

/// The cases of one command.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandCases {
    /// The command's name.
    pub command: String,
    /// A case that is accepted.
    pub accepted: Option<Case>,
    /// For each rule of the command, in its order, the rejection's name and a case that ends in it.
    pub rejections: Vec<(String, Option<Case>)>,
    /// For each reachable state that the command is not accepted in, a case that ends in `WrongState`.
    pub wrong_state: Vec<WrongState>,
    /// Every case above that is missing, with the reason.
    pub skipped: Vec<Skipped>,
}

/// A case that ends in the rejection `WrongState`.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongState {
    /// The state that the history leads to.
    pub state: String,
    /// The history and the command; it produces nothing.
    pub case: Case,
}

/// A case that was not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The rejection that has no case; `None` when it is acceptance that has none.
    pub rejection: Option<String>,
    /// Why, as the end of a sentence: `the rule TooHeavy uses the method trunc_with_scale`.
    pub reason: String,
}

/// Commands to one stream, each accepted after those before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drive {
    /// The first creates the stream.
    pub steps: Vec<Step>,
    /// All that they make happen, were each of them decided at [`now`](super::now).
    pub events: Vec<Occurrence>,
}

/// Two creating commands that share what is unique.
#[derive(Clone, Debug, PartialEq)]
pub struct UniquePair {
    /// The first.
    pub first: Step,
    /// Another, with the same values in the unique fields.
    pub rival: Step,
    /// Another, which differs in them.
    pub bystander: Step,
}

/// A value that must be refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Where the mistake lies, from the outermost field inwards; empty when it lies in the value as a whole.
    pub path: Vec<String>,
    /// Why it is refused.
    pub reason: Reason,
    /// The whole value with the mistake in it.
    pub sample: Sample,
}

/// A command that must be refused before anything is decided.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedCommand {
    /// Where the mistake lies, from the command's field inwards.
    pub path: Vec<String>,
    /// Why it is refused.
    pub reason: Reason,
    /// The whole command with the mistake in it.
    pub fields: Fields,
}

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Fewer characters than allowed.
    TooShort,
    /// More characters than allowed.
    TooLong,
    /// Below the lowest number that is allowed.
    BelowMin,
    /// Above the highest number that is allowed.
    AboveMax,
    /// The pattern does not match.
    Pattern,
    /// Not of the form that its type asks for, such as an e-mail address without `@`. It exists in JSON only.
    Malformed,
    /// The rule of this name does not hold.
    Rule(String),
}
