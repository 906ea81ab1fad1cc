//! Schemas of what is read and of what is written, which may differ for one type, in one list of components.

use std::collections::BTreeSet;

use schemars::{
    Schema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

/// The name of the schema of a problem.
pub(super) const PROBLEM: &str = "ProblemDetails";
/// The name of the schema of the answer to a command.
pub(super) const ACCEPTED: &str = "CommandAccepted";

/// Where schemas are until their names are settled.
const INPUT: &str = "#/input/";
const OUTPUT: &str = "#/output/";
const COMPONENTS: &str = "#/components/schemas/";

/// The pattern of a decimal that is written, as `schemars` has it.
const DECIMAL: &str = r"^-?\d+(\.\d+)?$";
/// The pattern of one that is read, by a library that takes numbers as well.
const DECIMAL_OR_NUMBER: &str = r"^-?\d+(\.\d+)?([eE]\d+)?$";

/// The schemas of a document.
pub(super) struct Schemas {
    input: SchemaGenerator,
    output: SchemaGenerator,
    rows: BTreeSet<String>,
    responses: Map<String, Value>,
    accepted: bool,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |path: &'static str, contract| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = path.into();
                settings.contract = contract;
                settings.meta_schema = None;
            })
        };
        Self {
            input: settings("/input", Contract::Deserialize).into_generator(),
            output: settings("/output", Contract::Serialize).into_generator(),
            rows: BTreeSet::new(),
            responses: Map::new(),
            accepted: false,
        }
    }

    /// The schema of something that is read.
    pub(super) fn input(&mut self, schema: fn(&mut SchemaGenerator) -> Schema) -> Value {
        schema(&mut self.input).to_value()
    }

    /// The schema of a row that is written, to which its version comes.
    pub(super) fn row(&mut self, schema: fn(&mut SchemaGenerator) -> Schema) -> Value {
        let schema = schema(&mut self.output).to_value();
        if let Some(name) = name(&schema, OUTPUT) {
            self.rows.insert(name.to_owned());
        }
        schema
    }

    /// A text of the schema of something that is read.
    pub(super) fn input_text(&self, schema: &Value, member: &str) -> Option<String> {
        self.resolved(schema)?.get(member)?.as_str().map(str::to_owned)
    }

    /// The first example of something that is read.
    pub(super) fn input_example(&self, schema: &Value) -> Option<Value> {
        self.resolved(schema)?.get("examples")?.get(0).cloned()
    }

    /// Whether something that is read has fields that must be given.
    pub(super) fn needs_fields(&self, schema: &Value) -> bool {
        let required = self.resolved(schema).and_then(|schema| schema.get("required")?.as_array());
        required.is_some_and(|required| !required.is_empty())
    }

    /// Some operation is answered with the receipt of a command.
    pub(super) fn uses_accepted(&mut self) {
        self.accepted = true;
    }

    /// The response of this name, which is made where it is first used.
    pub(super) fn response(&mut self, name: String, make: impl FnOnce() -> Value) -> String {
        self.responses.entry(&name).or_insert_with(make);
        name
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        name(schema, INPUT).map_or(Some(schema), |name| self.input.definitions().get(name))
    }

    /// Puts all schemas into the document and settles their names: where what is read and what is written of one
    /// type differ, the former is called `..Input`.
    pub(super) fn finish(mut self, document: &mut Value) {
        let mut input = self.input.take_definitions(true);
        let mut output = self.output.take_definitions(true);
        input.values_mut().chain(output.values_mut()).for_each(|schema| walk(schema, &mut plain_decimal));
        walk(document, &mut plain_decimal);
        let differing = differing(&input, &output);
        for row in &self.rows {
            output.get_mut(row).into_iter().for_each(add_version);
        }
        let taken: BTreeSet<String> = input.keys().chain(output.keys()).cloned().collect();
        let names: Vec<(String, String)> =
            differing.into_iter().map(|name| (name.clone(), free(format!("{name}Input"), &taken))).collect();
        let mut schemas = output;
        for (name, schema) in input {
            let known = names.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new.clone());
            schemas.entry(known).or_insert(schema);
        }
        schemas.insert(PROBLEM.to_owned(), problem());
        if self.accepted {
            schemas.insert(ACCEPTED.to_owned(), accepted());
        }
        document["components"]["responses"] = Value::Object(self.responses);
        document["components"]["schemas"] = Value::Object(schemas);
        walk(document, &mut |object| {
            settle(object, &names);
            plain_links(object);
            short_words(object);
        });
    }
}

/// A reference to a component.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{COMPONENTS}{name}") })
}

fn free(name: String, taken: &BTreeSet<String>) -> String {
    if taken.contains(&name) { free(format!("{name}_"), taken) } else { name }
}

/// What a reference names, if it is one into this list.
fn name<'s>(schema: &'s Value, list: &str) -> Option<&'s str> {
    schema.get("$ref")?.as_str()?.strip_prefix(list)
}

/// Calls the function for every object within.
fn walk(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| walk(value, change));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| walk(value, change)),
        _ => {}
    }
}

/// Decimals are read as they are written: as text. As a number in JSON they would pass through binary fractions.
fn plain_decimal(schema: &mut Map<String, Value>) {
    if schema.get("pattern").is_none_or(|pattern| pattern != DECIMAL && pattern != DECIMAL_OR_NUMBER) {
        return;
    }
    let kind = match schema.get("type") {
        Some(Value::Array(types)) if types.contains(&json!("null")) => json!(["string", "null"]),
        _ => json!("string"),
    };
    schema.insert("type".to_owned(), kind);
    schema.insert("pattern".to_owned(), json!(DECIMAL));
    schema.entry("examples").or_insert(json!(["12.50"]));
}

/// The names of those that are in both lists and differ, or refer to one that does.
fn differing(input: &Map<String, Value>, output: &Map<String, Value>) -> BTreeSet<String> {
    let text = |schema: &Value| schema.to_string().replace(INPUT, COMPONENTS).replace(OUTPUT, COMPONENTS);
    let both: Vec<(&String, String, String)> = input
        .iter()
        .filter_map(|(name, schema)| Some((name, text(schema), text(output.get(name)?))))
        .collect();
    let mut differing: BTreeSet<String> =
        both.iter().filter(|(_, input, output)| input != output).map(|(name, ..)| (*name).clone()).collect();
    loop {
        let refers =
            |text: &str| differing.iter().any(|name| text.contains(&format!("\"{COMPONENTS}{name}\"")));
        let more: Vec<String> = both
            .iter()
            .filter(|(name, text, _)| !differing.contains(*name) && refers(text))
            .map(|(name, ..)| (*name).clone())
            .collect();
        if more.is_empty() {
            return differing;
        }
        differing.extend(more);
    }
}

/// Points a reference to the component that it means.
fn settle(object: &mut Map<String, Value>, renamed: &[(String, String)]) {
    let Some(Value::String(reference)) = object.get_mut("$ref") else {
        return;
    };
    if let Some(name) = reference.strip_prefix(OUTPUT) {
        *reference = format!("{COMPONENTS}{name}");
    } else if let Some(name) = reference.strip_prefix(INPUT) {
        let name = renamed.iter().find(|(old, _)| old == name).map_or(name, |(_, new)| new);
        *reference = format!("{COMPONENTS}{name}");
    }
}

/// A choice between words that says something of each, as of every currency, becomes a list of the words.
fn short_words(object: &mut Map<String, Value>) {
    let words = |choices: &Vec<Value>| {
        choices.iter().map(|choice| choice.get("const").cloned()).collect::<Option<Vec<_>>>()
    };
    let Some(choices) = object.get("oneOf").and_then(Value::as_array).and_then(words) else { return };
    if choices.iter().all(Value::is_string) {
        object.remove("oneOf");
        object.insert("type".to_owned(), json!("string"));
        object.insert("enum".to_owned(), Value::Array(choices));
    }
}

/// Links of rustdoc lead nowhere here: what they name stays.
fn plain_links(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get_mut("description")
        && text.contains("[`")
    {
        let parts = text.split("[`").enumerate().map(|(index, part)| match part.split_once("`]") {
            Some((name, rest)) if index > 0 && !rest.starts_with('(') => format!("`{name}`{rest}"),
            _ if index > 0 => format!("[`{part}"),
            _ => part.to_owned(),
        });
        *text = parts.collect();
    }
}

fn add_version(row: &mut Value) {
    let description = "Grows with every change. In `ETag` it is in quotes.";
    row["properties"]["version"] =
        json!({ "type": "integer", "format": "int64", "minimum": 1, "description": description });
    match row["required"].as_array_mut() {
        Some(required) => required.push(json!("version")),
        None => row["required"] = json!(["version"]),
    }
}

fn accepted() -> Value {
    json!({
        "type": "object",
        "description": "What a command led to.",
        "required": ["id", "version", "position"],
        "properties": {
            "id": { "type": "string", "format": "uuid", "description": "What was created or changed." },
            "version": { "type": "integer", "format": "int64", "minimum": 1, "description": "The version that it is at now." },
            "position": { "type": "integer", "format": "int64", "minimum": 0, "description": "The place in the log of the last event." },
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong, in the form of RFC 9457. `type` leads to a page about it.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "description": "Which problem it is; stable." },
            "title": { "type": "string", "description": "The problem in a few words." },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string", "description": "What there is to say of this occurrence." },
            "instance": { "type": "string", "format": "uri-reference", "description": "The path that was asked for." },
            "errors": {
                "type": "array",
                "description": "Everything that is not valid.",
                "items": {
                    "type": "object",
                    "required": ["detail"],
                    "properties": {
                        "pointer": { "type": "string", "format": "json-pointer", "description": "A place in the body." },
                        "parameter": { "type": "string", "description": "A parameter of the path or the query string." },
                        "detail": { "type": "string" },
                    },
                },
            },
            "version": { "type": "integer", "format": "int64", "minimum": 0, "description": "The version that it is at now." },
            "rejection": { "type": "string", "description": "The name of the domain's rejection; stable." },
            "roles": { "type": "array", "items": { "type": "string" }, "description": "The roles that may." },
            "correlation_id": { "type": "string", "description": "What the service's log knows the request by." },
        },
    })
}
