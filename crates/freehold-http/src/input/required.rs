//! Which fields an object must have, from the schema of what is read: serde stops at the first that is missing.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

use super::place::Step;

/// The schema of a body, its parts in place.
pub(super) struct Required(Value);

impl Required {
    pub(super) fn new(schema: fn(&mut SchemaGenerator) -> Schema) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        Self(schema(&mut settings.into_generator()).to_value())
    }

    /// The fields that the object at a place must have; none if the schema does not say.
    pub(super) fn of(&self, place: &[Step]) -> Vec<String> {
        let schema = place.iter().try_fold(&self.0, |schema, step| within(schema, step));
        let required = schema.and_then(|schema| find(schema, "required")?.as_array());
        required.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

fn within<'s>(schema: &'s Value, step: &Step) -> Option<&'s Value> {
    match step {
        Step::Field(name) => find(schema, "properties")?.get(name),
        Step::Index(_) => find(schema, "items"),
    }
}

/// A keyword of the schema, or of one of the choices that it leaves.
fn find<'s>(schema: &'s Value, keyword: &str) -> Option<&'s Value> {
    schema
        .get(keyword)
        .or_else(|| schema.get("anyOf")?.as_array()?.iter().find_map(|choice| find(choice, keyword)))
}
