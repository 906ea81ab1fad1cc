//! Rules are evaluated as Rust would.

use super::{get, model};
use freehold_scaffold::samples::{Sample, Samples};

/// A model with one command, whose fields have the first samples of their types unless a rule asks for others.
fn with_rule(rule: &str) -> String {
    let rule = rule.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        r#"
context = "desk"
description = "One command and its rule."
tenancy = "required"
[enum]
Tier = ["Basic", "Gold"]
[value.Code]
type = "Text"
pattern = "^[A-Z]{{2}}[0-9]{{3}}$"
[value.Place]
fields = "city:Text(1..40) country:Country"
[aggregate.Desk]
states = ["Open"]
[aggregate.Desk.command.OpenDesk]
creates = true
fields = "text:Text note:Text? count:Int rate:Decimal tier:Tier code:Code place:Place price:Money tags:Text[] day:Date at:Timestamp wait:Duration email:Email flag:Bool left_out:Int? amount_left:Decimal?"
require = {{ Rule = "{rule}" }}
emits = "DeskOpened"
roles = ["clerk"]
[aggregate.Desk.event.DeskOpened]
to = "Open"
fields = "opened_at:Timestamp"
"#
    )
}

/// What a rule says about the first samples; `None` when it cannot be told.
fn says(rule: &str) -> Option<bool> {
    let model = model(&with_rule(rule));
    let samples = Samples::of(&model);
    let command = &model.aggregates[0].commands[0];
    let first: Vec<_> =
        command.fields.iter().map(|it| (it.name.clone(), samples.field(it, 1).expect("a sample"))).collect();
    let cases = samples.cases("Desk").remove(0);
    let accepted = cases.accepted.is_some_and(|case| case.command == first);
    let rejected = cases.rejections[0].1.as_ref().is_some_and(|case| case.command == first);
    match (accepted, rejected) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
        (true, true) => panic!("accepted and rejected at once: {rule}"),
    }
}

fn all_hold(rules: &[&str]) {
    for rule in rules {
        assert_eq!(says(rule), Some(true), "{rule}");
        assert_eq!(says(&format!("!({rule})")), Some(false), "!({rule})");
    }
}

#[test]
fn numbers_are_compared_and_reckoned_with() {
    all_hold(&[
        "command.count == 1 && command.rate == dec!(12.5)",
        "command.count + 2 * 3 == 7 && (command.count + 2) * 3 == 9",
        "7 / 2 == 3 && 7 % 2 == command.count && -7 / 2 == -3",
        "command.rate * dec!(2) == dec!(25) && command.rate / dec!(2) == dec!(6.25)",
        "command.rate > Decimal::TEN && command.rate <= Decimal::ONE_HUNDRED",
        "Decimal::from(command.count) + Decimal::new(5, 1) == dec!(1.5)",
        "command.rate.round() == dec!(12) && command.rate.round_dp(1) == command.rate && command.rate.fract() == dec!(0.5)",
        "(1..=10).contains(&command.count) && !(2..10).contains(&command.count)",
        "command.count.pow(3).max(4).min(9) == 4 && command.count.clamp(2, 5) == 2 && (-command.count).abs() == 1",
        "command.count.checked_add(i64::MAX).is_none() && command.count.checked_sub(1) == Some(0)",
        "command.count as u32 as i64 == 1 && !command.rate.is_zero() && command.rate.is_sign_positive()",
    ]);
}

#[test]
fn text_is_looked_at_in_every_usual_way() {
    all_hold(&[
        "command.text == \"text 1\" && command.text.len() == 6 && !command.text.is_empty()",
        "command.text.chars().count() == 6 && command.text.chars().any(|c| c.is_ascii_digit())",
        "command.text.chars().all(char::is_alphanumeric) == false && command.text.contains(char::is_whitespace)",
        "command.text.starts_with(\"te\") && command.text.ends_with('1') && command.text.contains(\"xt\")",
        "command.text.to_uppercase() == \"TEXT 1\" && command.text.eq_ignore_ascii_case(\"Text 1\")",
        "command.text.split(' ').count() == 2 && command.text.split_whitespace().last() == Some(\"1\")",
        "command.text.trim_end_matches('1').trim().parse::<i64>().is_err()",
        "command.text.strip_prefix(\"text \").map_or(false, |n| n.parse::<i64>() == Ok(command.count))",
        "format!(\"{}-{}\", command.text, command.count) == \"text 1-1\"",
        "command.code.as_str() == \"AB123\" && command.code.len() == 5 && command.email.as_str().contains('@')",
    ]);
}

#[test]
fn options_take_every_turn() {
    all_hold(&[
        "command.note.is_some() && !command.note.is_none()",
        "command.note.as_deref().is_some_and(|it| it == \"note 1\")",
        "command.note.as_ref().is_none_or(|it| it.len() == 6)",
        "command.note.as_ref().map(|it| it.len()).unwrap_or(0) == 6",
        "command.left_out.unwrap_or_default() == 1 && command.left_out == Some(1)",
        "command.left_out.filter(|it| *it > 5).is_none() && command.left_out.and(None).or(Some(4)) == Some(4)",
        "command.left_out.filter(|it| *it > 5).map_or(true, |it| it > 9)",
        "if let Some(left) = command.left_out { left == 1 } else { false }",
        "match command.note.as_deref() { Some(\"note 1\") => true, Some(_) | None => false }",
        "command.left_out.zip(command.amount_left).is_some_and(|(a, b)| Decimal::from(a) < b)",
    ]);
}

#[test]
fn lists_are_iterated() {
    all_hold(&[
        "command.tags.len() == 1 && !command.tags.is_empty()",
        "command.tags.iter().any(|it| it == \"tags 1\") && command.tags.contains(&\"tags 1\".to_owned())",
        "command.tags.first() == command.tags.last() && command.tags.get(1).is_none()",
        "command.tags.iter().map(|it| it.len()).sum::<usize>() == 6",
        "[3, 1, 2].iter().max() == Some(&3) && vec![1, 2].iter().rev().next() == Some(&2)",
        "(0..4).filter(|it| it % 2 == 0).count() == 2 && (1..=3).fold(0, |a, b| a + b) == 6",
        "command.tags.iter().enumerate().all(|(at, it)| it.ends_with(&(at + 1).to_string()))",
        "[1, 2, 3].windows(2).all(|it| matches!(it, [a, b] if a < b))",
    ]);
}

#[test]
fn variants_composites_and_money_have_their_parts() {
    all_hold(&[
        "command.tier == Tier::Basic && command.tier != Tier::Gold && command.tier < Tier::Gold",
        "matches!(command.tier, Tier::Basic | Tier::Gold) && !matches!(command.count, 2..=9)",
        "match (command.tier, command.flag) { (Tier::Gold, _) => false, (_, flag) => flag }",
        "command.place.city == \"city 1\" && command.place.country == Country::DE",
        "command.price.amount == dec!(12.50) && command.price.currency == Currency::EUR",
        "command.price == Money::new(dec!(12.5), Currency::EUR)",
        "{ let double = command.count * 2; double == 2 }",
        "(command.count, command.flag) == (1, true) && (1, 2) < (1, 3)",
        "if command.flag { command.count == 1 } else { command.count == 2 }",
    ]);
}

#[test]
fn times_are_added_and_subtracted() {
    all_hold(&[
        "command.at < now && now - command.at >= Duration::from_hours(100)",
        "now.duration_since(*command.at) > Duration::from_secs(1) && command.at + Duration::from_hours(24 * 30) > now",
        "command.wait == Duration::from_hours(1) && command.wait * 2 == Duration::from_mins(120)",
        "command.day.year() == 2026 && command.day.month() == 2 && command.day > Date::constant(2026, 1, 31)",
        "command.day.tomorrow().is_ok_and(|it| it == Date::constant(2026, 2, 2))",
        "command.day.duration_since(Date::constant(2026, 1, 31)) == Duration::from_hours(24)",
        "now.to_zoned(TimeZone::UTC).date() == Date::constant(2026, 1, 15)",
    ]);
}

#[test]
fn what_is_unknown_or_would_panic_is_never_guessed() {
    for rule in [
        "command.text.unheard_of()",
        "command.count / (command.count - command.count) == 1",
        "command.text.len() - 7 == 0",
        "(command.count as f64) > 1",
        "(0..9000).all(|a| (0..9000).all(|b| a * b >= 0))",
        "\"a\".repeat(9999).repeat(9999).len() == 0",
    ] {
        assert_eq!(says(rule), None, "{rule}");
    }
    let cases = Samples::of(&model(&with_rule("command.text.unheard_of()"))).cases("Desk").remove(0);
    assert_eq!(cases.skipped.len(), 2);
    assert_eq!(cases.skipped[0].reason, "the rule Rule uses the method unheard_of");
}

#[test]
fn a_rule_that_the_first_samples_do_not_hold_finds_others() {
    for (rule, field, expected) in [
        ("command.count == 42", "count", Sample::Int(42)),
        ("command.count * 3 > 100", "count", Sample::Null),
        ("command.note.is_none()", "note", Sample::Null),
        ("command.tags.len() >= 3", "tags", Sample::Null),
        ("command.code.as_str() == \"ZZ999\"", "code", Sample::Null),
        ("command.at > now", "at", Sample::Null),
        (
            "command.text.chars().all(|it| it.is_ascii_uppercase()) && command.text.len() == 4",
            "text",
            Sample::Text("ANNA".to_owned()),
        ),
        ("command.email.as_str().ends_with(\"@our.org\")", "email", Sample::Email("anna@our.org".to_owned())),
        ("command.price.currency == Currency::CHF", "price", Sample::Null),
        ("command.place.country == Country::FR", "place", Sample::Null),
    ] {
        let cases = Samples::of(&model(&with_rule(rule))).cases("Desk").remove(0);
        let accepted = cases.accepted.unwrap_or_else(|| panic!("{rule}: {:?}", cases.skipped));
        assert!(cases.rejections[0].1.is_some(), "{rule}");
        if !(expected.is_null() && field != "note") {
            assert_eq!(get(&accepted.command, field), &expected, "{rule}");
        }
    }
}
