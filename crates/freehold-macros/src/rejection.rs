//! `#[derive(Rejection)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::shape;

pub(crate) fn derive_rejection(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let idents: Vec<_> = shape::variants(input, "Rejection")?.iter().map(|variant| &variant.ident).collect();
    let names: Vec<_> = idents.iter().map(ToString::to_string).collect();
    Ok(quote! {
        impl ::freehold::Rejection for #name {
            const NAMES: &'static [&'static str] = &[#(#names),*];
            fn name(&self) -> &'static str {
                match *self { #(Self::#idents { .. } => #names),* }
            }
        }
    })
}
