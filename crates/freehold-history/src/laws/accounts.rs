//! Accounts: that what was decided was decided on the truth shows in what the log says of them.

use std::collections::HashMap;

use crate::{Act, Address, Asked, Event, Moment, Refusal, What, views::ACCOUNT};

use super::Evidence;

/// What an account is at a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Account {
    is_open: bool,
    is_closed: bool,
    balance: i64,
    name: Option<String>,
}

impl Account {
    fn take_in(&mut self, event: &Event) {
        let mark = &event.mark;
        match event.name.as_str() {
            "Opened" => (self.is_open, self.name) = (true, mark.name.clone()),
            "Renamed" => self.name.clone_from(&mark.name),
            "Deposited" => self.balance += mark.amount,
            "Withdrawn" | "Charged" => self.balance -= mark.amount,
            _ => self.is_closed = true,
        }
    }

    /// The name that nobody else may have.
    fn own_name(&self) -> Option<&str> {
        self.name.as_deref().filter(|_| self.is_open && !self.is_closed)
    }
}

pub(super) fn are_sound(evidence: &Evidence) -> Vec<String> {
    let mut wrong = Vec::new();
    for address in evidence.log.streams().filter(|address| address.aggregate == ACCOUNT) {
        let mut account = Account::default();
        for event in evidence.log.stream(address) {
            let was = account.clone();
            account.take_in(event);
            let is_sound = was.is_open == (event.name != "Opened")
                && !was.is_closed
                && account.balance >= 0
                && (!account.is_closed || account.balance == 0);
            if !is_sound {
                let (name, position) = (&event.name, event.position());
                wrong.push(format!("`{name}` at position {position} happened to {was:?}"));
            }
        }
    }
    wrong
}

pub(super) fn names_are_unique(evidence: &Evidence) -> Vec<String> {
    let mut accounts: HashMap<&Address, Account> = HashMap::new();
    let mut owners: HashMap<(String, String), &Address> = HashMap::new();
    let mut wrong = Vec::new();
    for event in evidence.log.events.iter().filter(|event| event.address.aggregate == ACCOUNT) {
        let (address, tenant) = (&event.address, || event.address.tenant.clone());
        let account = accounts.entry(address).or_default();
        if let Some(name) = account.own_name() {
            owners.remove(&(tenant(), name.to_owned()));
        }
        account.take_in(event);
        if let Some(name) = account.own_name()
            && let Some(other) = owners.insert((tenant(), name.to_owned()), address)
        {
            let position = event.position();
            wrong.push(format!("at position {position} {name} becomes that of {address:?} and {other:?}"));
        }
    }
    wrong
}

pub(super) fn rejections_are_justified(evidence: &Evidence) -> Vec<String> {
    let of = |asked: &Asked| {
        let What::Command { act, .. } = &asked.request.what else { return Vec::new() };
        let wrong = asked.refused().filter(|refused| !is_justified(evidence, asked, act, *refused));
        wrong.map(|(_, _, refusal)| format!("{}: {refusal:?}", asked.request.token)).collect()
    };
    evidence.history.asked.values().flat_map(of).collect()
}

fn is_justified(evidence: &Evidence, asked: &Asked, act: &Act, refused: (Moment, Moment, &Refusal)) -> bool {
    let (begun, ended, refusal) = refused;
    let (least, most) = (evidence.window.least(begun), evidence.window.most(ended));
    let states = || states(evidence, &asked.request.address, least, most);
    match refusal {
        Refusal::NotFound => states().iter().any(|account| !account.is_open),
        Refusal::Exists => states().iter().any(|account| account.is_open),
        Refusal::Closed => states().iter().any(|account| account.is_closed),
        Refusal::Balance(balance) => states().iter().any(|account| account.balance == *balance),
        Refusal::Taken => match act {
            Act::Open { name: Some(name) } | Act::Rename { name } => {
                was_taken(evidence, &asked.request.address, name, least, most)
            }
            _ => false,
        },
        _ => true,
    }
}

/// What an account was, at the ends of appends, while the log went no less and no more far.
fn states(evidence: &Evidence, address: &Address, least: u64, most: u64) -> Vec<Account> {
    let mut account = Account::default();
    let mut states = Vec::new();
    let mut events = evidence.log.stream(address).peekable();
    while let Some(event) = events.next_if(|event| event.position() <= least) {
        account.take_in(event);
    }
    states.push(account.clone());
    for event in events.take_while(|event| event.position() <= most) {
        account.take_in(event);
        if evidence.log.is_end(event, &evidence.history) {
            states.push(account.clone());
        }
    }
    states
}

/// Whether another account of the tenant had the name meanwhile.
fn was_taken(evidence: &Evidence, own: &Address, name: &str, least: u64, most: u64) -> bool {
    let others = evidence
        .log
        .streams()
        .filter(|address| address.aggregate == ACCOUNT && address.tenant == own.tenant && *address != own);
    let had = |address: &Address| {
        let states = states(evidence, address, least, most);
        states.iter().any(|account| account.own_name() == Some(name))
    };
    others.into_iter().any(had)
}
