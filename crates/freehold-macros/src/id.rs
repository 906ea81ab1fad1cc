//! `#[derive(Id)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::shape;

pub(crate) fn derive_id(input: &DeriveInput) -> Result<TokenStream> {
    shape::newtype(input, "an id is a tuple struct over a UUID: `pub struct ShipmentId(Uuid);`")?;
    let name = &input.ident;
    let text = name.to_string();
    Ok(quote! {
        const _: () = {
            use ::freehold::__private::{Uuid, schemars, serde};
            use ::std::{clone::Clone, cmp, fmt, hash, marker::Copy, result::Result, str::FromStr};

            impl Copy for #name {}
            #[automatically_derived]
            impl Clone for #name {
                fn clone(&self) -> Self { *self }
            }
            impl PartialEq for #name {
                fn eq(&self, other: &Self) -> bool { self.0 == other.0 }
            }
            impl Eq for #name {}
            impl PartialOrd for #name {
                fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> { Some(self.cmp(other)) }
            }
            impl Ord for #name {
                fn cmp(&self, other: &Self) -> cmp::Ordering { self.0.cmp(&other.0) }
            }
            impl hash::Hash for #name {
                fn hash<H: hash::Hasher>(&self, state: &mut H) { self.0.hash(state) }
            }
            impl fmt::Debug for #name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}({})", #text, self.0) }
            }
            impl fmt::Display for #name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
            }
            impl FromStr for #name {
                type Err = <Uuid as FromStr>::Err;
                fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
            }
            impl serde::Serialize for #name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serde::Serialize::serialize(&self.0, serializer)
                }
            }
            impl<'de> serde::Deserialize<'de> for #name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    <Uuid as serde::Deserialize>::deserialize(deserializer).map(Self)
                }
            }
            impl schemars::JsonSchema for #name {
                fn inline_schema() -> bool { true }
                fn schema_name() -> ::std::borrow::Cow<'static, str> { #text.into() }
                fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    <Uuid as schemars::JsonSchema>::json_schema(generator)
                }
            }
            impl ::freehold::Id for #name {
                fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
                fn as_uuid(&self) -> Uuid { self.0 }
            }
            impl ::freehold::CellValue for #name {
                const KIND: ::freehold::CellKind = ::freehold::CellKind::Uuid;
                fn to_cell(&self) -> ::freehold::Cell { ::freehold::CellValue::to_cell(&self.0) }
                fn from_cell(cell: ::freehold::Cell) -> Result<Self, ::freehold::CellError> {
                    <Uuid as ::freehold::CellValue>::from_cell(cell).map(Self)
                }
            }
        };
    })
}
