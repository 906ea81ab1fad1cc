//! `#[derive(Value)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result, Type};

use crate::shape;

pub(crate) fn derive_value(input: &DeriveInput) -> Result<TokenStream> {
    match &input.data {
        Data::Enum(_) => words(input),
        _ => newtype(input),
    }
}

/// An enum of words: its text is the name of the variant.
fn words(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let text = name.to_string();
    let variants = shape::variants(input, "Value")?;
    for variant in variants {
        if !matches!(variant.fields, Fields::Unit) {
            let hint =
                "a word carries nothing; for a value with fields write a struct of them and use `Checked`";
            return Err(Error::new_spanned(variant, hint));
        }
    }
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let words: Vec<_> = idents.iter().map(ToString::to_string).collect();
    let expected = format!("expected one of {}", words.join(", "));
    Ok(quote! {
        const _: () = {
            use ::freehold::__private::{schemars, serde};
            use ::std::{fmt, result::Result, str::FromStr};

            impl #name {
                /// Every one, in the order of their definition.
                pub const ALL: &'static [Self] = &[#(Self::#idents),*];

                /// Its word.
                pub const fn as_str(&self) -> &'static str {
                    match self { #(Self::#idents => #words),* }
                }
            }
            impl fmt::Display for #name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
            }
            impl FromStr for #name {
                type Err = ::freehold::Invalid;
                fn from_str(text: &str) -> Result<Self, ::freehold::Invalid> {
                    match text {
                        #(#words => Ok(Self::#idents),)*
                        _ => Err(::freehold::Invalid::because(::freehold::Violation::at("", #expected))),
                    }
                }
            }
            impl serde::Serialize for #name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.as_str())
                }
            }
            impl<'de> serde::Deserialize<'de> for #name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = <::std::string::String as serde::Deserialize>::deserialize(deserializer)?;
                    text.parse().map_err(::freehold::Invalid::into_serde)
                }
            }
            impl schemars::JsonSchema for #name {
                fn schema_name() -> ::std::borrow::Cow<'static, str> { #text.into() }
                fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    schemars::json_schema!({ "type": "string", "enum": [#(#words),*] })
                }
            }
            impl ::freehold::CellValue for #name {
                const KIND: ::freehold::CellKind = ::freehold::CellKind::Text;
                fn to_cell(&self) -> ::freehold::Cell { ::freehold::Cell::Text(self.as_str().to_owned()) }
                fn from_cell(cell: ::freehold::Cell) -> Result<Self, ::freehold::CellError> {
                    let text = <::std::string::String as ::freehold::CellValue>::from_cell(cell)?;
                    text.parse().map_err(|_| ::freehold::CellError::new(#expected))
                }
            }
        };
    })
}

/// A checked newtype.
fn newtype(input: &DeriveInput) -> Result<TokenStream> {
    let hint = "`Value` is for a tuple struct over one type or for an enum of words; for several fields use `Checked`";
    let inner = shape::newtype(input, hint)?;
    let name = &input.ident;
    let mut own_rules = false;
    shape::read(&input.attrs, "value", |meta| {
        if !meta.path.is_ident("rules") {
            return Err(shape::unknown(&meta, "`rules`"));
        }
        own_rules = true;
        Ok(())
    })?;
    let rules = if own_rules { TokenStream::new() } else { quote!(impl ::freehold::Rules for #name {}) };
    let forms = forms(name, inner);
    Ok(quote! {
        const _: () = {
            use ::freehold::__private::serde;
            use ::std::{fmt, ops::Deref, result::Result};

            #rules
            #forms
        };
    })
}

fn forms(name: &syn::Ident, inner: &Type) -> TokenStream {
    quote! {
        impl #name {
            /// The value, if it may be one.
            pub fn new(value: impl Into<#inner>) -> Result<Self, ::freehold::Invalid> {
                let value = Self(value.into());
                ::freehold::Rules::check(&value).map(|()| value)
            }

            /// What it holds.
            pub fn into_inner(self) -> #inner { self.0 }
        }
        impl Deref for #name {
            type Target = #inner;
            fn deref(&self) -> &#inner { &self.0 }
        }
        impl fmt::Display for #name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
        }
        impl serde::Serialize for #name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.0, serializer)
            }
        }
        impl<'de> serde::Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <#inner as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(value).map_err(::freehold::Invalid::into_serde)
            }
        }
        impl ::freehold::CellValue for #name {
            const KIND: ::freehold::CellKind = <#inner as ::freehold::CellValue>::KIND;
            fn to_cell(&self) -> ::freehold::Cell { ::freehold::CellValue::to_cell(&self.0) }
            fn from_cell(cell: ::freehold::Cell) -> Result<Self, ::freehold::CellError> {
                let value = <#inner as ::freehold::CellValue>::from_cell(cell)?;
                Self::new(value).map_err(|_| ::freehold::CellError::new("a cell holds a value that is refused"))
            }
        }
    }
}
