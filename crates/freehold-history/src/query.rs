//! Which events are meant, as it is written down and as laws decide it: on their own, not with the code of an adapter.

use freehold::{StreamId, Tag, TenantId, ports};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A stream of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Whose it is.
    pub tenant: String,
    /// The kind of its aggregate.
    pub aggregate: String,
    /// Its id, which other tenants and kinds have too.
    pub id: Uuid,
}

impl Address {
    /// As ports name the stream.
    pub fn stream(&self) -> StreamId {
        StreamId::new(self.aggregate.clone(), self.id)
    }

    /// As ports name the tenant.
    pub fn tenant(&self) -> TenantId {
        tenant(&self.tenant)
    }
}

/// As ports name a tenant of a history.
pub fn tenant(name: &str) -> TenantId {
    name.parse().expect("tenants of a history are letters and digits")
}

/// Events that match any of the criteria; all, if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The criteria.
    pub any_of: Vec<Criterion>,
}

/// Events of one of these kinds, of one of these streams, with all of these tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Aggregate and name; every kind, if there is none.
    pub kinds: Vec<(String, String)>,
    /// Aggregate and id; every stream, if there is none.
    pub streams: Vec<(String, Uuid)>,
    /// Tags.
    pub tags: Vec<String>,
}

impl Query {
    /// Whether an event is meant.
    pub fn means(&self, address: &Address, name: &str, tags: &[String]) -> bool {
        self.any_of.is_empty() || self.any_of.iter().any(|criterion| criterion.means(address, name, tags))
    }

    /// As ports take it.
    pub fn to_port(&self) -> ports::EventQuery {
        ports::EventQuery { any_of: self.any_of.iter().map(Criterion::to_port).collect() }
    }
}

impl From<Criterion> for Query {
    fn from(criterion: Criterion) -> Self {
        Self { any_of: vec![criterion] }
    }
}

impl Criterion {
    fn means(&self, address: &Address, name: &str, tags: &[String]) -> bool {
        let kind = |(aggregate, kind): &(String, String)| *aggregate == address.aggregate && kind == name;
        let stream = |(aggregate, id): &(String, Uuid)| *aggregate == address.aggregate && *id == address.id;
        (self.kinds.is_empty() || self.kinds.iter().any(kind))
            && (self.streams.is_empty() || self.streams.iter().any(stream))
            && self.tags.iter().all(|tag| tags.contains(tag))
    }

    fn to_port(&self) -> ports::Criterion {
        let kind = |(aggregate, name): &(String, String)| ports::EventKind {
            aggregate: aggregate.clone(),
            name: name.clone(),
        };
        ports::Criterion {
            kinds: self.kinds.iter().map(kind).collect(),
            streams: self
                .streams
                .iter()
                .map(|(aggregate, id)| StreamId::new(aggregate.clone(), *id))
                .collect(),
            tags: self.tags.iter().map(Tag::new).collect(),
        }
    }
}
