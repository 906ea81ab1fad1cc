//! Routes, declared: which command or query answers at which path, so that everything else can be derived from it.

mod at;
mod following;
mod mistake;
mod operation;
mod table;
mod template;

pub use at::{At, delete, get, patch, post, put};
pub use mistake::{Mistake, RouteError};

pub(crate) use following::{Followed, Told};
pub(crate) use operation::{
    Answered, CommandCall, CommandOperation, Operation, QueryCall, QueryOperation, Streamed,
};
pub(crate) use table::{Endpoint, Table, table};
pub(crate) use template::Template;

use freehold_app::Sendable;
use freehold_domain::{Ask, Command, ItemOf};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

/// The routes of a context.
///
/// ```ignore
/// Routes::at("/shipments")
///     .tag("Shipments", "One parcel on its way.")
///     .command::<BookShipment>(post("/"))
///     .command::<DispatchShipment>(post("/{id}/dispatch"))
///     .query::<GetShipment>(get("/{id}"))
///     .query::<ListShipments>(get("/"))
/// ```
///
/// A creating command answers 201 with the place of what it created, one that changes takes the id of its aggregate
/// from `{id}`. The fields of a query come from the path and from the query string. Mistakes are named all at once
/// when the [`Api`](crate::Api) is built.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    own: Group,
    merged: Vec<Group>,
}

/// The routes under one prefix.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) prefix: String,
    pub(crate) tag: Option<Tag>,
    pub(crate) platform: bool,
    pub(crate) routes: Vec<Route>,
}

/// What a group is called in the description of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) description: String,
}

/// One route.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) at: At,
    pub(crate) operation: Operation,
}

impl Routes {
    /// No routes, to merge others into.
    pub fn new() -> Self {
        Self::default()
    }

    /// Routes whose paths begin with this prefix, such as `/shipments`.
    pub fn at(prefix: impl Into<String>) -> Self {
        Self { own: Group { prefix: prefix.into(), ..Group::default() }, merged: Vec::new() }
    }

    /// The same, under this heading in the description of the API.
    #[must_use]
    pub fn tag(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.own.tag = Some(Tag { name: name.into(), description: description.into() });
        self
    }

    /// The same, for a context that belongs to the platform itself and has no tenants: a token needs no tenant, and
    /// everything is done on behalf of [`TenantId::platform`](freehold_domain::TenantId::platform).
    #[must_use]
    pub fn platform(mut self) -> Self {
        self.own.platform = true;
        self
    }

    /// The same, and the command `C` at this place.
    #[must_use]
    pub fn command<C>(self, at: At) -> Self
    where
        C: Command + Sendable<<C as Command>::Kind> + DeserializeOwned + JsonSchema,
    {
        self.with(at, Operation::Command(CommandOperation::of::<C>()))
    }

    /// The same, and the query `Q` at this place.
    #[must_use]
    pub fn query<Q>(self, at: At) -> Self
    where
        Q: Ask + DeserializeOwned + JsonSchema,
        ItemOf<Q>: Serialize + JsonSchema,
    {
        self.with(at, Operation::Query(QueryOperation::of::<Q>()))
    }

    /// The same, and the routes of another.
    #[must_use]
    pub fn merge(mut self, other: impl Into<Self>) -> Self {
        let other = other.into();
        self.merged.push(other.own);
        self.merged.extend(other.merged);
        self
    }

    fn with(mut self, at: At, operation: Operation) -> Self {
        self.own.routes.push(Route { at, operation });
        self
    }

    /// Every group that has routes, in order.
    pub(crate) fn into_groups(self) -> impl Iterator<Item = Group> {
        std::iter::once(self.own).chain(self.merged).filter(|group| !group.routes.is_empty())
    }
}

impl FromIterator<Self> for Routes {
    fn from_iter<I: IntoIterator<Item = Self>>(routes: I) -> Self {
        routes.into_iter().fold(Self::new(), Self::merge)
    }
}

impl<const N: usize> From<[Self; N]> for Routes {
    fn from(routes: [Self; N]) -> Self {
        routes.into_iter().collect()
    }
}

impl From<Vec<Self>> for Routes {
    fn from(routes: Vec<Self>) -> Self {
        routes.into_iter().collect()
    }
}
