//! Valid values: readable, within their bounds, distinct, always the same.

use super::{loans, model, shipping};
use freehold_scaffold::samples::{Sample, Samples};
use std::collections::BTreeSet;

const EVERYTHING: &str = r#"
context = "everything"
description = "Fields of every type."
tenancy = "required"
[enum]
Tier = ["Basic", "Gold"]
[value.Plate]
type = "Text(4..9)"
pattern = "^[A-Z]{1,3}-[A-Z]{1,2}[1-9][0-9]{0,3}$"
[value.Kind]
type = "Text"
pattern = "^(red|green|blue)$"
[value.Slug]
type = "Text"
pattern = "^[a-z]+(-[a-z]+)*$"
require = { LongSlug = "value.len() <= 3" }
[value.Even]
type = "Int(0..100)"
require = { Odd = "value % 2 == 0" }
[value.Span]
fields = "from:Int(0..9) to:Int(0..9)"
require = { Backwards = "from < to" }
[aggregate.Thing]
states = ["Made"]
[aggregate.Thing.command.MakeThing]
creates = true
fields = "name:Text short:Text(..1) two:Text(2..2) long:Text(60..80) count:Int low:Int(..-5) range:Int(3..4) amount:Decimal positive:Decimal(>0) share:Decimal(0..1) flag:Bool price:Money currency:Currency day:Date at:Timestamp wait:Duration uuid:Uuid email:Email phone:Phone url:Url country:Country json:Json tier:Tier plate:Plate kind:Kind slug:Slug even:Even span:Span tags:Text[] maybe:Int?"
emits = "ThingMade"
roles = ["maker"]
[aggregate.Thing.event.ThingMade]
to = "Made"
fields = "name:Text"
"#;

fn everything() -> freehold_model::Model {
    model(EVERYTHING)
}

fn texts(name: &str) -> Vec<String> {
    let model = everything();
    let samples = Samples::of(&model);
    let field = model.aggregates[0].commands[0].fields.iter().find(|it| it.name == name).expect("the field");
    (1..=3)
        .map(|n| samples.field(field, n).expect("a sample").to_json().to_string().replace('"', ""))
        .collect()
}

#[test]
fn samples_are_readable() {
    assert_eq!(texts("name"), ["name 1", "name 2", "name 3"]);
    assert_eq!(texts("short"), ["a", "b", "c"]);
    assert_eq!(texts("two"), ["t1", "t2", "t3"]);
    assert_eq!(texts("count"), ["1", "2", "3"]);
    assert_eq!(texts("low"), ["-5", "-6", "-7"]);
    assert_eq!(texts("range"), ["3", "4", "3"]);
    assert_eq!(texts("amount"), ["12.5", "22.5", "32.5"]);
    assert_eq!(texts("email"), ["anna1@example.com", "anna2@example.com", "anna3@example.com"]);
    assert_eq!(texts("phone"), ["+4930901820001", "+4930901820002", "+4930901820003"]);
    assert_eq!(texts("tier"), ["Basic", "Gold", "Basic"]);
    assert_eq!(texts("wait"), ["PT1H", "PT2H", "PT3H"]);
    assert_eq!(texts("at")[0], "2026-01-10T10:00:00.000000Z");
    assert_eq!(texts("price")[0], "{amount:12.50,currency:EUR}");
}

#[test]
fn patterns_are_matched_by_strings_that_count_up() {
    assert_eq!(texts("plate"), ["A-A1", "A-A2", "A-A3"]);
    assert_eq!(texts("kind"), ["red", "green", "blue"]);
    assert_eq!(texts("even"), ["2", "4", "6"]);
    assert!(texts("slug").iter().all(|it| it.len() <= 3));
}

#[test]
fn samples_fit_their_bounds() {
    assert!((60..=80).contains(&texts("long")[0].len()));
    assert!(!texts("long")[0].ends_with(' '));
    assert!(texts("plate").iter().all(|it| (4..=9).contains(&it.len())));
}

#[test]
fn samples_are_distinct_and_always_the_same() {
    let model = everything();
    let fields = &model.aggregates[0].commands[0].fields;
    let small = ["short", "range", "flag", "currency", "country", "tier", "kind", "share", "span"];
    for field in fields.iter().filter(|it| !small.contains(&it.name.as_str())) {
        let drawn: Vec<_> =
            (1..=20).map(|n| Samples::of(&model).field(field, n).expect("a sample").to_json()).collect();
        let distinct: BTreeSet<_> = drawn.iter().map(ToString::to_string).collect();
        assert_eq!(distinct.len(), 20, "{} in {drawn:?}", field.name);
        let again = Samples::of(&model).field(field, 7).map(|it| it.to_json());
        assert_eq!(again.as_ref(), Some(&drawn[6]), "{}", field.name);
    }
}

#[test]
fn a_composite_holds_its_rules() {
    let samples = Samples::of(&everything());
    for n in 1..=3 {
        let Some(Sample::Composite { fields, .. }) = samples.value("Span", n) else {
            panic!("no span");
        };
        let [(_, Sample::Int(from)), (_, Sample::Int(to))] = fields.as_slice() else {
            panic!("{fields:?}");
        };
        assert!(from < to);
    }
}

#[test]
fn the_models_that_come_along_have_all_their_values() {
    let samples = Samples::of(&shipping());
    assert_eq!(
        samples.value("TrackingNumber", 1).map(|it| it.to_json().to_string()),
        Some("\"AB123456789\"".to_owned())
    );
    let samples = Samples::of(&loans());
    assert!(["Isbn", "Percent", "Period", "Line"].iter().all(|name| samples.value(name, 2).is_some()));
}
