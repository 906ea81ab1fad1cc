//! The field grammar.

use freehold_model::{Bounds, DecimalBound, Field, Type};
use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, wrong};

/// What is said of the fields of a command.
fn said_of(fields: &str) -> String {
    wrong("fields  = \"carrier:Carrier\"", &format!("fields  = \"carrier:Carrier {fields}\""))
}

/// The fields of a command, `carrier` left out.
fn read(fields: &str) -> Vec<Field> {
    let to = format!("fields  = \"carrier:Carrier {fields}\"");
    let model = accepted(&changed(&[("fields  = \"carrier:Carrier\"", &to)]));
    model.aggregates[0].commands[1].fields[1..].to_vec()
}

fn types(fields: &str) -> Vec<Type> {
    read(fields).into_iter().map(|field| field.ty).collect()
}

#[test]
fn a_question_mark_makes_a_field_optional_and_brackets_a_list() {
    let read = read("a:Int b:Int? c:Int[] d:Int[]?");
    let marks: Vec<_> = read.iter().map(|field| (field.optional, field.list)).collect();
    assert_eq!(marks, [(false, false), (true, false), (false, true), (true, true)]);
}

#[test]
fn both_ends_of_a_range_belong_to_it() {
    let range = |min, max| Type::Int(Bounds { min, max });
    assert_eq!(
        types("a:Int(0..) b:Int(..10) c:Int(1..2) d:Int(>0) e:Int(>=0) f:Int(>-5..<5)"),
        [
            range(Some(0), None),
            range(None, Some(10)),
            range(Some(1), Some(2)),
            range(Some(1), None),
            range(Some(0), None),
            range(Some(-4), Some(4))
        ]
    );
    assert_eq!(types("a:Text(2..2)"), [Type::Text(Bounds { min: Some(2), max: Some(2) })]);
}

#[test]
fn an_end_of_a_decimal_range_may_be_left_out_of_it() {
    let Type::Decimal(bounds) = types("share:Decimal(> 0 .. <= 1.5)").remove(0) else { panic!("a decimal") };
    assert_eq!(bounds.min, Some(DecimalBound { value: 0.into(), exclusive: true }));
    assert_eq!(bounds.max.map(|end| (end.value.to_string(), end.exclusive)), Some(("1.5".to_owned(), false)));
}

#[test]
fn an_unknown_type_suggests_the_nearest() {
    assert_snapshot!(said_of("via:Carier"), @r#"
    error: there is no type `Carier`
      --> models/shipping.toml:21:32
       |
    21 | fields  = "carrier:Carrier via:Carier"
       |                                ^^^^^^
       |
       = help: did you mean `Carrier`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_type_from_elsewhere_is_told_its_name_here() {
    assert_snapshot!(said_of("a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"), @r#"
    error: there is no type `String`
      --> models/shipping.toml:21:30
       |
    21 | fields  = "carrier:Carrier a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"
       |                              ^^^^^^
       |
       = help: it is called `Text` here

    error: there is no floating point type `f64`
      --> models/shipping.toml:21:39
       |
    21 | fields  = "carrier:Carrier a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"
       |                                       ^^^
       |
       = help: amounts that are compared and added must be exact: use `Decimal`

    error: there is no floating point type `Double`
      --> models/shipping.toml:21:45
       |
    21 | fields  = "carrier:Carrier a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"
       |                                             ^^^^^^
       |
       = help: amounts that are compared and added must be exact: use `Decimal`

    error: there is no type `u64`
      --> models/shipping.toml:21:55
       |
    21 | fields  = "carrier:Carrier a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"
       |                                                       ^^^
       |
       = help: it is called `Int` here

    error: there is no type `DateTime`
      --> models/shipping.toml:21:61
       |
    21 | fields  = "carrier:Carrier a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"
       |                                                             ^^^^^^^^
       |
       = help: it is called `Timestamp` here

    error: there is no type `Boolean`
      --> models/shipping.toml:21:72
       |
    21 | fields  = "carrier:Carrier a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"
       |                                                                        ^^^^^^^
       |
       = help: it is called `Bool` here

    error: there is no type `Nonsense`
      --> models/shipping.toml:21:84
       |
    21 | fields  = "carrier:Carrier a:String b:f64 c:Double? d:u64 e:DateTime f:Boolean[] g:Nonsense"
       |                                                                                    ^^^^^^^^
       |
       = help: a type is a primitive, an enum, a value or the name of an aggregate, which means its id

    error: 7 mistakes in models/shipping.toml
    "#);
}

#[test]
fn an_unknown_type_is_told_once() {
    assert_snapshot!(wrong("number:TrackingNumber weight_kg:Decimal booked_at", "number:Nr weight_kg:Decimal booked_at"), @r#"
    error: there is no type `Nr`
      --> models/shipping.toml:28:18
       |
    28 | fields = "number:Nr weight_kg:Decimal booked_at:Timestamp"
       |                  ^^
       |
       = help: a type is a primitive, an enum, a value or the name of an aggregate, which means its id

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_id_of_another_context_needs_the_context() {
    assert_snapshot!(said_of("customer:crm.Customer?"), @r#"
    error: the model does not use a context `crm`
      --> models/shipping.toml:21:37
       |
    21 | fields  = "carrier:Carrier customer:crm.Customer?"
       |                                     ^^^^^^^^^^^^
       |
       = help: add it: `uses = ["crm"]`

    error: 1 mistake in models/shipping.toml
    "#);
    let text = changed(&[
        ("context = \"shipping\"", "context = \"shipping\"\nuses = [\"crm\"]"),
        (
            "fields  = \"carrier:Carrier\"",
            "fields  = \"carrier:Carrier customer:crm.Customer? parcel:Shipment?\"",
        ),
    ]);
    let fields = accepted(&text).aggregates.remove(0).commands.remove(1).fields;
    assert_eq!(fields[1].ty, Type::Id { context: Some("crm".to_owned()), of: "Customer".to_owned() });
    assert_eq!(fields[2].ty, Type::Id { context: None, of: "Shipment".to_owned() });
}

#[test]
fn only_a_view_follows_the_life_cycle() {
    assert_snapshot!(said_of("status:Shipment.State"), @r#"
    error: only a view has fields of type `Shipment.State`
      --> models/shipping.toml:21:35
       |
    21 | fields  = "carrier:Carrier status:Shipment.State"
       |                                   ^^^^^^^^^^^^^^
       |
       = help: the life-cycle state is part of the aggregate anyway, as `self.state`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_list_of_optional_values_is_refused() {
    assert_snapshot!(said_of("tags:Text?[]"), @r#"
    error: `tags` is a list of optional values
      --> models/shipping.toml:21:37
       |
    21 | fields  = "carrier:Carrier tags:Text?[]"
       |                                     ^^^
       |
       = help: write `[]?` for a list that may be missing; no element of a list is missing

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn what_follows_a_type_has_an_order() {
    assert_snapshot!(said_of("note:Text?(1..2) more:Text??"), @r#"
    error: the bounds of `note` stand in the wrong place
      --> models/shipping.toml:21:37
       |
    21 | fields  = "carrier:Carrier note:Text?(1..2) more:Text??"
       |                                     ^^^^^^^
       |
       = help: write them right after the type

    error: `??` cannot follow a type
      --> models/shipping.toml:21:54
       |
    21 | fields  = "carrier:Carrier note:Text?(1..2) more:Text??"
       |                                                      ^^
       |
       = help: `?` makes a field optional, `[]` a list

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn bounds_are_a_range() {
    assert_snapshot!(said_of("a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1) i:Int(..)"), @r#"
    error: `40` is not a range
      --> models/shipping.toml:21:35
       |
    21 | fields  = "carrier:Carrier a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1)...
       |                                   ^^
       |
       = help: write `(..40)` for at most, `(40..)` for at least, `(40..40)` for exactly

    error: the lower bound 9 is above the upper bound 3
      --> models/shipping.toml:21:46
       |
    21 | fields  = "carrier:Carrier a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1)...
       |                                              ^^^^
       |
       = help: write the lower one first

    error: `..=` is not written here
      --> models/shipping.toml:21:58
       |
    21 | fields  = "carrier:Carrier a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1)...
       |                                                          ^^^^^
       |
       = help: both ends of a range belong to it anyway: `1..200`

    error: `a` is not a whole number
      --> models/shipping.toml:21:71
       |
    21 | fields  = "carrier:Carrier a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1)...
       |                                                                       ^^^^

    error: the bounds are empty
      --> models/shipping.toml:21:86
       |
    21 | fields  = "carrier:Carrier a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1)...
       |                                                                                      ^^
       |
       = help: write a range, as in `(1..200)`, or leave the parentheses out

    error: `<` cannot stand at this end
      --> models/shipping.toml:21:99
       |
    21 | fields  = "carrier:Carrier a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1)...
       |                                                                                                   ^^^^
       |
       = help: here it may be `>` or `>=`

    error: lengths are written as a range
      --> models/shipping.toml:21:112
       |
    21 | fields  = "carrier:Carrier a:Text(40) b:Text(9..3) c:Int(1..=5) d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1)...
       |                                                                                                                ^^
       |
       = help: as in `(1..200)`, both ends included

    error: nothing lies within these bounds
      --> models/shipping.toml:21:126
       |
    21 | ...d:Int(a..b) e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1) i:Int(..)"
       |                                                                 ^^^^^^
       |
       = help: leave the end in, or widen the range

    error: the range is open at both ends
      --> models/shipping.toml:21:140
       |
    21 | ...e:Decimal() f:Decimal(<0..) g:Text(>3) h:Decimal(>1..<1) i:Int(..)"
       |                                                                   ^^
       |
       = help: leave the parentheses out

    error: 9 mistakes in models/shipping.toml
    "#);
}

#[test]
fn only_texts_and_numbers_have_bounds() {
    assert_snapshot!(said_of("a:Money(>=0) b:Date(1..2) c:Carrier(1..)"), @r#"
    error: `Money` has no bounds
      --> models/shipping.toml:21:36
       |
    21 | fields  = "carrier:Carrier a:Money(>=0) b:Date(1..2) c:Carrier(1..)"
       |                                    ^^^
       |
       = help: say it in `require` of the command

    error: `Date` has no bounds
      --> models/shipping.toml:21:48
       |
    21 | fields  = "carrier:Carrier a:Money(>=0) b:Date(1..2) c:Carrier(1..)"
       |                                                ^^^^
       |
       = help: only `Text`, `Int` and `Decimal` have; make a value with `require`

    error: `Carrier` has no bounds
      --> models/shipping.toml:21:64
       |
    21 | fields  = "carrier:Carrier a:Money(>=0) b:Date(1..2) c:Carrier(1..)"
       |                                                                ^^^
       |
       = help: only `Text`, `Int` and `Decimal` have; make a value with `require`

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_word_is_a_field_or_an_attribute() {
    assert_snapshot!(said_of("number uniqe"), @r#"
    error: `number` is neither a field nor an attribute
      --> models/shipping.toml:21:28
       |
    21 | fields  = "carrier:Carrier number uniqe"
       |                            ^^^^^^
       |
       = help: a field has a type: `number:Type`; the attributes are unique, personal, secret and index

    error: `uniqe` is neither a field nor an attribute
      --> models/shipping.toml:21:35
       |
    21 | fields  = "carrier:Carrier number uniqe"
       |                                   ^^^^^
       |
       = help: did you mean `unique`?

    error: 2 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(wrong("fields  = \"carrier:Carrier\"", "fields  = \"unique carrier:Carrier\""), @r#"
    error: `unique` stands before any field
      --> models/shipping.toml:21:12
       |
    21 | fields  = "unique carrier:Carrier"
       |            ^^^^^^

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_space_after_the_colon_is_told_once() {
    assert_snapshot!(said_of("note: Text(1..20)?"), @r#"
    error: the field `note` has no type
      --> models/shipping.toml:21:28
       |
    21 | fields  = "carrier:Carrier note: Text(1..20)?"
       |                            ^^^^^
       |
       = help: write name and type without a space between them: `name:Type`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_quote_or_a_parenthesis_that_stays_open_is_told() {
    assert_snapshot!(said_of("note:Text='no end"), @r#"
    error: `'` is never closed
      --> models/shipping.toml:21:38
       |
    21 | fields  = "carrier:Carrier note:Text='no end"
       |                                      ^

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said_of("note:Text(1..20"), @r#"
    error: `(` is never closed
      --> models/shipping.toml:21:37
       |
    21 | fields  = "carrier:Carrier note:Text(1..20"
       |                                     ^

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_field_stands_once() {
    assert_snapshot!(said_of("Carrier:Text"), @r#"
    error: there are two fields `carrier`
      --> models/shipping.toml:21:28
       |
    21 | fields  = "carrier:Carrier Carrier:Text"
       |                            ^^^^^^^

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_attribute_stands_where_it_means_something() {
    assert_snapshot!(said_of("note:Text? index"), @r#"
    error: only the fields of a view are indexed
      --> models/shipping.toml:21:39
       |
    21 | fields  = "carrier:Carrier note:Text? index"
       |                                       ^^^^^
       |
       = help: put `index` on the field of a view

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("number:TrackingNumber index", "number:TrackingNumber unique secret"), @r#"
    error: a read model cannot refuse a command
      --> models/shipping.toml:36:33
       |
    36 | fields = "number:TrackingNumber unique secret status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |                                 ^^^^^^
       |
       = help: put `unique` on the aggregate, or on the field of its command or event

    error: a secret never leaves the write side
      --> models/shipping.toml:36:40
       |
    36 | fields = "number:TrackingNumber unique secret status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |                                        ^^^^^^
       |
       = help: leave the field out of the view

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_field_that_cannot_be_named_is_told() {
    assert_snapshot!(said_of("gewicht_ß:Int 2nd:Int :Int x:"), @r#"
    error: `gewicht_ß` cannot be the name of a field
      --> models/shipping.toml:21:28
       |
    21 | fields  = "carrier:Carrier gewicht_ß:Int 2nd:Int :Int x:"
       |                            ^^^^^^^^^
       |
       = help: a field's name is made of ASCII letters and digits and starts with a letter, as in `booked_at`

    error: `2nd` cannot be the name of a field
      --> models/shipping.toml:21:42
       |
    21 | fields  = "carrier:Carrier gewicht_ß:Int 2nd:Int :Int x:"
       |                                          ^^^
       |
       = help: a field's name is made of ASCII letters and digits and starts with a letter, as in `booked_at`

    error: `` cannot be the name of a field
      --> models/shipping.toml:21:50
       |
    21 | fields  = "carrier:Carrier gewicht_ß:Int 2nd:Int :Int x:"
       |                                                  ^
       |
       = help: a field's name is made of ASCII letters and digits and starts with a letter, as in `booked_at`

    error: the field `x` has no type
      --> models/shipping.toml:21:55
       |
    21 | fields  = "carrier:Carrier gewicht_ß:Int 2nd:Int :Int x:"
       |                                                       ^^
       |
       = help: write name and type without a space between them: `name:Type`

    error: 4 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_missing_emission_does_not_hide_the_fields() {
    assert_snapshot!(refused(&changed(&[
        ("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Carier\""),
        ("emits   = \"ShipmentDispatched\"", "emits   = \"ShipmentDispached\""),
    ])), @r#"
    error: there is no type `Carier`
      --> models/shipping.toml:21:20
       |
    21 | fields  = "carrier:Carier"
       |                    ^^^^^^
       |
       = help: did you mean `Carrier`?

    error: `Shipment` has no event `ShipmentDispached`
      --> models/shipping.toml:23:11
       |
    23 | emits   = "ShipmentDispached"
       |           ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `ShipmentDispatched`?

    error: 2 mistakes in models/shipping.toml
    "#);
}
