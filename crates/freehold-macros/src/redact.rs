//! `#[derive(Redact)]`

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, Result, ext::IdentExt};

pub(crate) fn derive_redact(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let arms = match &input.data {
        Data::Struct(data) => vec![arm(&quote!(Self), &name.to_string(), &data.fields)?],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let ident = &variant.ident;
                arm(&quote!(Self::#ident), &ident.to_string(), &variant.fields)
            })
            .collect::<Result<_>>()?,
        Data::Union(_) => return Err(Error::new(name.span(), "`Redact` is for structs and enums")),
    };
    Ok(quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self { #(#arms),* }
            }
        }
    })
}

fn arm(path: &TokenStream, text: &str, fields: &Fields) -> Result<TokenStream> {
    let fields: Vec<&Field> = match fields {
        Fields::Named(fields) => fields.named.iter().collect(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => {
            return Err(Error::new_spanned(fields, "`Redact` is for named fields"));
        }
    };
    let shown = fields.iter().zip(0..).map(|(field, place)| {
        let text = field.ident.as_ref().map(|name| name.unraw().to_string());
        let Some(mark) = mark(field) else {
            let value = value(place);
            return quote!(.field(#text, #value));
        };
        quote!(.field(#text, &::std::format_args!(#mark)))
    });
    let bound = fields.iter().zip(0..).map(|(field, place)| {
        let (name, value) = (&field.ident, value(place));
        if mark(field).is_some() { quote!(#name: _) } else { quote!(#name: #value) }
    });
    Ok(quote!(#path { #(#bound),* } => f.debug_struct(#text)#(#shown)*.finish()))
}

/// What a field is bound to: not its name, which may be that of the formatter.
fn value(place: usize) -> Ident {
    format_ident!("value_{place}")
}

/// What stands in the place of a value that must not be seen.
fn mark(field: &Field) -> Option<&'static str> {
    let has = |name: &str| field.attrs.iter().any(|attribute| attribute.path().is_ident(name));
    match (has("secret"), has("personal")) {
        (true, _) => Some("<secret>"),
        (_, true) => Some("<personal>"),
        _ => None,
    }
}
