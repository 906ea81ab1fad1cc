//! The templates of generated files.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        /// Every template with its name.
        const TEMPLATES: &[(&str, &str)] = &[$(($name, include_str!(concat!("templates/", $name, ".jinja")))),+];
    };
}

templates! {
    "agents", "aggregate", "app_database", "app_main", "app_manifest", "app_settings", "application", "commands",
    "config", "context_lib", "context_manifest", "domain", "events", "field", "gitignore", "infrastructure",
    "interface", "interface_module", "migration_postgres", "migration_sqlite", "queries", "readme", "rejections",
    "test_aggregate", "test_http", "test_main", "test_samples", "test_values", "values", "view", "views",
    "workspace_manifest",
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.add_filter("quoted", |text: String| format!("{text:?}"));
    // A string of JSON is a basic string of TOML.
    environment.add_filter("toml", |text: String| serde_json::Value::String(text).to_string());
    environment.set_syntax(syntax.build().expect("the usual delimiters do not clash"));
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).expect("the templates are compiled by a test");
    }
    environment
});

/// The text of a template with this data.
pub(crate) fn render(template: &str, data: impl Serialize) -> String {
    let template =
        ENVIRONMENT.get_template(template).expect("every template that is asked for is in the list");
    template
        .render(Value::from(Serde(data)))
        .expect("the data of a template has all that it mentions; a test renders each")
}
