//! Path templates: fixed segments and parameters in braces.

use std::fmt;

/// A path with parameters: `/shipments/{id}/dispatch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

/// A segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Fixed(String),
    Parameter(String),
}

impl Template {
    /// Reads a prefix and a path below it, or says what is wrong with them.
    pub(crate) fn parse(prefix: &str, path: &str) -> Result<Self, String> {
        let begins = |text: &str| text.is_empty() || text.starts_with('/');
        if !begins(prefix) || prefix.ends_with('/') {
            return Err(format!(
                "the prefix `{prefix}` must begin with `/` and not end with it, or be empty"
            ));
        }
        if !path.starts_with('/') {
            return Err(format!("the path `{path}` must begin with `/`"));
        }
        let whole = format!("{prefix}{}", if path == "/" { "" } else { path });
        let segments = whole.split('/').skip(1);
        let template = Self { parts: segments.map(part).collect::<Result<_, _>>()? };
        match template.repeated() {
            Some(name) => Err(format!("the parameter `{{{name}}}` stands in it twice")),
            None => Ok(template),
        }
    }

    /// The names of its parameters, in order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Parameter(name) => Some(name.as_str()),
            Part::Fixed(_) => None,
        })
    }

    /// The same for all templates that match the same paths.
    pub(crate) fn shape(&self) -> String {
        let part = |part: &Part| match part {
            Part::Fixed(text) => format!("/{text}"),
            Part::Parameter(_) => "/{}".to_owned(),
        };
        self.parts.iter().map(part).collect()
    }

    /// The path with this value for each parameter.
    pub(crate) fn filled(&self, value: &str) -> String {
        let part = |part: &Part| match part {
            Part::Fixed(text) => format!("/{text}"),
            Part::Parameter(_) => format!("/{value}"),
        };
        self.parts.iter().map(part).collect()
    }

    fn repeated(&self) -> Option<&str> {
        let names: Vec<_> = self.parameters().collect();
        names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)).map(|(_, name)| *name)
    }
}

fn part(segment: &str) -> Result<Part, String> {
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && plain(name)
    {
        return Ok(Part::Parameter(name.to_owned()));
    }
    if plain(segment) {
        return Ok(Part::Fixed(segment.to_owned()));
    }
    Err(format!(
        "the segment `{segment}` is neither a name of letters, digits, `-`, `_`, `.` and `~` nor a parameter such as `{{id}}`"
    ))
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts.is_empty() {
            return f.write_str("/");
        }
        self.parts.iter().try_for_each(|part| match part {
            Part::Fixed(text) => write!(f, "/{text}"),
            Part::Parameter(name) => write!(f, "/{{{name}}}"),
        })
    }
}
