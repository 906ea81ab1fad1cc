//! The statements over the tables of a view that serves and of one that was filled beside it.

use freehold_domain::Schema;
use freehold_ports::Shadow;

use crate::statements::quoted;

/// What is run to compare both and to have them change places.
pub(crate) struct Replacement {
    /// How many rows are in either, in the new one alone, in the old one alone, and in both but not the same.
    pub(crate) compare: String,
    /// Some that differ: how, the tenant, and the key.
    pub(crate) samples: String,
    /// Rows that differ change places. One after the other.
    pub(crate) exchange: [String; 8],
    /// The table of what is filled is made, given how the other was made.
    pub(crate) drop: String,
    new: String,
}

impl Replacement {
    pub(crate) fn of(shadow: &Shadow) -> Self {
        use freehold_ports::Projection as _;
        let (schema, old, new) =
            (shadow.schema(), quoted(shadow.live().schema().table), quoted(shadow.schema().table));
        let columns = columns(schema);
        let list = columns.join(", ");
        let same_key = both(&keys(schema), "=");
        // `IS` where nothing may stand on both sides, and two texts of one JSON are two.
        let same = format!("{same_key} AND {}", both(&columns, "IS"));
        let [of_old, of_new] = ["a", "b"].map(|of| of_table(of, &columns));
        let differ = format!(
            "SELECT {of_new}, 'added' AS kind FROM {new} AS b
             WHERE NOT EXISTS (SELECT 1 FROM {old} AS a WHERE {same_key})
             UNION ALL SELECT {of_old}, 'gone' FROM {old} AS a WHERE NOT EXISTS (SELECT 1 FROM {new} AS b WHERE {same_key})
             UNION ALL SELECT {of_new}, 'changed' FROM {new} AS b JOIN {old} AS a ON {same_key} WHERE NOT ({same})"
        );
        Self {
            compare: format!(
                "SELECT (SELECT count(*) FROM {new}), count(*) FILTER (WHERE kind = 'added'),
                    count(*) FILTER (WHERE kind = 'gone'), count(*) FILTER (WHERE kind = 'changed')
                 FROM ({differ})"
            ),
            samples: format!("SELECT kind, {} FROM ({differ}) LIMIT 10", keys(schema).join(", ")),
            exchange: [
                format!(
                    "CREATE TEMP TABLE freehold_old AS SELECT {list} FROM {old} AS a WHERE NOT EXISTS (SELECT 1 FROM {new} AS b WHERE {same})"
                ),
                format!(
                    "CREATE TEMP TABLE freehold_new AS SELECT {list} FROM {new} AS b WHERE NOT EXISTS (SELECT 1 FROM {old} AS a WHERE {same})"
                ),
                format!(
                    "DELETE FROM {old} AS b WHERE EXISTS (SELECT 1 FROM temp.freehold_old AS a WHERE {same_key})"
                ),
                format!(
                    "DELETE FROM {new} AS b WHERE EXISTS (SELECT 1 FROM temp.freehold_new AS a WHERE {same_key})"
                ),
                format!("INSERT INTO {old} ({list}) SELECT {list} FROM temp.freehold_new"),
                format!("INSERT INTO {new} ({list}) SELECT {list} FROM temp.freehold_old"),
                "DROP TABLE temp.freehold_old".to_owned(),
                "DROP TABLE temp.freehold_new".to_owned(),
            ],
            drop: format!("DROP TABLE IF EXISTS {new}"),
            new,
        }
    }

    /// How the table beside is made, like the one that serves was: from its columns on, it is the same text.
    pub(crate) fn create(&self, like: &str) -> Option<String> {
        Some(format!("CREATE TABLE {} {}", self.new, &like[like.find('(')?..]))
    }

    /// How an index of the table beside is made, like one of the other, which has this name.
    pub(crate) fn index(&self, name: &str, like: &str) -> Option<String> {
        let is_unique = like.split_whitespace().nth(1)?.eq_ignore_ascii_case("unique");
        let (unique, name) = (if is_unique { "UNIQUE " } else { "" }, quoted(&format!("{name}__rebuild")));
        Some(format!("CREATE {unique}INDEX {name} ON {} {}", self.new, &like[like.find('(')?..]))
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

fn both(columns: &[String], sign: &str) -> String {
    let each: Vec<String> = columns.iter().map(|column| format!("a.{column} {sign} b.{column}")).collect();
    each.join(" AND ")
}

/// The columns of one of the two.
fn of_table(of: &str, columns: &[String]) -> String {
    columns.iter().map(|column| format!("{of}.{column}")).collect::<Vec<_>>().join(", ")
}
