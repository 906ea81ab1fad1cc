//! The statements over the tables of a view that serves and of one that was filled beside it.

use freehold_domain::{CellKind, Schema};
use freehold_ports::Shadow;

use crate::statements::quoted;

/// What is run to compare both and to have them change places.
pub(crate) struct Replacement {
    /// How many rows are in either, in the new one alone, in the old one alone, and in both but not the same.
    pub(crate) compare: String,
    /// Some that differ: how, the tenant, and the key.
    pub(crate) samples: String,
    /// Rows that differ change places, one statement after the other: the table that people and other objects of the database
    /// know stays the one that it is, with its indexes, its rights and whatever stands on it, and nobody who reads waits.
    pub(crate) exchange: [String; 3],
    /// The tables of what is filled are made, like the one that serves; what was there is dropped.
    pub(crate) create: String,
    /// They are dropped.
    pub(crate) drop: String,
}

impl Replacement {
    pub(crate) fn of(shadow: &Shadow) -> Self {
        use freehold_ports::Projection as _;
        let (schema, live, beside) = (shadow.schema(), shadow.live().schema().table, shadow.schema().table);
        let (old, new, moved) = (quoted(live), quoted(beside), quoted(&format!("{live}__moved")));
        let list = columns(schema).join(", ");
        let same_key = both(&keys(schema), "=");
        let same = format!("{same_key} AND NOT ({})", different(schema));
        // A fold finds rows by their keys alone; statements of a user's own may rely on every index.
        let (indexes, key) = match shadow.scripts() {
            Some(_) => (" INCLUDING INDEXES", String::new()),
            None => ("", format!("ALTER TABLE {new} ADD PRIMARY KEY ({})", keys(schema).join(", "))),
        };
        let drop = format!("DROP TABLE IF EXISTS {new}; DROP TABLE IF EXISTS {moved}");
        Self {
            compare: format!(
                "SELECT count(*), count(*) FILTER (WHERE a.\"tenant_id\" IS NULL), \
                 count(*) FILTER (WHERE b.\"tenant_id\" IS NULL), \
                 count(*) FILTER (WHERE a.\"tenant_id\" IS NOT NULL AND b.\"tenant_id\" IS NOT NULL AND ({})) \
                 FROM {old} AS a FULL JOIN {new} AS b ON {same_key}",
                different(schema)
            ),
            samples: format!(
                "SELECT CASE WHEN a.\"tenant_id\" IS NULL THEN 'added' WHEN b.\"tenant_id\" IS NULL THEN 'gone' \
                 ELSE 'changed' END, {} FROM {old} AS a FULL JOIN {new} AS b ON {same_key} \
                 WHERE a.\"tenant_id\" IS NULL OR b.\"tenant_id\" IS NULL OR ({}) LIMIT 10",
                either(&keys(schema)),
                different(schema)
            ),
            exchange: [
                format!(
                    "WITH moved AS (DELETE FROM {old} AS a WHERE NOT EXISTS (SELECT FROM {new} AS b WHERE {same}) \
                     RETURNING {}) INSERT INTO {moved} ({list}) SELECT {list} FROM moved",
                    of_table("a", schema)
                ),
                format!(
                    "WITH moved AS (DELETE FROM {new} AS b WHERE NOT EXISTS (SELECT FROM {old} AS a WHERE {same_key}) \
                     RETURNING {}) INSERT INTO {old} ({list}) SELECT {list} FROM moved",
                    of_table("b", schema)
                ),
                format!(
                    "WITH moved AS (DELETE FROM {moved} AS a RETURNING {}) \
                     INSERT INTO {new} ({list}) SELECT {list} FROM moved",
                    of_table("a", schema)
                ),
            ],
            create: format!(
                "{drop}; CREATE TABLE {new} ({LIKE}{indexes}); CREATE TABLE {moved} ({LIKE}); {key}",
                LIKE =
                    format_args!("LIKE {old} INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING GENERATED"),
            ),
            drop,
        }
    }
}

/// The tenant, every column of the view, the version and the position.
fn columns(schema: &Schema) -> Vec<String> {
    let columns = schema.columns.iter().map(|column| column.name);
    ["tenant_id"].into_iter().chain(columns).chain(["version", "position"]).map(quoted).collect()
}

/// The tenant and the columns of the key.
fn keys(schema: &Schema) -> Vec<String> {
    let keys = schema.key.iter().map(|&key| schema.columns[key].name);
    ["tenant_id"].into_iter().chain(keys).map(quoted).collect()
}

/// Whether a column that is not of the key differs. `json` has no equality, its text has.
fn different(schema: &Schema) -> String {
    let values = schema.columns.iter().enumerate().filter(|(place, _)| !schema.key.contains(place));
    let values = values.map(|(_, column)| {
        let name = quoted(column.name);
        if column.kind == CellKind::Json { format!("{name}::text") } else { name }
    });
    let values = values.chain([quoted("version"), quoted("position")]);
    let each: Vec<String> = values.map(|value| format!("a.{value} IS DISTINCT FROM b.{value}")).collect();
    each.join(" OR ")
}

fn both(columns: &[String], sign: &str) -> String {
    let each: Vec<String> = columns.iter().map(|column| format!("a.{column} {sign} b.{column}")).collect();
    each.join(" AND ")
}

fn either(columns: &[String]) -> String {
    columns.iter().map(|column| format!("coalesce(a.{column}, b.{column})")).collect::<Vec<_>>().join(", ")
}

/// All columns of one of the two.
fn of_table(of: &str, schema: &Schema) -> String {
    columns(schema).iter().map(|column| format!("{of}.{column}")).collect::<Vec<_>>().join(", ")
}
