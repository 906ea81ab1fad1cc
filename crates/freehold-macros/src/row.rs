//! `#[derive(Row)]`

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Field, Ident, LitInt, LitStr, Result, Type, ext::IdentExt, spanned::Spanned};

use crate::shape;

/// What `#[row(..)]` on the struct says.
struct Table {
    name: LitStr,
    table: LitStr,
    version: u32,
}

pub(crate) fn derive_row(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let fields: Vec<&Field> = shape::named(input, "Row")?.named.iter().collect();
    let Table { name, table, version } = table(input)?;
    let key = key(input, &fields)?;
    let key_types: Vec<_> = key.iter().map(|&index| &fields[index].ty).collect();
    let key_names: Vec<_> = key.iter().map(|&index| &fields[index].ident).collect();
    let names: Vec<&Ident> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let texts: Vec<_> = names.iter().map(|name| name.unraw().to_string()).collect();
    let (key_type, key_value) = match (key_types.as_slice(), key_names.as_slice()) {
        ([ty], [name]) => (quote!(#ty), quote!(self.#name.clone())),
        _ => (quote!((#(#key_types),*)), quote!((#(self.#key_names.clone()),*))),
    };
    let definitions = texts.iter().zip(&types).map(|(name, ty)| {
        quote_spanned!(ty.span()=> ColumnDef {
            name: #name,
            kind: <#ty as CellValue>::KIND,
            nullable: <#ty as CellValue>::NULLABLE,
        })
    });
    let (writes, reads): (Vec<_>, Vec<_>) =
        names.iter().zip(&types).map(|(name, ty)| convert(name, ty)).unzip();
    let columns = names.iter().zip(&types).enumerate().map(|(index, (name, ty))| column(index, name, ty));
    Ok(quote! {
        impl #ident {
            #(#columns)*
        }
        const _: () = {
            use ::freehold::{Cell, CellError, CellValue, ColumnDef, Schema};
            use ::std::{result::Result, vec::Vec};

            impl ::freehold::Row for #ident {
                type Key = #key_type;
                const SCHEMA: &'static Schema = &Schema {
                    view: #name,
                    version: #version,
                    table: #table,
                    columns: &[#(#definitions),*],
                    key: &[#(#key),*],
                };
                fn key_of(&self) -> Self::Key { #key_value }
                fn to_cells(&self) -> Vec<Cell> {
                    ::std::vec![#(#writes),*]
                }
                fn from_cells(cells: Vec<Cell>) -> Result<Self, CellError> {
                    let mut cells = cells.into_iter();
                    let mut next = || cells.next().ok_or_else(|| CellError::new("a row has too few cells"));
                    Ok(Self { #(#names: #reads),* })
                }
            }
        };
    })
}

fn table(input: &DeriveInput) -> Result<Table> {
    let (mut name, mut table, mut version) = (None, None, 1);
    shape::read(&input.attrs, "row", |meta| {
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("name") => name = Some(shape::text(&meta)?),
            Some("table") => table = Some(shape::text(&meta)?),
            Some("version") => version = meta.value()?.parse::<LitInt>()?.base10_parse()?,
            _ => return Err(shape::unknown(&meta, "`name`, `table` and `version`")),
        }
        Ok(())
    })?;
    let missing = || shape::missing(&input.ident, r#"`#[row(name = "context.View", table = "..")]`"#);
    Ok(Table { name: name.ok_or_else(missing)?, table: table.ok_or_else(missing)?, version })
}

fn key(input: &DeriveInput, fields: &[&Field]) -> Result<Vec<usize>> {
    let mut key = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        shape::read(&field.attrs, "row", |meta| {
            if !meta.path.is_ident("key") {
                return Err(shape::unknown(&meta, "`key`"));
            }
            key.push(index);
            Ok(())
        })?;
    }
    if key.is_empty() { Err(shape::missing(&input.ident, "`#[row(key)]` on a field")) } else { Ok(key) }
}

/// How a field becomes a cell and is read from one, told at its type if that is no column.
fn convert(name: &Ident, ty: &Type) -> (TokenStream, TokenStream) {
    (
        quote_spanned!(ty.span()=> CellValue::to_cell(&self.#name)),
        quote_spanned!(ty.span()=> <#ty as CellValue>::from_cell(next()?)?),
    )
}

/// The constant that names a column in queries.
fn column(index: usize, name: &Ident, ty: &Type) -> TokenStream {
    let constant = format_ident!("{}", name.unraw().to_string().to_uppercase());
    let doc = format!("The column `{}`.", name.unraw());
    let value = shape::present(ty);
    let new = quote_spanned!(value.span()=> ::freehold::Column::new(#index));
    quote! {
        #[doc = #doc]
        pub const #constant: ::freehold::Column<Self, #value> = #new;
    }
}
