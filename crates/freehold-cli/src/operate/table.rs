//! Tables for people.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets::NOTHING};
use console::Term;

use super::text;

/// The rows under their heads, laid out for the terminal if there is one.
pub(crate) fn table<const N: usize>(heads: [&str; N], rows: Vec<[String; N]>) -> String {
    laid_out(heads, rows, width())
}

/// Cells are cleaned of control characters here, so that no table can forget to.
fn laid_out<const N: usize>(heads: [&str; N], rows: Vec<[String; N]>, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(heads);
    table.add_rows(rows.into_iter().map(|row| row.map(|cell| text::line(&cell))));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(width) = width {
        fit::<N>(&mut table, width);
    }
    table.trim_fmt() + "\n"
}

/// Only the last column is wrapped, since what stands in the others is copied into the next command. Where that leaves
/// too little for it, the terminal wraps lines itself.
fn fit<const N: usize>(table: &mut Table, width: u16) {
    const LEAST: u16 = 20;
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let constraints = (1..=N).map(|column| match column {
        last if last == N => ColumnConstraint::LowerBoundary(Width::Fixed(LEAST)),
        _ => ColumnConstraint::ContentWidth,
    });
    table.set_constraints(constraints);
}

/// A table, or a sentence where it would be empty.
pub(crate) fn table_or<const N: usize>(empty: &str, heads: [&str; N], rows: Vec<[String; N]>) -> String {
    if rows.is_empty() { format!("{empty}\n") } else { table(heads, rows) }
}

/// Names and values, a pair on a line.
pub(crate) fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = pairs.iter().map(|(name, value)| format!("{name:width$}  {}", text::line(value)));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// Rows that go to a file or to a program stay on a line each.
fn width() -> Option<u16> {
    let terminal = Term::stdout();
    terminal.is_term().then(|| terminal.size_checked()).flatten().map(|(_, width)| width)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    fn laid_out(width: Option<u16>) -> String {
        let row = ["shipping.ShipmentSummary", "17", "no lane for BER; the row waits until someone adds one"];
        super::laid_out(["VIEW", "NUMBER", "ERROR"], vec![row.map(str::to_owned)], width)
    }

    #[test]
    fn without_a_terminal_a_row_is_a_line() {
        assert_snapshot!(laid_out(None), @r#"
        VIEW                      NUMBER  ERROR
        shipping.ShipmentSummary  17      no lane for BER; the row waits until someone adds one
        "#);
    }

    #[test]
    fn on_a_terminal_the_last_column_is_wrapped() {
        assert_snapshot!(laid_out(Some(60)), @r#"
        VIEW                      NUMBER  ERROR
        shipping.ShipmentSummary  17      no lane for BER; the row
                                          waits until someone adds
                                          one
        "#);
    }

    #[test]
    fn on_a_narrow_terminal_names_stay_whole() {
        assert_snapshot!(laid_out(Some(30)), @r#"
        VIEW                      NUMBER  ERROR
        shipping.ShipmentSummary  17      no lane for BER;
                                          the row waits
                                          until someone adds
                                          one
        "#);
    }
}
