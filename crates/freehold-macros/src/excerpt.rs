//! `#[derive(Excerpt)]`

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Field, Ident, Path, Result, ext::IdentExt, spanned::Spanned};

use crate::shape;

pub(crate) fn derive_excerpt(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let fields: Vec<&Field> = shape::named(input, "Excerpt")?.named.iter().collect();
    let row = row(input)?;
    let names: Vec<&Ident> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
    let columns = names.iter().map(|name| {
        let constant = constant(name);
        quote!(<#row>::#constant.index())
    });
    let reads = fields.iter().map(|field| {
        let ty = &field.ty;
        quote_spanned!(ty.span()=> <#ty as CellValue>::from_cell(next()?)?)
    });
    let checks = fields.iter().zip(&names).map(|(field, name)| check(&row, field, name));
    Ok(quote! {
        const _: () = {
            use ::freehold::{Cell, CellError, CellValue};
            use ::std::{result::Result, vec::Vec};

            #(#checks)*

            impl ::freehold::Excerpt for #ident {
                type Row = #row;
                fn columns() -> Vec<usize> {
                    ::std::vec![#(#columns),*]
                }
                fn read(cells: Vec<Cell>) -> Result<Self, CellError> {
                    let mut cells = cells.into_iter();
                    let mut next = || cells.next().ok_or_else(|| CellError::new("a row has too few cells"));
                    Ok(Self { #(#names: #reads),* })
                }
            }
        };
    })
}

/// The type is that of the column, and absent where that may be.
fn check(row: &Path, field: &Field, name: &Ident) -> TokenStream {
    let (ty, constant) = (&field.ty, constant(name));
    let present = shape::present(ty);
    let column = quote_spanned!(present.span()=> const COLUMN: ::freehold::Column<#row, #present> = <#row>::#constant;);
    let message = format!("`{}` may be absent here and not in the row, or there and not here", name.unraw());
    let fits = quote_spanned!(ty.span()=> ::std::assert!(column.nullable == <#ty as CellValue>::NULLABLE, #message););
    quote! {
        const _: () = {
            #column
            let column = &<#row as ::freehold::Row>::SCHEMA.columns[COLUMN.index()];
            #fits
        };
    }
}

/// The constant that the derive of `Row` has made for the column, told at the name of the field.
fn constant(name: &Ident) -> Ident {
    format_ident!("{}", name.unraw().to_string().to_uppercase(), span = name.span())
}

fn row(input: &DeriveInput) -> Result<Path> {
    let mut row = None;
    shape::read(&input.attrs, "excerpt", |meta| {
        if !meta.path.is_ident("of") {
            return Err(shape::unknown(&meta, "`of`"));
        }
        row = Some(shape::path(&meta)?);
        Ok(())
    })?;
    row.ok_or_else(|| shape::missing(&input.ident, "`#[excerpt(of = Row)]`"))
}
