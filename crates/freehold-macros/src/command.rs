//! `#[derive(Command)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::shape;

pub(crate) fn derive_command(input: &DeriveInput) -> Result<TokenStream> {
    shape::named(input, "Command")?;
    let (mut name, mut roles, mut addressed) = (None, Vec::new(), None);
    shape::read(&input.attrs, "command", |meta| {
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("creates") => addressed = Some((shape::path(&meta)?, quote!(::freehold::Creation))),
            Some("on") => addressed = Some((shape::path(&meta)?, quote!(::freehold::Change))),
            Some("name") => name = Some(shape::text(&meta)?),
            Some("roles") => roles = shape::texts(&meta)?,
            _ => return Err(shape::unknown(&meta, "`creates`, `on`, `roles` and `name`")),
        }
        Ok(())
    })?;
    let missing =
        || shape::missing(&input.ident, "`#[command(creates = Aggregate)]` or `#[command(on = Aggregate)]`");
    let (aggregate, kind) = addressed.ok_or_else(missing)?;
    let (ident, name) = (&input.ident, shape::stable_name(name, &input.ident));
    Ok(quote! {
        impl ::freehold::Command for #ident {
            const NAME: &'static str = #name;
            const ROLES: &'static [&'static str] = &[#(#roles),*];
            type Aggregate = #aggregate;
            type Kind = #kind;
        }
    })
}
