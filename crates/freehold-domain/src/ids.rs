//! Identifiers: of tenants, streams, events, commands and actors.

use std::{
    fmt::{self, Debug, Display},
    hash::Hash,
    str::FromStr,
    sync::Arc,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use smol_str::SmolStr;
use uuid::Uuid;

/// The typed id of an aggregate. Derived: `#[derive(Id)] pub struct ShipmentId(Uuid);`
pub trait Id:
    Copy + Debug + Display + FromStr + Eq + Ord + Hash + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The id with this UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// Its UUID.
    fn as_uuid(&self) -> Uuid;
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Display::fmt(&self.0, f)
            }
        }
    )+};
}

uuid_ids! {
    /// Identifies one recorded event, everywhere and for good.
    EventId,
    /// Identifies one command; the same id again is the same command.
    CommandId,
    /// Ties together all that follows from one request.
    CorrelationId,
}

/// Whose data it is: 1 to 64 letters, digits, `-`, `_` or `.`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// The tenant of contexts that belong to the platform itself (`tenancy = "none"`).
    pub fn platform() -> Self {
        Self("platform".into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no tenant id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tenant id is 1 to 64 letters, digits, `-`, `_` or `.`")]
pub struct InvalidTenantId;

impl FromStr for TenantId {
    type Err = InvalidTenantId;

    fn from_str(text: &str) -> Result<Self, InvalidTenantId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTenantId)
        }
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidTenantId;

    fn try_from(text: String) -> Result<Self, InvalidTenantId> {
        text.parse()
    }
}

impl From<TenantId> for String {
    fn from(tenant: TenantId) -> Self {
        tenant.as_str().into()
    }
}

impl Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.0, f)
    }
}

impl Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who acts: the subject of a token, or a part of the system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActorId(Arc<str>);

impl ActorId {
    /// The actor of this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The system itself.
    pub fn system() -> Self {
        Self("system".into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stream of the log: the events of one aggregate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    aggregate: SmolStr,
    id: Uuid,
}

impl StreamId {
    /// The stream of the aggregate of this name with this id.
    pub fn new(aggregate: impl AsRef<str>, id: Uuid) -> Self {
        Self { aggregate: SmolStr::new(aggregate), id }
    }

    /// The stream of this aggregate.
    pub fn of<A: crate::Aggregate>(id: A::Id) -> Self {
        Self { aggregate: SmolStr::new_static(A::NAME), id: id.as_uuid() }
    }

    /// The name of the aggregate, with its context before it.
    pub fn aggregate(&self) -> &str {
        &self.aggregate
    }

    /// The id of the aggregate.
    pub fn id(&self) -> Uuid {
        self.id
    }
}

impl Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate, self.id)
    }
}
