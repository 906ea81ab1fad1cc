//! Plurals of names: of tables and of resources in routes.

use heck::{ToKebabCase, ToSnakeCase};

/// The plural of a Pascal or snake case name in snake case: `broker_accounts` of `BrokerAccount`.
pub fn plural_snake(name: &str) -> String {
    plural(&name.to_snake_case(), '_')
}

/// The plural of a Pascal or snake case name in kebab case: `broker-accounts` of `BrokerAccount`.
pub fn plural_kebab(name: &str) -> String {
    plural(&name.to_kebab_case(), '-')
}

/// Only the last word of a name is a noun in the plural.
fn plural(name: &str, separator: char) -> String {
    match name.rsplit_once(separator) {
        Some((first, last)) => format!("{first}{separator}{}", pluralizer::pluralize(last, 2, false)),
        None => pluralizer::pluralize(name, 2, false),
    }
}
