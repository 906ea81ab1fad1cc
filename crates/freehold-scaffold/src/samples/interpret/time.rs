//! Methods and arithmetic of days, moments and lengths of time. Days are days in UTC.

use super::super::sample::Sample;
use super::method::Call;
use super::operator::{Arithmetic, OVERFLOW, whole};
use super::scope::{Failure, Scope};
use super::value::{SpanValue, Value};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

type Outcome = Result<Value, Failure>;

pub(super) fn call(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    if let Some(span) = span(receiver, call) {
        return Some(span);
    }
    let Value::Sample(sample) = receiver else {
        return None;
    };
    match sample.bare() {
        Sample::Timestamp(it) => of_timestamp(*it, call, scope),
        Sample::Duration(it) => of_duration(*it, call),
        Sample::Date(it) => of_date(*it, call, scope),
        _ => None,
    }
}

/// `3.days()`
fn span(receiver: &Value, call: &Call<'_>) -> Option<Outcome> {
    let count = i64::try_from(whole(receiver)?).ok()?;
    let span = Span::new();
    let span = match call.name.as_str() {
        "second" | "seconds" => span.try_seconds(count),
        "minute" | "minutes" => span.try_minutes(count),
        "hour" | "hours" => span.try_hours(count),
        "day" | "days" => span.try_days(count),
        "week" | "weeks" => span.try_weeks(count),
        "month" | "months" => span.try_months(count),
        "year" | "years" => span.try_years(count),
        _ => return None,
    };
    Some(span.map(|it| Value::Span(SpanValue(it))).map_err(|_| OVERFLOW))
}

fn of_timestamp(it: Timestamp, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    let zoned = || it.to_zoned(TimeZone::UTC);
    match (call.name.as_str(), call.args.len()) {
        ("duration_since", 1) => Some(call.arg(0, scope).and_then(|other| match other {
            Value::Sample(Sample::Timestamp(other)) => Ok(duration(it.duration_since(other))),
            _ => Err(call.unknown()),
        })),
        ("duration_until", 1) => Some(call.arg(0, scope).and_then(|other| match other {
            Value::Sample(Sample::Timestamp(other)) => Ok(duration(it.duration_until(other))),
            _ => Err(call.unknown()),
        })),
        ("as_second", 0) => Some(Ok(Value::int(it.as_second()))),
        ("as_millisecond", 0) => Some(Ok(Value::int(it.as_millisecond()))),
        ("to_zoned", 1) if utc(call) => Some(Ok(Value::Sample(Sample::Timestamp(it)))),
        ("date", 0) => Some(Ok(Value::Sample(Sample::Date(zoned().date())))),
        ("hour", 0) => Some(Ok(Value::int(zoned().hour().into()))),
        ("minute", 0) => Some(Ok(Value::int(zoned().minute().into()))),
        ("year" | "month" | "day", 0) => of_date(zoned().date(), call, scope),
        _ => None,
    }
}

fn utc(call: &Call<'_>) -> bool {
    matches!(call.args.first(), Some(syn::Expr::Path(it)) if super::path::last(&it.path) == "UTC")
}

fn of_duration(it: SignedDuration, call: &Call<'_>) -> Option<Outcome> {
    if !call.args.is_empty() {
        return None;
    }
    Some(Ok(match call.name.as_str() {
        "as_secs" => Value::int(it.as_secs()),
        "as_mins" => Value::int(it.as_mins()),
        "as_hours" => Value::int(it.as_hours()),
        "as_millis" => {
            return Some(i64::try_from(it.as_millis()).map(Value::int).map_err(|_| OVERFLOW));
        }
        "is_zero" => Value::bool(it.is_zero()),
        "is_positive" => Value::bool(it.is_positive()),
        "is_negative" => Value::bool(it.is_negative()),
        "abs" => {
            return Some(if it == SignedDuration::MIN { Err(OVERFLOW) } else { Ok(duration(it.abs())) });
        }
        _ => return None,
    }))
}

fn of_date(it: Date, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    let day =
        |it: Result<Date, jiff::Error>| it.map(|it| Value::Sample(Sample::Date(it))).map_err(|_| OVERFLOW);
    match (call.name.as_str(), call.args.len()) {
        ("year", 0) => Some(Ok(Value::int(it.year().into()))),
        ("month", 0) => Some(Ok(Value::int(it.month().into()))),
        ("day", 0) => Some(Ok(Value::int(it.day().into()))),
        ("tomorrow", 0) => Some(day(it.tomorrow())),
        ("yesterday", 0) => Some(day(it.yesterday())),
        ("first_of_month", 0) => Some(Ok(Value::Sample(Sample::Date(it.first_of_month())))),
        ("last_of_month", 0) => Some(Ok(Value::Sample(Sample::Date(it.last_of_month())))),
        ("duration_since", 1) => Some(call.arg(0, scope).and_then(|other| match other {
            Value::Sample(Sample::Date(other)) => Ok(duration(it.duration_since(other))),
            _ => Err(call.unknown()),
        })),
        ("duration_until", 1) => Some(call.arg(0, scope).and_then(|other| match other {
            Value::Sample(Sample::Date(other)) => Ok(duration(it.duration_until(other))),
            _ => Err(call.unknown()),
        })),
        _ => None,
    }
}

/// Sums and differences of moments, days and lengths.
pub(super) fn arithmetic(op: Arithmetic, left: &Value, right: &Value) -> Outcome {
    let result = match (left, right) {
        (Value::Sample(a), Value::Sample(b)) => of_samples(op, a.bare(), b.bare()),
        (Value::Sample(a), Value::Span(SpanValue(span))) => of_span(op, a.bare(), *span),
        (Value::Sample(a), Value::Size(_)) => scaled(op, a.bare(), right),
        _ => None,
    };
    result.unwrap_or_else(|| Err(Failure::unsupported("arithmetic of these types")))
}

fn of_samples(op: Arithmetic, left: &Sample, right: &Sample) -> Option<Outcome> {
    Some(match (op, left, right) {
        (Arithmetic::Sub, Sample::Timestamp(a), Sample::Timestamp(b)) => Ok(duration(a.duration_since(*b))),
        (Arithmetic::Sub, Sample::Date(a), Sample::Date(b)) => Ok(duration(a.duration_since(*b))),
        (Arithmetic::Add, Sample::Timestamp(a), Sample::Duration(b)) => moment(a.checked_add(*b)),
        (Arithmetic::Sub, Sample::Timestamp(a), Sample::Duration(b)) => moment(a.checked_sub(*b)),
        (Arithmetic::Add, Sample::Date(a), Sample::Duration(b)) => day(a.checked_add(*b)),
        (Arithmetic::Sub, Sample::Date(a), Sample::Duration(b)) => day(a.checked_sub(*b)),
        (Arithmetic::Add, Sample::Duration(a), Sample::Duration(b)) => length(a.checked_add(*b)),
        (Arithmetic::Sub, Sample::Duration(a), Sample::Duration(b)) => length(a.checked_sub(*b)),
        (_, Sample::Duration(_), Sample::Int(by)) => return scaled(op, left, &Value::int(*by)),
        _ => return None,
    })
}

fn of_span(op: Arithmetic, left: &Sample, span: Span) -> Option<Outcome> {
    Some(match (op, left) {
        (Arithmetic::Add, Sample::Timestamp(a)) => moment(a.checked_add(span)),
        (Arithmetic::Sub, Sample::Timestamp(a)) => moment(a.checked_sub(span)),
        (Arithmetic::Add, Sample::Date(a)) => day(a.checked_add(span)),
        (Arithmetic::Sub, Sample::Date(a)) => day(a.checked_sub(span)),
        _ => return None,
    })
}

fn scaled(op: Arithmetic, left: &Sample, by: &Value) -> Option<Outcome> {
    let Sample::Duration(it) = left else {
        return None;
    };
    let by = i32::try_from(whole(by)?).ok()?;
    match op {
        Arithmetic::Mul => Some(length(it.checked_mul(by))),
        Arithmetic::Div => Some(length(it.checked_div(by))),
        _ => None,
    }
}

fn duration(it: SignedDuration) -> Value {
    Value::Sample(Sample::Duration(it))
}

fn length(it: Option<SignedDuration>) -> Outcome {
    it.map(duration).ok_or(OVERFLOW)
}

fn moment(it: Result<Timestamp, jiff::Error>) -> Outcome {
    it.map(|it| Value::Sample(Sample::Timestamp(it))).map_err(|_| OVERFLOW)
}

fn day(it: Result<Date, jiff::Error>) -> Outcome {
    it.map(|it| Value::Sample(Sample::Date(it))).map_err(|_| OVERFLOW)
}
