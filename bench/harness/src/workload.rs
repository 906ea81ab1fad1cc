//! The domain: bank accounts, as every contender has them.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an account begins: about 250 bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What its holder calls it. In case E no two accounts have the same.
    pub nickname: String,
    /// Whose it is.
    pub holder: String,
    /// Where they live.
    pub address: String,
    /// Where they are written to.
    pub email: String,
    /// In which money it is kept.
    pub currency: String,
    /// Where it was opened.
    pub branch: String,
}

/// What happens to it from then on: about 250 bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// How much, in cents.
    pub amount: i64,
    /// In which money.
    pub currency: String,
    /// What the bank calls it.
    pub reference: String,
    /// Who paid.
    pub counterparty: String,
    /// From where.
    pub iban: String,
    /// What for.
    pub purpose: String,
    /// How it came in.
    pub channel: String,
}

/// Who did it, when, and because of what: about 200 bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The command, a UUID.
    pub command: String,
    /// What it belongs together with, a UUID.
    pub correlation: String,
    /// The event that it followed from, a UUID.
    pub causation: String,
    /// Who.
    pub actor: String,
    /// When, in microseconds since 1970.
    pub time: u64,
}

/// What an account comes to, or the whole log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// How many events were folded.
    pub events: u64,
    /// What was deposited, in cents.
    pub cents: i64,
}

impl Balance {
    /// The balance after an opening.
    pub fn open(&mut self) {
        self.events += 1;
    }

    /// The balance after a deposit.
    pub fn deposit(&mut self, amount: i64) {
        self.events += 1;
        self.cents += amount;
    }

    /// Decides on a deposit: the rule that each contender asks before it appends.
    pub fn takes(&self, deposit: &Deposit) -> bool {
        self.events > 0 && deposit.amount > 0 && self.cents.checked_add(deposit.amount).is_some()
    }
}

/// An account that the workload knows of.
#[derive(Debug)]
pub struct Account {
    /// Its number: 1, 2, 3, …
    pub number: u64,
    /// Its id.
    pub id: Uuid,
    handed_out: AtomicU64,
    appended: AtomicU64,
}

impl Account {
    /// The account of this number, with so many events.
    pub fn new(number: u64, events: u64) -> Self {
        Self { number, id: id(number), handed_out: events.into(), appended: events.into() }
    }

    /// The next version, handed out once: for contenders that append without having loaded.
    pub fn next_version(&self) -> u64 {
        self.handed_out.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// How many events it must have.
    pub fn events(&self) -> u64 {
        self.appended.load(Ordering::Relaxed)
    }

    /// Takes note of more events, and says how many there are.
    pub(crate) fn grew(&self, events: u64) -> u64 {
        self.appended.fetch_add(events, Ordering::Relaxed) + events
    }
}

/// The id of the account of a number: scattered, and the same as `md5(number::text)::uuid` of PostgreSQL.
pub fn id(number: u64) -> Uuid {
    Uuid::from_bytes(md5::compute(number.to_string()).0)
}

impl Opening {
    /// How the account of a number begins.
    pub fn of(number: u64) -> Self {
        Self {
            nickname: format!("household-{number:010}"),
            holder: "Annegret Friederike Schulze-Delitzsch".into(),
            address: "Alte Potsdamer Allee 117b, 10785 Berlin".into(),
            email: "annegret.schulze@post.example".into(),
            currency: "EUR".into(),
            branch: "Berlin Potsdamer Platz, counter 4".into(),
        }
    }
}

impl Deposit {
    /// One of many that differ.
    pub fn any(random: &mut fastrand::Rng) -> Self {
        Self {
            amount: random.i64(1..100_000),
            currency: "EUR".into(),
            reference: format!("{:032x}", random.u128(..)),
            counterparty: "Stadtwerke Musterhausen GmbH".into(),
            iban: format!("DE{:020}", random.u64(..)),
            purpose: "refund of the annual statement, thank you".into(),
            channel: "sepa-instant".into(),
        }
    }
}

impl Metadata {
    /// One of many that differ.
    pub fn any(random: &mut fastrand::Rng) -> Self {
        let mut uuid = || Uuid::from_u128(random.u128(..)).to_string();
        Self {
            command: uuid(),
            correlation: uuid(),
            causation: uuid(),
            actor: "teller-0017".into(),
            time: 1_767_225_600_000_000 + random.u64(..1_000_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_about_250_bytes_and_its_metadata_about_200() {
        let mut random = fastrand::Rng::with_seed(1);
        let size = |text: Result<String, serde_json::Error>| text.map(|text| text.len()).unwrap_or_default();
        assert!((235..=265).contains(&size(serde_json::to_string(&Deposit::any(&mut random)))));
        assert!((235..=265).contains(&size(serde_json::to_string(&Opening::of(7)))));
        assert!((190..=220).contains(&size(serde_json::to_string(&Metadata::any(&mut random)))));
    }

    #[test]
    fn ids_are_those_of_postgresql() {
        assert_eq!(id(7).to_string(), "8f14e45f-ceea-167a-5a36-dedd4bea2543");
    }
}
