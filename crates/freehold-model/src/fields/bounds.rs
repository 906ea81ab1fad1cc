//! Bounds: `Text(1..200)`, `Int(0..)`, `Decimal(>0..<=1)`.

use std::ops::Range;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::fields::types::spelled;
use crate::mistakes::Report;
use crate::model::{Bounds, DecimalBound, DecimalBounds, Type};
use crate::source::{Span, Text};

/// Reads the bounds of a type; `None` when they are wrong, which is reported.
pub(super) fn read(report: &Report, text: &Text, range: &Range<usize>, ty: &Type) -> Option<Type> {
    let written = text.as_str().get(range.clone()).unwrap_or_default();
    // Empty bounds are pointed at with their parentheses.
    let at = if range.is_empty() { text.at(range.start - 1..range.end + 1) } else { text.at(range.clone()) };
    match bounded(written, ty) {
        Ok(ty) => Some(ty),
        Err(wrong) => {
            wrong.report(report, at);
            None
        }
    }
}

/// What is wrong with bounds.
struct Wrong {
    message: String,
    help: Option<String>,
}

impl Wrong {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    fn report(self, report: &Report, at: Span) {
        report.mistake(at, self.message).help(self.help);
    }
}

fn bounded(written: &str, ty: &Type) -> Result<Type, Wrong> {
    match ty {
        Type::Text(_) => Ok(Type::Text(lengths(written)?)),
        Type::Int(_) => Ok(Type::Int(integers(written)?)),
        Type::Decimal(_) => Ok(Type::Decimal(decimals(written)?)),
        Type::Money => Err(Wrong::new("`Money` has no bounds", "say it in `require` of the command")),
        _ => Err(Wrong::new(
            format!("`{}` has no bounds", spelled(ty)),
            "only `Text`, `Int` and `Decimal` have; make a value with `require`",
        )),
    }
}

/// One end as it is written.
#[derive(Clone, Copy)]
struct End<'a> {
    comparison: &'a str,
    number: &'a str,
}

/// Takes `low..high`, `>low`, `<high` and `low..<high` apart.
fn ends(written: &str) -> Result<(Option<End<'_>>, Option<End<'_>>), Wrong> {
    let written = written.trim();
    if let Some((low, high)) = written.split_once("..") {
        return Ok((end(low, &[">", ">="])?, end(high, &["<", "<="])?));
    }
    if written.starts_with('>') {
        return Ok((end(written, &[">", ">="])?, None));
    }
    if written.starts_with('<') {
        return Ok((None, end(written, &["<", "<="])?));
    }
    if written.is_empty() {
        return Err(Wrong::new(
            "the bounds are empty",
            "write a range, as in `(1..200)`, or leave the parentheses out",
        ));
    }
    Err(Wrong::new(
        format!("`{written}` is not a range"),
        format!(
            "write `(..{written})` for at most, `({written}..)` for at least, `({written}..{written})` for exactly"
        ),
    ))
}

fn end<'a>(written: &'a str, comparisons: &[&str]) -> Result<Option<End<'a>>, Wrong> {
    let written = written.trim();
    let number = written.trim_start_matches(['<', '>', '=']);
    let comparison = written.get(..written.len() - number.len()).unwrap_or_default();
    if written.is_empty() {
        return Ok(None);
    }
    if comparison == "=" {
        return Err(Wrong::new(
            "`..=` is not written here",
            "both ends of a range belong to it anyway: `1..200`",
        ));
    }
    if !comparison.is_empty() && !comparisons.contains(&comparison) {
        let help = format!("here it may be {}", comparisons.map_quoted().join(" or "));
        return Err(Wrong::new(format!("`{comparison}` cannot stand at this end"), help));
    }
    Ok(Some(End { comparison, number: number.trim() }))
}

trait Quoted {
    fn map_quoted(&self) -> Vec<String>;
}

impl Quoted for [&str] {
    fn map_quoted(&self) -> Vec<String> {
        self.iter().map(|it| format!("`{it}`")).collect()
    }
}

fn lengths(written: &str) -> Result<Bounds<u32>, Wrong> {
    let (low, high) = ends(written)?;
    let length = |end: End<'_>| match (end.comparison, end.number.parse::<u32>()) {
        ("", Ok(length)) => Ok(length),
        ("", Err(_)) => Err(Wrong::new(
            format!("`{}` is not a length", end.number),
            "a length is a whole number of characters",
        )),
        _ => Err(Wrong::new("lengths are written as a range", "as in `(1..200)`, both ends included")),
    };
    let bounds = Bounds { min: low.map(length).transpose()?, max: high.map(length).transpose()? };
    ordered(bounds.min, bounds.max)?;
    Ok(bounds)
}

fn integers(written: &str) -> Result<Bounds<i64>, Wrong> {
    let (low, high) = ends(written)?;
    // `>0` and `<10` leave their own end out; among whole numbers that is the next one.
    let integer = |end: End<'_>, step: i64| -> Result<i64, Wrong> {
        let number = end.number.parse::<i64>().map_err(|_| not_a_number(end.number, "whole number"))?;
        let open = matches!(end.comparison, ">" | "<");
        number
            .checked_add(if open { step } else { 0 })
            .ok_or_else(|| not_a_number(end.number, "whole number in reach"))
    };
    let bounds = Bounds {
        min: low.map(|end| integer(end, 1)).transpose()?,
        max: high.map(|end| integer(end, -1)).transpose()?,
    };
    ordered(bounds.min, bounds.max)?;
    Ok(bounds)
}

fn decimals(written: &str) -> Result<DecimalBounds, Wrong> {
    let (low, high) = ends(written)?;
    let decimal = |end: End<'_>| {
        let value = Decimal::from_str(end.number).map_err(|_| not_a_number(end.number, "decimal number"))?;
        Ok(DecimalBound { value, exclusive: matches!(end.comparison, ">" | "<") })
    };
    let bounds = DecimalBounds { min: low.map(decimal).transpose()?, max: high.map(decimal).transpose()? };
    ordered(bounds.min.map(|end| end.value), bounds.max.map(|end| end.value))?;
    if let (Some(min), Some(max)) = (bounds.min, bounds.max)
        && min.value == max.value
        && (min.exclusive || max.exclusive)
    {
        return Err(Wrong::new("nothing lies within these bounds", "leave the end in, or widen the range"));
    }
    Ok(bounds)
}

fn not_a_number(written: &str, what: &str) -> Wrong {
    Wrong { message: format!("`{written}` is not a {what}"), help: None }
}

fn ordered<T: PartialOrd + std::fmt::Display>(min: Option<T>, max: Option<T>) -> Result<(), Wrong> {
    match (min, max) {
        (None, None) => Err(Wrong::new("the range is open at both ends", "leave the parentheses out")),
        (Some(min), Some(max)) if min > max => {
            let message = format!("the lower bound {min} is above the upper bound {max}");
            Err(Wrong { message, help: Some("write the lower one first".to_owned()) })
        }
        _ => Ok(()),
    }
}
