//! Parameters as serde reads them. What stands behind a dot belongs to the field before it: `booked_at.from` is the field
//! `from` of the field `booked_at`. A parameter that comes several times is a list.

mod values;

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
    /// Fields of its own.
    Parts(Form),
}

impl Form {
    pub(super) fn new(pairs: &[Pair]) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            form.add(name, value);
        }
        form
    }

    fn add(&mut self, name: &str, value: &str) {
        let (field, rest) = name.split_once('.').map_or((name, None), |(field, rest)| (field, Some(rest)));
        let index = self.0.iter().position(|(known, _)| known == field).unwrap_or_else(|| {
            let given = rest.map_or_else(|| Given::Values(String::new()), |_| Given::Parts(Self::default()));
            self.0.push((field.to_owned(), given));
            self.0.len() - 1
        });
        match (&mut self.0[index].1, rest) {
            (Given::Values(values), None) => {
                *values =
                    form_urlencoded::Serializer::new(std::mem::take(values)).append_pair("", value).finish();
            }
            (Given::Parts(parts), rest) => parts.add(rest.unwrap_or_default(), value),
            // A field with a value has no parts: what there is of them are unknown fields.
            (Given::Values(_), Some(_)) => self.0.push((name.to_owned(), Given::Values("=".to_owned()))),
        }
    }
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
