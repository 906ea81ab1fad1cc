//! `#[derive(Query)]`

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Ident, Result};

use crate::shape;

pub(crate) fn derive_query(input: &DeriveInput) -> Result<TokenStream> {
    shape::named(input, "Query")?;
    let (mut name, mut roles, mut answer, mut changes) = (None, Vec::new(), None, false);
    shape::read(&input.attrs, "query", |meta| {
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("one") => {
                let row = shape::path(&meta)?;
                answer = Some(quote!(::std::option::Option<::freehold::Stored<#row>>));
            }
            Some(page @ ("page" | "counted_page" | "offset_page")) => {
                let (row, page) = (shape::path(&meta)?, page_type(page));
                answer = Some(quote!(::freehold::#page<#row>));
            }
            Some("changes") => changes = true,
            Some("name") => name = Some(shape::text(&meta)?),
            Some("roles") => roles = shape::texts(&meta)?,
            _ => {
                return Err(shape::unknown(
                    &meta,
                    "`one`, `page`, `counted_page`, `offset_page`, `changes`, `roles` and `name`",
                ));
            }
        }
        Ok(())
    })?;
    let answer = answer
        .ok_or_else(|| shape::missing(&input.ident, "`#[query(one = Row)]` or `#[query(page = Row)]`"))?;
    let (ident, name) = (&input.ident, shape::stable_name(name, &input.ident));
    Ok(quote! {
        impl ::freehold::Query for #ident {
            const NAME: &'static str = #name;
            const ROLES: &'static [&'static str] = &[#(#roles),*];
            const CHANGES: bool = #changes;
            type Answer = #answer;
        }
    })
}

fn page_type(word: &str) -> Ident {
    let name = match word {
        "counted_page" => "CountedPage",
        "offset_page" => "OffsetPage",
        _ => "Page",
    };
    Ident::new(name, Span::call_site())
}
