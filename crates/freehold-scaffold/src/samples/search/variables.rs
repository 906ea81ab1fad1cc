//! The places in a set of records that a search may change, each with the values that it tries.

use super::super::check;
use super::super::interpret::Sight;
use super::super::sample::{Fields, Sample, field as named};
use super::super::world::World;
use super::candidates::candidates;
use super::leads::Leads;
use freehold_model::{DecimalBounds, Field, Type};
use jiff::SignedDuration;
use rust_decimal::Decimal;
use std::rc::Rc;

/// Records side by side: the commands of a history and the command that is looked at.
/// Cheap to clone, because a search does little else.
pub(in super::super) type Records = Vec<Rc<Fields>>;

/// A place in the records.
#[derive(Clone, Debug)]
pub(in super::super) struct Variable {
    record: usize,
    /// The field, then the fields within it.
    path: Vec<String>,
    /// What the place holds.
    field: Field,
    /// The outermost field, whose rules a change further in must keep.
    root: Field,
    candidates: Vec<Sample>,
}

/// The places in one record that `leads` are about, outermost first.
pub(in super::super) fn variables(
    world: &World,
    record: usize,
    fields: &[Field],
    leads: &Leads,
    n: usize,
) -> Vec<Variable> {
    let mut found = Vec::new();
    for field in fields {
        let place = Place { record, path: Vec::new(), root: field };
        collect(world, &place, field, leads, n, &mut found);
    }
    found
}

struct Place<'f> {
    record: usize,
    path: Vec<String>,
    root: &'f Field,
}

fn collect(
    world: &World,
    place: &Place<'_>,
    field: &Field,
    leads: &Leads,
    n: usize,
    found: &mut Vec<Variable>,
) {
    let parts = parts(world, field);
    let mut path = place.path.clone();
    path.push(field.name.clone());
    if leads.names.contains(&field.name) {
        found.push(Variable {
            record: place.record,
            path: path.clone(),
            field: field.clone(),
            root: place.root.clone(),
            candidates: candidates(world, field, leads, n),
        });
    }
    let inner = Place { record: place.record, path, root: place.root };
    for part in parts {
        collect(world, &inner, &part, leads, n, found);
    }
}

/// The fields within a field; money counts as two.
fn parts(world: &World, field: &Field) -> Vec<Field> {
    match &field.ty {
        _ if field.list => Vec::new(),
        Type::Money => {
            vec![bare("amount", Type::Decimal(DecimalBounds::default())), bare("currency", Type::Currency)]
        }
        Type::Value(name) => world.parts(name).unwrap_or_default().to_vec(),
        _ => Vec::new(),
    }
}

/// A required field without anything else to it.
pub(in super::super) fn bare(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_owned(),
        ty,
        optional: false,
        list: false,
        default: None,
        unique: false,
        personal: false,
        secret: false,
        index: false,
    }
}

impl Variable {
    /// What stands there now.
    pub(super) fn current(&self, records: &Records) -> Option<Sample> {
        let (first, rest) = self.path.split_first()?;
        let outermost = named(records.get(self.record)?, first)?.clone();
        rest.iter().try_fold(outermost, |sample, name| match sample {
            Sample::Composite { fields, .. } => named(&fields, name).cloned(),
            Sample::Money { amount, .. } if name == "amount" => Some(Sample::Decimal(amount)),
            Sample::Money { currency, .. } if name == "currency" => Some(Sample::Currency(currency)),
            _ => None,
        })
    }

    /// The records with another value in this place; `None` where the place is not there or must not hold it.
    pub(super) fn changed(&self, world: &World, records: &Records, sample: &Sample) -> Option<Records> {
        let mut records = records.clone();
        let (first, rest) = self.path.split_first()?;
        let record = Rc::make_mut(records.get_mut(self.record)?);
        let (_, outermost) = record.iter_mut().find(|(name, _)| name == first)?;
        put(outermost, rest, sample)?;
        let valid = rest.is_empty() || check::field(world, &self.root, outermost).is_ok();
        valid.then_some(records)
    }

    /// What to try, given what comparisons have just seen and what stands elsewhere.
    pub(super) fn moves(
        &self,
        world: &World,
        sights: &[Sight],
        elsewhere: &[Sample],
        current: &Sample,
    ) -> Vec<Sample> {
        let mut moves: Vec<Sample> = elsewhere.to_vec();
        moves.extend(sights.iter().flat_map(|sight| self.after(sight, current)));
        moves.retain(|it| check::field(world, &self.field, it).is_ok());
        moves.extend(self.candidates.iter().cloned());
        let mut distinct = Vec::with_capacity(moves.len());
        for it in moves {
            if it != *current && !distinct.contains(&it) {
                distinct.push(it);
            }
        }
        distinct
    }

    fn after(&self, sight: &Sight, current: &Sample) -> Vec<Sample> {
        match sight {
            Sight::Equal(sample) => vec![self.dressed(sample)],
            Sight::Number(gap) => numbers(current, *gap),
            Sight::Time(gap) => times(current, *gap),
        }
    }

    /// A value in the type of this place: a text becomes an address, an inner value a newtype.
    fn dressed(&self, sample: &Sample) -> Sample {
        match (&self.field.ty, sample) {
            (Type::Email, Sample::Text(it)) => Sample::Email(it.clone()),
            (Type::Url, Sample::Text(it)) => Sample::Url(it.clone()),
            (Type::Phone, Sample::Text(it)) => Sample::Phone(it.clone()),
            (Type::Currency, Sample::Text(it)) => Sample::Currency(it.clone()),
            (Type::Country, Sample::Text(it)) => Sample::Country(it.clone()),
            (Type::Text(_), other) if !matches!(other, Sample::Text(_)) => {
                super::super::interpret::text_of(other).map_or(Sample::Null, |it| Sample::Text(it.to_owned()))
            }
            (Type::Value(name), other)
                if !matches!(other, Sample::Newtype { .. } | Sample::Composite { .. }) =>
            {
                Sample::Newtype { value: name.clone(), inner: Box::new(other.clone()) }
            }
            (_, other) => other.clone(),
        }
    }
}

fn put(target: &mut Sample, path: &[String], sample: &Sample) -> Option<()> {
    let Some((first, rest)) = path.split_first() else {
        *target = sample.clone();
        return Some(());
    };
    match (target, sample) {
        (Sample::Composite { fields, .. }, _) => {
            let (_, inner) = fields.iter_mut().find(|(name, _)| name == first)?;
            put(inner, rest, sample)
        }
        (Sample::Money { amount, .. }, Sample::Decimal(it)) if first == "amount" => {
            let mut it = it.normalize();
            // Cents at least, and no currency of the samples has more.
            if it.scale() > 2 {
                return None;
            }
            it.rescale(2);
            *amount = it;
            Some(())
        }
        (Sample::Money { currency, .. }, Sample::Currency(it)) if first == "currency" => {
            currency.clone_from(it);
            Some(())
        }
        _ => None,
    }
}

/// A number moved by the gap, exactly and by a little more.
fn numbers(current: &Sample, gap: Decimal) -> Vec<Sample> {
    let steps = [Decimal::ZERO, Decimal::ONE, Decimal::NEGATIVE_ONE];
    let gaps =
        [gap, -gap].into_iter().flat_map(|gap| steps.iter().filter_map(move |step| gap.checked_add(*step)));
    match current.bare() {
        Sample::Decimal(it) => gaps
            .filter_map(|gap| it.checked_add(gap))
            .map(|it| Sample::Decimal(it.normalize()))
            .map(rewrap(current))
            .collect(),
        Sample::Int(it) => gaps
            .filter(Decimal::is_integer)
            .filter_map(|gap| it.checked_add(i64::try_from(gap).ok()?))
            .map(Sample::Int)
            .map(rewrap(current))
            .collect(),
        _ => Vec::new(),
    }
}

fn times(current: &Sample, gap: SignedDuration) -> Vec<Sample> {
    let unit = match current.bare() {
        Sample::Date(_) => SignedDuration::from_hours(24),
        _ => SignedDuration::from_secs(1),
    };
    let both = [Some(gap), gap.checked_neg()].into_iter().flatten();
    let near = both.flat_map(|gap| [Some(gap), gap.checked_add(unit), gap.checked_sub(unit)]).flatten();
    let moved = near.filter_map(|gap| match current.bare() {
        Sample::Timestamp(it) => it.checked_add(gap).ok().map(Sample::Timestamp),
        Sample::Date(it) => it.checked_add(gap).ok().map(Sample::Date),
        Sample::Duration(it) => it.checked_add(gap).map(Sample::Duration),
        _ => None,
    });
    moved.map(rewrap(current)).collect()
}

/// Puts a new inner value into the newtype that the old one was in.
fn rewrap(current: &Sample) -> impl Fn(Sample) -> Sample + use<'_> {
    move |inner| match current {
        Sample::Newtype { value, .. } => Sample::Newtype { value: value.clone(), inner: Box::new(inner) },
        _ => inner,
    }
}
