//! Enums and values.

use freehold_model::ValueShape;
use insta::assert_snapshot;

use crate::support::{accepted, refused, with, wrong};

fn said_of(section: &str) -> String {
    refused(&with(section))
}

#[test]
fn an_enum_may_be_a_table() {
    let model = accepted(&with(
        "[enum.Size]\nvariants = [\"small\", \"big\"]\nwas = \"Volume\"\ndescription = \"How big.\"\n",
    ));
    let size = &model.enums[1];
    assert_eq!((size.name.as_str(), size.was.as_deref()), ("Size", Some("Volume")));
    assert_eq!(size.variants, ["Small", "Big"]);
}

#[test]
fn an_enum_has_variants() {
    assert_snapshot!(wrong("Carrier = [\"Dhl\", \"Ups\"]", "Carrier = [\"Dhl\", \"Self\"]\nEmpty = []\nOdd = 3"), @r#"
    error: the variant cannot be called `Self`: Rust needs that name
     --> models/shipping.toml:4:19
      |
    4 | Carrier = ["Dhl", "Self"]
      |                   ^^^^^^

    error: enum `Empty` has no variants
     --> models/shipping.toml:5:1
      |
    5 | Empty = []
      | ^^^^^
      |
      = help: name at least one, as in `["Dhl", "Ups"]`

    error: enum `Odd` must be a string or an array of strings, not a whole number
     --> models/shipping.toml:6:7
      |
    6 | Odd = 3
      |       ^

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_value_says_what_it_is_made_of() {
    assert_snapshot!(said_of("[value.Nothing]\n[value.Both]\ntype = \"Int\"\nfields = \"a:Int\"\n[value.Blank]\nfields = \"\"\n"), @r#"
    error: value `Nothing` does not say what it is made of
      --> models/shipping.toml:42:8
       |
    42 | [value.Nothing]
       |        ^^^^^^^
       |
       = help: write `type = "Text"` for one value, `fields = "…"` for several

    error: value `Both` has both a type and fields
      --> models/shipping.toml:44:8
       |
    44 | type = "Int"
       |        ^^^^^
       |
       = help: a value is either one checked type or several fields

    error: value `Blank` has no fields
      --> models/shipping.toml:47:10
       |
    47 | fields = ""
       |          ^^

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_newtype_is_made_of_a_primitive() {
    assert_snapshot!(said_of("[value.A]\ntype = \"Carrier\"\n[value.B]\ntype = \"Text?\"\n[value.C]\ntype = \"Text(5..1)\"\n[value.D]\ntype = \"Txt\"\n"), @r#"
    error: a value is made of a primitive
      --> models/shipping.toml:43:9
       |
    43 | type = "Carrier"
       |         ^^^^^^^
       |
       = help: write the primitive, or `fields = "…"` for a value that holds others

    error: `?` cannot follow the type of a value
      --> models/shipping.toml:45:13
       |
    45 | type = "Text?"
       |             ^
       |
       = help: a value is always one thing; the field that holds it may be optional or a list

    error: the lower bound 5 is above the upper bound 1
      --> models/shipping.toml:47:14
       |
    47 | type = "Text(5..1)"
       |              ^^^^
       |
       = help: write the lower one first

    error: there is no type `Txt`
      --> models/shipping.toml:49:9
       |
    49 | type = "Txt"
       |         ^^^
       |
       = help: did you mean `Text`?

    error: 4 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_pattern_is_a_regular_expression_over_a_text() {
    assert_snapshot!(said_of("[value.A]\ntype = \"Text\"\npattern = \"[a-\"\n[value.B]\ntype = \"Int\"\npattern = \"1\"\n"), @r#"
    error: the pattern is not a regular expression: unclosed character class
      --> models/shipping.toml:44:11
       |
    44 | pattern = "[a-"
       |           ^^^^^

    error: only a value of `Text` has a pattern
      --> models/shipping.toml:47:11
       |
    47 | pattern = "1"
       |           ^^^
       |
       = help: say it in `require`, as an expression over `value`

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn the_fields_of_a_value_can_only_be_personal() {
    assert_snapshot!(said_of("[value.Address]\nfields = \"street:Text personal unique\"\n"), @r#"
    error: the fields of a value can only be `personal`
      --> models/shipping.toml:43:32
       |
    43 | fields = "street:Text personal unique"
       |                                ^^^^^^
       |
       = help: put the attribute on the field that holds the value

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn values_may_hold_values_but_not_themselves() {
    assert_snapshot!(said_of("[value.A]\nfields = \"b:B\"\n[value.B]\nfields = \"a:A[] n:Int\"\n[value.C]\nfields = \"b:B\"\n"), @r#"
    error: value `A` contains itself
      --> models/shipping.toml:42:8
       |
    42 | [value.A]
       |        ^
       |
       = help: a value has an end; keep the id of the other thing instead

    error: value `B` contains itself
      --> models/shipping.toml:44:8
       |
    44 | [value.B]
       |        ^
       |
       = help: a value has an end; keep the id of the other thing instead

    error: 2 mistakes in models/shipping.toml
    "#);
    let model = accepted(&with(
        "[value.Inner]\ntype = \"Int(0..9)\"\n[value.Outer]\nfields = \"inner:Inner=3 other:Carrier?\"\n",
    ));
    assert!(matches!(model.values[1].shape, ValueShape::Newtype { .. }));
    assert!(matches!(model.values[2].shape, ValueShape::Composite { .. }));
}

#[test]
fn a_rule_of_a_value_sees_its_parts() {
    assert_snapshot!(said_of(
        "[value.A]\ntype = \"Int\"\nrequire = { Even = \"value % 2 == 0\", Odd = \"self % 2 == 1\" }\n\
         [value.B]\nfields = \"city:Text\"\nrequire = { NoCity = \"!city.is_empty()\", Sum = \"value.city == cty\" }\n"
    ), @r#"
    error: unknown name `self`
      --> models/shipping.toml:44:45
       |
    44 | require = { Even = "value % 2 == 0", Odd = "self % 2 == 1" }
       |                                             ^^^^
       |
       = help: the expression sees `value`

    error: there is no `value` here
      --> models/shipping.toml:47:49
       |
    47 | require = { NoCity = "!city.is_empty()", Sum = "value.city == cty" }
       |                                                 ^^^^^
       |
       = help: a value of several fields sees them by their names

    error: unknown name `cty`
      --> models/shipping.toml:47:63
       |
    47 | require = { NoCity = "!city.is_empty()", Sum = "value.city == cty" }
       |                                                               ^^^
       |
       = help: did you mean `city`?

    error: 3 mistakes in models/shipping.toml
    "#);
}
