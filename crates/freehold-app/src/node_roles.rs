//! NodeRoles: what a node of a service does.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::Deserialize;

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeRole {
    /// It answers requests.
    Server,
    /// It brings views up to date.
    Worker,
    /// It tells others what has happened.
    Relay,
}

/// What a node does; all that there is, unless said. In a configuration it is text, with commas between roles.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NodeRoles(BTreeSet<NodeRole>);

/// Why roles cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeRolesError {
    /// There is no such role.
    #[error(
        "`{0}` is no role; there are `server`, `worker` and `relay`, and several are written with commas between them"
    )]
    Unknown(String),
    /// None is named.
    #[error("a node needs a role: `server`, `worker`, `relay`, or several with commas between them")]
    None,
}

impl NodeRoles {
    /// Whether the role is one of them.
    pub fn include(&self, role: NodeRole) -> bool {
        self.0.contains(&role)
    }

    /// Their names.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl Default for NodeRoles {
    fn default() -> Self {
        Self([NodeRole::Server, NodeRole::Worker, NodeRole::Relay].into())
    }
}

impl FromIterator<NodeRole> for NodeRoles {
    fn from_iter<I: IntoIterator<Item = NodeRole>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

impl FromStr for NodeRoles {
    type Err = NodeRolesError;

    fn from_str(text: &str) -> Result<Self, NodeRolesError> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let roles: BTreeSet<NodeRole> = names.map(str::parse).collect::<Result<_, _>>()?;
        if roles.is_empty() { Err(NodeRolesError::None) } else { Ok(Self(roles)) }
    }
}

impl TryFrom<String> for NodeRoles {
    type Error = NodeRolesError;

    fn try_from(text: String) -> Result<Self, NodeRolesError> {
        text.parse()
    }
}

impl FromStr for NodeRole {
    type Err = NodeRolesError;

    fn from_str(text: &str) -> Result<Self, NodeRolesError> {
        match text {
            "server" => Ok(Self::Server),
            "worker" => Ok(Self::Worker),
            "relay" => Ok(Self::Relay),
            other => Err(NodeRolesError::Unknown(other.to_owned())),
        }
    }
}

impl fmt::Display for NodeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Worker => "worker",
            Self::Relay => "relay",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeRole, NodeRoles, NodeRolesError};

    #[test]
    fn roles_are_read_with_commas_between_them() {
        let roles: NodeRoles = "worker, server".parse().unwrap();
        assert_eq!(roles, [NodeRole::Server, NodeRole::Worker].into_iter().collect());
        assert!(!roles.include(NodeRole::Relay));
    }

    #[test]
    fn what_is_no_role_is_told() {
        assert_eq!("server,boss".parse::<NodeRoles>(), Err(NodeRolesError::Unknown("boss".to_owned())));
        assert_eq!(" , ".parse::<NodeRoles>(), Err(NodeRolesError::None));
    }
}
