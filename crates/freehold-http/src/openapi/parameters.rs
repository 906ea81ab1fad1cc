//! Parameters of the path, of the query string and in headers.

use serde_json::{Value, json};

use crate::route::{CommandOperation, QueryOperation, Template};

/// The parameters that many operations share.
pub(super) fn components() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Under the same key the same command is carried out once; sent again, it is answered as it \
                            was the first time. 1 to 255 visible ASCII characters, best a new UUID.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "description": "The `ETag` that was read: at another version the command is not carried out.",
            "schema": { "type": "string", "pattern": "^(\"[0-9]+\"|\\*)$" },
        },
        "LogPosition": {
            "name": "Log-Position",
            "in": "header",
            "description": "The rows have to have taken in the log up to this position: `Log-Position` of the answer to a \
                            command, to read what it has written. The query waits for that, within limits.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "LastEventId": {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "With `Accept: text/event-stream`: the changes behind this event, or behind this `Log-Position`. Without \
                            it those to come.",
            "schema": { "type": "integer", "minimum": 0 },
        },
    })
}

/// Those of a command: the id of what it changes, and what makes sending it twice safe.
pub(super) fn of_command(command: &CommandOperation, path: &Template) -> Value {
    let id = |name: &str| {
        let schema = json!({ "type": "string", "format": "uuid" });
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    };
    let mut parameters: Vec<Value> = path.parameters().map(id).collect();
    parameters.push(reference("IdempotencyKey"));
    if !command.creates {
        parameters.push(reference("IfMatch"));
    }
    Value::Array(parameters)
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// Those of a query: its fields, in the path if its own template has them there, else in the query string.
pub(super) fn of_query(query: &QueryOperation, fields: &Value, own: &Template, path: &Template) -> Value {
    let required: Vec<&str> =
        fields["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let names: Vec<(&str, &str)> = own.parameters().zip(path.parameters()).collect();
    let mut parameters = Vec::new();
    for (field, shown) in &names {
        parameters.push(parameter("path", shown, &fields["properties"][field], true));
    }
    for (field, schema) in fields["properties"].as_object().into_iter().flatten() {
        if !names.iter().any(|(name, _)| name == field) {
            let schema = without_null(schema.clone());
            parameters.extend(in_query(field, &schema, required.contains(&field.as_str())));
        }
    }
    parameters.push(reference("LogPosition"));
    if query.changes {
        parameters.push(reference("LastEventId"));
    }
    Value::Array(parameters)
}

/// The parameter of a field, or one for each field of its own, behind a dot.
fn in_query(field: &str, schema: &Value, required: bool) -> Vec<Value> {
    let Some(parts) = schema["properties"].as_object() else {
        return vec![parameter("query", field, schema, required)];
    };
    parts.iter().map(|(part, schema)| parameter("query", &format!("{field}.{part}"), schema, false)).collect()
}

fn parameter(place: &str, name: &str, schema: &Value, required: bool) -> Value {
    let mut schema = without_null(schema.clone());
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let mut parameter = json!({ "name": name, "in": place, "required": required, "schema": schema });
    if let Some(description) = description {
        parameter["description"] = description;
    }
    parameter
}

/// A parameter is left out, not null.
fn without_null(mut schema: Value) -> Value {
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(words) = object.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
    let choices: Vec<Value> = object.get("anyOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let present: Vec<&Value> = choices.iter().filter(|choice| choice["type"] != "null").collect();
    if let [Value::Object(only)] = present.as_slice() {
        object.remove("anyOf");
        object.extend(only.clone());
    }
    schema
}
