//! Parameters as serde reads them. What stands behind a dot belongs to the field before it: `booked_at.from` is the field
//! `from` of the field `booked_at`. A parameter that comes several times is a list.

mod values;

use std::collections::HashMap;

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, MapAccess, Visitor,
        value::{Error, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use self::values::Values;
use super::parameters::Pair;

/// Fields by their names, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, Given)>);

/// What is given for a field.
#[derive(Debug)]
enum Given {
    /// Values, in the encoding of a form without names, which the library reads.
    Values(String),
    /// Fields of its own, which have none.
    Parts(Form),
}

impl Form {
    pub(super) fn new(pairs: &[Pair]) -> Self {
        let mut form = Self::default();
        for (field, given) in grouped(pairs.iter().map(field_and_part)) {
            form.add(field, &given);
        }
        form
    }

    fn add(&mut self, field: &str, given: &[(Option<&str>, &str)]) {
        let parts = given.iter().filter_map(|(part, value)| Some(((*part)?, *value)));
        let values: Vec<&str> =
            given.iter().filter(|(part, _)| part.is_none()).map(|(_, value)| *value).collect();
        if values.is_empty() {
            let parts = grouped(parts).into_iter();
            let parts = parts.map(|(part, given)| (part.to_owned(), Given::Values(encoded(&given))));
            return self.0.push((field.to_owned(), Given::Parts(Self(parts.collect()))));
        }
        self.0.push((field.to_owned(), Given::Values(encoded(&values))));
        // A field with a value has no parts: what there is of them are unknown fields.
        let unknown =
            parts.map(|(part, value)| (format!("{field}.{part}"), Given::Values(encoded(&[value]))));
        self.0.extend(unknown);
    }
}

fn field_and_part((name, value): &Pair) -> (&str, (Option<&str>, &str)) {
    match name.split_once('.') {
        Some((field, part)) => (field, (Some(part), value)),
        None => (name, (None, value)),
    }
}

/// What came under each name, in the order of their first.
fn grouped<'n, T>(pairs: impl Iterator<Item = (&'n str, T)>) -> Vec<(&'n str, Vec<T>)> {
    let mut groups: Vec<(&str, Vec<T>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, one) in pairs {
        let place = *places.entry(name).or_insert(groups.len());
        if place == groups.len() {
            groups.push((name, Vec::new()));
        }
        groups[place].1.push(one);
    }
    groups
}

fn encoded(values: &[&str]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(values.iter().map(|value| ("", value))).finish()
}

impl<'de> Deserializer<'de> for &'de Form {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { left: &self.0, given: None })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// The fields that are left to read.
struct Fields<'de> {
    left: &'de [(String, Given)],
    given: Option<&'de Given>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(((name, given), left)) = self.left.split_first() else { return Ok(None) };
        (self.left, self.given) = (left, Some(given));
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.given.take() {
            Some(Given::Parts(parts)) => seed.deserialize(parts),
            Some(Given::Values(values)) => Values::read(values, seed),
            None => Err(serde::de::Error::custom("there is no value before a name")),
        }
    }
}
