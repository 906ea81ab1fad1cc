//! A sender: a client that sends commands to accounts.

use std::time::Duration;

use freehold::Aggregate as _;
use tokio::{task::yield_now, time::sleep};
use uuid::Uuid;

use super::{Dice, commands, draw, node::Node};
use crate::{Act, Address, Answer, Refusal, Request, What, ledger::Account, views::ACCOUNT};

/// How long it waits before it sends a command again whose outcome is not known.
const PAUSE: Duration = Duration::from_millis(20);
/// After so many events other accounts are hot.
const ERA: u64 = 600;
/// How many of those that were carried out last are sent again.
const SENT: usize = 20;
const NAMES: [&str; 5] = ["ann", "bob", "eve", "joe", "kim"];

struct Sender {
    node: Node,
    dice: Dice,
    name: String,
    number: u64,
    /// Accounts, with the last version that was seen of them.
    known: Vec<(Address, u64)>,
    /// Commands that were carried out, those that may be sent again.
    sent: Vec<Request>,
}

pub(super) async fn run(node: Node, number: usize) -> anyhow::Result<()> {
    let name = format!("{}.s{number}", node.name);
    let dice = node.dice(&format!("s{number}"));
    let mut sender = Sender { node, dice, name, number: 0, known: Vec::new(), sent: Vec::new() };
    while sender.node.is_loaded() {
        sender.act().await;
        // A store that answers at once leaves the others no turn.
        yield_now().await;
    }
    Ok(())
}

impl Sender {
    async fn act(&mut self) {
        let request = match self.dice.below(100) {
            0..10 => self.open_hot(),
            10..22 => self.open(),
            22..28 if !self.sent.is_empty() => self.dice.one_of(&self.sent),
            _ if self.known.is_empty() => self.open_hot(),
            _ => self.alter(),
        };
        loop {
            let answer = commands::send(&self.node, &request).await;
            self.learn(&request, &answer);
            if !matches!(answer, Answer::Unknown(_)) {
                break;
            }
            sleep(PAUSE).await;
            if request.once.is_none() || self.node.is_over() {
                break;
            }
        }
    }

    /// An account that every sender knows of: the same request, whoever sends it.
    fn open_hot(&mut self) -> Request {
        let number = self.node.head() / ERA * 3 + self.dice.below(3);
        let token = format!("hot-{number}");
        let mut dice = Dice::of(self.node.seed, &token);
        let tenant = draw::tenant(&mut dice);
        opening(token, tenant, None, &mut dice)
    }

    fn open(&mut self) -> Request {
        let (token, tenant, name) = (self.token(), draw::tenant(&mut self.dice), self.name());
        opening(token, tenant, Some(name), &mut self.dice)
    }

    fn alter(&mut self) -> Request {
        // Those that were heard of last are used most.
        let recent = self.known.len().saturating_sub(4);
        let place = if self.dice.percent(70) {
            recent + usize::try_from(self.dice.below(4)).unwrap_or_default()
        } else {
            usize::try_from(self.dice.below(self.known.len() as u64)).unwrap_or_default()
        };
        let (address, version) = self.known[place.min(self.known.len() - 1)].clone();
        let act = match self.dice.below(100) {
            0..45 => Act::Deposit { amount: 1 + self.dice.below(50).cast_signed() },
            45..80 => Act::Withdraw { amount: 1 + self.dice.below(60).cast_signed() },
            80..94 => Act::Rename { name: self.name() },
            _ => Act::Close,
        };
        let expected = self.dice.percent(12).then_some(version);
        let fingerprint = self.dice.id();
        let once = self.dice.percent(60).then_some(fingerprint);
        let (token, command) = (self.token(), self.dice.id());
        Request { token, address, command, once, what: What::Command { act, expected } }
    }

    fn name(&mut self) -> String {
        format!("{}-{}", self.dice.one_of(&NAMES), self.node.head() / 300)
    }

    fn token(&mut self) -> String {
        self.number += 1;
        format!("{}.{}", self.name, self.number)
    }

    fn learn(&mut self, request: &Request, answer: &Answer) {
        match answer {
            Answer::Done { version, replayed, .. } => {
                self.set(&request.address, *version);
                if request.once.is_some() && !replayed {
                    self.sent.push(request.clone());
                    self.sent.drain(..self.sent.len().saturating_sub(SENT));
                }
            }
            Answer::Refused(Refusal::Version { actual }) => self.set(&request.address, *actual),
            Answer::Refused(Refusal::Closed) => self.known.retain(|(address, _)| *address != request.address),
            _ => {}
        }
    }

    fn set(&mut self, address: &Address, version: u64) {
        match self.known.iter_mut().find(|(known, _)| known == address) {
            Some((_, known)) => *known = version,
            None => self.known.push((address.clone(), version)),
        }
    }
}

/// The id of what is opened follows from that of the command.
fn opening(token: String, tenant: String, name: Option<String>, dice: &mut Dice) -> Request {
    let (command, once) = (dice.id(), Some(dice.id()));
    let id = Uuid::new_v5(&command, Account::NAME.as_bytes());
    let address = Address { tenant, aggregate: ACCOUNT.to_owned(), id };
    Request { token, address, command, once, what: What::Command { act: Act::Open { name }, expected: None } }
}
