//! Places in a body: the paths of libraries as JSON pointers of RFC 6901.

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// A place in a body, from the outside in.
pub(crate) type Steps = Vec<Step>;

/// One step towards a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Field(String),
    Index(usize),
}

impl Step {
    /// What is one step further.
    pub(super) fn within<'v>(value: &'v Value, step: &Self) -> Option<&'v Value> {
        match step {
            Self::Field(name) => value.get(name),
            Self::Index(index) => value.get(index),
        }
    }
}

/// The steps of a path as serde tells it. What it does not know ends it.
pub(super) fn steps(path: &Path) -> Steps {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Field(key.clone())),
        Segment::Enum { variant } => Some(Step::Field(variant.clone())),
        Segment::Unknown => None,
    };
    path.iter().map_while(step).collect()
}

/// The JSON pointer to a place.
pub(super) fn pointer_to(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |pointer, step| match step {
        Step::Field(name) => format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => format!("{pointer}/{index}"),
    })
}

/// The JSON pointer of a path of field names, `items[0].city`.
pub(crate) fn pointer(path: &str) -> String {
    let names = path.split(['.', '[', ']']).filter(|name| !name.is_empty());
    names.fold(String::new(), |pointer, name| format!("{pointer}/{name}"))
}
