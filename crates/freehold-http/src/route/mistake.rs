//! What can be wrong with declared routes.

use std::fmt;

/// What is wrong with the routes, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteError {
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

/// One thing that is wrong with a route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Its path cannot be read.
    #[error("{operation} at `{path}`: {problem}")]
    Path {
        /// The command or query.
        operation: &'static str,
        /// Its path as it was given.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two routes answer the same requests.
    #[error("{first} and {second} both answer {method} `{path}`")]
    Clash {
        /// The method.
        method: String,
        /// The path of the second.
        path: String,
        /// The first command or query.
        first: &'static str,
        /// The second.
        second: &'static str,
    },
    /// Two routes are for the same command or the same query, or for two of one name.
    #[error(
        "{operation} has two routes, `{first}` and `{second}`; an operation has one place and a name of its own"
    )]
    Twice {
        /// The command or query.
        operation: &'static str,
        /// One path.
        first: String,
        /// The other.
        second: String,
    },
    /// The path belongs to the service itself.
    #[error("{operation} at `{path}`: this path is the service's own")]
    Reserved {
        /// The command or query.
        operation: &'static str,
        /// The path.
        path: String,
    },
    /// A parameter of the path has no meaning.
    #[error("{operation} at `{path}`: nothing takes the parameter `{{{parameter}}}`; known are: {known}")]
    UnknownParameter {
        /// The command or query.
        operation: &'static str,
        /// The path.
        path: String,
        /// The parameter.
        parameter: String,
        /// Those that have one.
        known: String,
    },
    /// A command to an aggregate that exists does not say to which.
    #[error("{operation} at `{path}`: it changes an aggregate that exists, so its path must have `{{id}}`")]
    MissingId {
        /// The command.
        operation: &'static str,
        /// The path.
        path: String,
    },
    /// A creating command has the id of something.
    #[error(
        "{operation} at `{path}`: it creates, and the id of what it creates is not the client's to choose"
    )]
    IdOfNothing {
        /// The command.
        operation: &'static str,
        /// The path.
        path: String,
    },
    /// A method that does not fit.
    #[error("{operation} at `{path}`: {problem}")]
    Method {
        /// The command or query.
        operation: &'static str,
        /// The path.
        path: String,
        /// Why it does not fit.
        problem: &'static str,
    },
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the routes cannot be built:")?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n- {mistake}"))
    }
}

impl std::error::Error for RouteError {}
