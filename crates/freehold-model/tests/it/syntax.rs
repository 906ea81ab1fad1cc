//! What is not TOML, and where mistakes stand.

use freehold_model::read;
use insta::assert_snapshot;

use crate::support::{PATH, RIGHT, refused, wrong};

#[test]
fn every_error_of_syntax_is_told_at_once() {
    assert_snapshot!(refused("context = \"shipping\ntenancy required\n[view\n"), @r#"
    error: invalid basic string, expected `"`
     --> models/shipping.toml:1:20
      |
    1 | context = "shipping
      |                    ^

    error: key with no value, expected `=`
     --> models/shipping.toml:2:9
      |
    2 | tenancy required
      |         ^

    error: unclosed table, expected `]`
     --> models/shipping.toml:3:6
      |
    3 | [view
      |      ^

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn what_follows_from_an_error_of_syntax_is_not_told() {
    assert_snapshot!(wrong("creates = true", "creates = tru"), @r#"
    error: invalid boolean, expected `true`
      --> models/shipping.toml:14:11
       |
    14 | creates = tru
       |           ^^^

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_key_that_stands_twice_does_not_hide_other_mistakes() {
    assert_snapshot!(wrong("emits   = \"ShipmentBooked\"", "emits   = \"ShipmentBooked\"\nemits = \"X\"\nrole = []"), @r#"
    error: duplicate key
      --> models/shipping.toml:17:1
       |
    17 | emits = "X"
       | ^^^^^

    error: command `BookShipment` has no key `role`
      --> models/shipping.toml:18:1
       |
    18 | role = []
       | ^^^^
       |
       = help: did you mean `roles`?

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn an_empty_file_says_what_is_missing() {
    assert_snapshot!(refused(""), @r#"
    error: the model does not say which context it describes
     --> models/shipping.toml:1:1
      |
    1 |
      | ^
      |
      = help: begin it with `context = "…"`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn mistakes_come_in_the_order_of_the_file() {
    let text = RIGHT.replace("roles   =", "rolls   =").replace("fields = ", "feilds = ");
    let mistakes = read(PATH, &text).unwrap_err();
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
    assert!(lines.is_sorted(), "{lines:?}");
    assert!(lines.len() >= 4, "{lines:?}");
}

#[test]
fn a_mistake_knows_its_line_its_column_and_its_bytes() {
    let text = RIGHT.replace("weight_kg:Decimal booked_at", "weight_kg:Decimäl booked_at");
    let mistakes = read(PATH, &text).unwrap_err();
    let first = mistakes.iter().next().unwrap();
    assert_eq!((first.line, first.column), (28, 43));
    assert_eq!(&text[first.span.clone()], "Decimäl");
}

#[test]
fn a_mistake_behind_an_escape_points_at_the_word_all_the_same() {
    assert_snapshot!(wrong(
        "TooHeavy = \"self.weight_kg <= dec!(30)\"",
        "Odd = \"\\u0073elf.number.as_ref() != \\\"\\\" && self.wait\""
    ), @r#"
    error: `self` has no field `wait`
      --> models/shipping.toml:22:62
       |
    22 | require = { Odd = "\u0073elf.number.as_ref() != \"\" && self.wait" }
       |                                                              ^^^^
       |
       = help: there are `number`, `weight_kg`, `booked_at`, `carrier`, `dispatched_at` and `state`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_mistake_in_a_string_over_several_lines_points_at_the_word() {
    assert_snapshot!(wrong("\"carrier:Carrier\"", "\"\"\"\n  carrier:Carrier\n  note:Txt\"\"\""), @r#"
    error: there is no type `Txt`
      --> models/shipping.toml:23:8
       |
    23 |   note:Txt"""
       |        ^^^
       |
       = help: did you mean `Text`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn colours_are_for_terminals() {
    let mistakes = read(PATH, "").unwrap_err();
    assert!(mistakes.render(true).contains("\u{1b}["));
    assert!(!mistakes.render(false).contains("\u{1b}["));
    assert_eq!(mistakes.to_string(), mistakes.render(false));
}

#[test]
fn line_ends_and_marks_of_other_systems_do_not_matter() {
    let text =
        RIGHT.replace("weight_kg:Decimal booked_at", "weight_kg:Decimel booked_at").replace('\n', "\r\n");
    for text in [text.clone(), format!("\u{feff}{text}")] {
        let mistakes = read(PATH, &text).unwrap_err();
        let first = mistakes.iter().next().unwrap();
        assert_eq!((mistakes.len(), first.line, first.column), (1, 28, 43));
        assert_eq!(&text[first.span.clone()], "Decimel");
    }
}
