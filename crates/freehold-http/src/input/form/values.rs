//! The values of one parameter, read by the library. It takes one value for a list, and not for a list that may be left
//! out; here it does both.

use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor, value::Error},
};

/// Values in the encoding of a form whose names are empty.
#[derive(Clone, Copy)]
pub(super) struct Values<'de>(&'de str);

impl<'de> Values<'de> {
    /// Reads them with a seed.
    pub(super) fn read<S: DeserializeSeed<'de>>(values: &'de str, seed: S) -> Result<S::Value, Error> {
        Self(values).with(Seed(seed, values))
    }

    /// Hands over what the library has for them.
    fn with<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        serde_html_form::Deserializer::from_bytes(self.0.as_bytes()).deserialize_map(First(seed))
    }
}

/// Reads the values of the first name.
struct First<S>(S);

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for First<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<S::Value, A::Error> {
        map.next_key::<IgnoredAny>()?;
        map.next_value_seed(self.0)
    }
}

/// Reads what the library has, and again from the start what may be left out.
struct Seed<'de, S>(S, &'de str);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Seed<'de, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, library: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Read { library, values: self.1 })
    }
}

struct Read<'de, D> {
    library: D,
    values: &'de str,
}

macro_rules! as_the_library {
    ($($method:ident($($argument:ident: $type:ty),*))+) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.library.$method($($argument,)* visitor)
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Read<'de, D> {
    type Error = D::Error;

    /// The library says whether there is anything, and forgets then that there may be several.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.library.deserialize_option(Present { visitor, values: self.values })
    }

    as_the_library! {
        deserialize_any()
        deserialize_bool()
        deserialize_i8()
        deserialize_i16()
        deserialize_i32()
        deserialize_i64()
        deserialize_i128()
        deserialize_u8()
        deserialize_u16()
        deserialize_u32()
        deserialize_u64()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_str()
        deserialize_string()
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}

struct Present<'de, V> {
    visitor: V,
    values: &'de str,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Present<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, _: D) -> Result<V::Value, D::Error> {
        Values(self.values).with(There(self.visitor)).map_err(serde::de::Error::custom)
    }
}

/// Something is there, whatever the library makes of it.
struct There<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for There<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, library: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(library)
    }
}
