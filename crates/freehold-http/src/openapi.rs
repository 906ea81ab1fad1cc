//! The description of the API in OpenAPI 3.1, made from the declared routes and from the types behind them.
//!
//! The same routes give the same text: everything is in the order of its name.

mod operation;
mod parameters;
mod responses;
mod schemas;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::schemas::Schemas;
use crate::{
    ApiInfo,
    route::{Endpoint, Table, Template},
};

/// The document.
pub(crate) fn document(table: &Table, info: &ApiInfo) -> Value {
    let mut schemas = Schemas::new();
    let paths = paths(table, &mut schemas);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": about(info),
        "tags": table.tags.iter().map(|tag| json!({ "name": tag.name, "description": tag.description })).collect::<Vec<_>>(),
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "parameters": parameters::components(),
            "headers": responses::headers(),
            "securitySchemes": { "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A JSON Web Token. What it allows depends on its roles; whose data it reaches, on its tenant.",
            } },
        },
    });
    schemas.finish(&mut document);
    document
}

fn about(info: &ApiInfo) -> Value {
    let ApiInfo { title, version, description } = info;
    let mut about = json!({ "title": title, "version": version });
    if !description.is_empty() {
        about["description"] = json!(description);
    }
    about
}

/// By path. Templates of one shape are one path, whose parameters have the names that the first gives them.
fn paths(table: &Table, schemas: &mut Schemas) -> Value {
    let mut shapes: BTreeMap<String, &Template> = BTreeMap::new();
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in &table.endpoints {
        let Endpoint { template, method, .. } = &**endpoint;
        let first = *shapes.entry(template.shape()).or_insert(template);
        let methods = paths.entry(first.to_string()).or_insert_with(|| json!({}));
        methods[method.as_str().to_ascii_lowercase()] = operation::describe(endpoint, first, schemas);
    }
    Value::Object(paths)
}
