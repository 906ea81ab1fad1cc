//! Names in the forms that Rust, SQL and prose ask for.

use heck::{ToKebabCase, ToShoutySnakeCase, ToSnakeCase, ToTitleCase};

/// `shipment_booked`, with `r#` before a keyword.
pub(crate) fn snake(name: &str) -> String {
    let snake = name.to_snake_case();
    if syn::parse_str::<syn::Ident>(&snake).is_ok() { snake } else { format!("r#{snake}") }
}

/// `TRACKING_NUMBER`
pub(crate) fn constant(name: &str) -> String {
    name.to_shouty_snake_case()
}

/// `shipment-booked`
pub(crate) fn kebab(name: &str) -> String {
    name.to_kebab_case()
}

/// `Broker Account`
pub(crate) fn title(name: &str) -> String {
    name.to_title_case()
}

/// `broker account`
pub(crate) fn words(name: &str) -> String {
    name.to_snake_case().replace('_', " ")
}

/// `Broker account`
pub(crate) fn sentence(name: &str) -> String {
    let words = words(name);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `a broker account`, `an order`
pub(crate) fn with_article(name: &str) -> String {
    let words = words(name);
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {words}")
}

/// A text without line breaks, as it fits behind `///`.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
