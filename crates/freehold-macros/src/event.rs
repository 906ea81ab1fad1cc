//! `#[derive(Event)]` and `#[derive(EventSet)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, DeriveInput, Error, Field, Fields, Ident, LitStr, Path, Result, Variant, ext::IdentExt,
};

use crate::{shape, upcast};

/// One kind of event.
struct Kind<'i> {
    ident: &'i Ident,
    fields: Vec<&'i Field>,
    name: LitStr,
    version: u32,
    /// The function of every older version, from 1.
    upcasts: Vec<Path>,
    was: Vec<LitStr>,
    published: bool,
    retired: bool,
}

pub(crate) fn derive_event(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let aggregate = aggregate(input)?;
    let kinds: Vec<Kind<'_>> = shape::variants(input, "Event")?.iter().map(kind).collect::<Result<_>>()?;
    refuse_same_names(&kinds)?;
    let types = kinds.iter().map(event_type);
    let (idents, indexes): (Vec<_>, Vec<_>) =
        kinds.iter().enumerate().map(|(index, kind)| (kind.ident, index)).unzip();
    let encode = kinds.iter().map(encode);
    let decode = kinds.iter().enumerate().map(|(index, kind)| decode(index, kind));
    Ok(quote! {
        const _: () = {
            use ::freehold::__private::{serde, serde_json};
            use ::std::result::Result;

            impl ::freehold::Event for #name {
                type Aggregate = #aggregate;
                const TYPES: &'static [::freehold::EventType] = &[#(#types),*];

                fn event_type(&self) -> &'static ::freehold::EventType {
                    match self { #(Self::#idents { .. } => &<Self as ::freehold::Event>::TYPES[#indexes]),* }
                }
                fn encode(&self) -> Result<::freehold::RawEvent, serde_json::Error> {
                    let kind = ::freehold::Event::event_type(self);
                    let payload = match self { #(#encode),* }?;
                    Ok(::freehold::RawEvent { name: kind.name.to_owned(), version: kind.version, payload })
                }
                fn decode(raw: &::freehold::RawEvent) -> Result<Self, ::freehold::DecodeError> {
                    match raw.name.as_str() {
                        #(#decode)*
                        name => Err(::freehold::DecodeError::UnknownName {
                            aggregate: <#aggregate as ::freehold::Aggregate>::NAME,
                            name: name.to_owned(),
                        }),
                    }
                }
            }

            impl ::freehold::EventSet for #name {
                fn sources() -> ::std::vec::Vec<(&'static str, ::std::vec::Vec<::freehold::EventType>)> {
                    ::std::vec![(<#aggregate as ::freehold::Aggregate>::NAME, <Self as ::freehold::Event>::TYPES.to_vec())]
                }
                fn decode_from(
                    aggregate: &str,
                    raw: &::freehold::RawEvent,
                ) -> Option<Result<Self, ::freehold::DecodeError>> {
                    (aggregate == <#aggregate as ::freehold::Aggregate>::NAME)
                        .then(|| <Self as ::freehold::Event>::decode(raw))
                }
            }
        };
    })
}

fn aggregate(input: &DeriveInput) -> Result<Path> {
    let mut aggregate = None;
    shape::read(&input.attrs, "event", |meta| {
        if !meta.path.is_ident("of") {
            return Err(shape::unknown(&meta, "`of`"));
        }
        aggregate = Some(shape::path(&meta)?);
        Ok(())
    })?;
    aggregate.ok_or_else(|| shape::missing(&input.ident, "`#[event(of = Aggregate)]`"))
}

fn kind(variant: &Variant) -> Result<Kind<'_>> {
    let fields = match &variant.fields {
        Fields::Named(fields) => fields.named.iter().collect(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(_) => {
            let hint =
                "an event has named fields, since their names are what is stored: `Booked { by: UserId }`";
            return Err(Error::new_spanned(variant, hint));
        }
    };
    let (mut name, mut was) = (None, Vec::new());
    let mut version = upcast::Version { number: 1, span: variant.ident.span() };
    let mut steps = Vec::new();
    let (mut published, mut retired) = (false, false);
    shape::read(&variant.attrs, "event", |meta| {
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("name") => name = Some(shape::text(&meta)?),
            Some("version") => version = upcast::Version::read(&meta)?,
            Some("upcast") => steps.extend(upcast::read(&meta)?),
            Some("was") => was.push(shape::text(&meta)?),
            Some("published") => published = true,
            Some("retired") => retired = true,
            _ => {
                let known = "`name`, `version`, `upcast`, `was`, `published` and `retired`";
                return Err(shape::unknown(&meta, known));
            }
        }
        Ok(())
    })?;
    let name = shape::stable_name(name, &variant.ident);
    let upcasts = upcast::functions(steps, version)?;
    Ok(Kind {
        ident: &variant.ident,
        fields,
        name,
        version: version.number,
        upcasts,
        was,
        published,
        retired,
    })
}

/// Two kinds under one stored name could not be told apart in the log.
fn refuse_same_names(kinds: &[Kind<'_>]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for name in kinds.iter().flat_map(|kind| kind.was.iter().chain([&kind.name])) {
        if !seen.insert(name.value()) {
            let message =
                format!("two events would be stored as `{}`; give one of them another `name`", name.value());
            return Err(Error::new(name.span(), message));
        }
    }
    Ok(())
}

fn event_type(kind: &Kind<'_>) -> TokenStream {
    let Kind { name, version, was, published, retired, .. } = kind;
    quote! {
        ::freehold::EventType {
            name: #name, version: #version, was: &[#(#was),*], published: #published, retired: #retired,
        }
    }
}

/// The fields as a struct of their own, so that serde sees them without their variant. It has a name that none of
/// their types has, and to serde that of the variant.
fn payload(kind: &Kind<'_>, borrowed: bool) -> TokenStream {
    let text = kind.ident.unraw().to_string();
    let fields = kind.fields.iter().map(|field| {
        let attributes = serde_attributes(field);
        let (name, ty) = (&field.ident, &field.ty);
        let borrow = (borrowed && is_borrowed(field)).then(|| quote!(&'e));
        quote!(#(#attributes)* #name: #borrow #ty)
    });
    let derive = if borrowed { quote!(serde::Serialize) } else { quote!(serde::Deserialize) };
    let lifetime = (borrowed && kind.fields.iter().any(|field| is_borrowed(field))).then(|| quote!(<'e>));
    quote! {
        #[derive(#derive)]
        #[serde(crate = "::freehold::__private::serde", rename = #text)]
        struct __Fields #lifetime { #(#fields),* }
    }
}

fn serde_attributes(field: &Field) -> impl Iterator<Item = &Attribute> {
    field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde"))
}

/// Whether a field is written through a reference. The functions that serde's attributes name take the field's own
/// type, so that it is cloned for them.
fn is_borrowed(field: &Field) -> bool {
    serde_attributes(field).next().is_none()
}

fn encode(kind: &Kind<'_>) -> TokenStream {
    let ident = kind.ident;
    let names: Vec<_> = kind.fields.iter().map(|field| &field.ident).collect();
    let values = kind.fields.iter().map(|field| {
        let name = &field.ident;
        if is_borrowed(field) { quote!(#name) } else { quote!(#name: ::std::clone::Clone::clone(#name)) }
    });
    let payload = payload(kind, true);
    quote! {
        Self::#ident { #(#names),* } => {
            #payload
            serde_json::to_string(&__Fields { #(#values),* })
        }
    }
}

fn decode(index: usize, kind: &Kind<'_>) -> TokenStream {
    let Kind { ident, name, was, version, upcasts, .. } = kind;
    let names: Vec<_> = kind.fields.iter().map(|field| &field.ident).collect();
    let payload = payload(kind, false);
    quote! {
        #name #(| #was)* => {
            #payload
            let fields = if raw.version == #version {
                serde_json::from_str::<__Fields>(&raw.payload)
            } else {
                let kind = &<Self as ::freehold::Event>::TYPES[#index];
                serde_json::from_value::<__Fields>(::freehold::__private::upcast(kind, raw, &[#(#upcasts),*])?)
            };
            match fields {
                Ok(__Fields { #(#names),* }) => Ok(Self::#ident { #(#names),* }),
                Err(source) => Err(::freehold::DecodeError::Fields { name: #name, source }),
            }
        }
    }
}

pub(crate) fn derive_event_set(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let mut variants = Vec::new();
    for variant in shape::variants(input, "EventSet")? {
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                variants.push((&variant.ident, &fields.unnamed[0].ty));
            }
            _ => {
                return Err(Error::new_spanned(
                    variant,
                    "each variant holds the events of one aggregate: `Order(OrderEvent)`",
                ));
            }
        }
    }
    let (idents, types): (Vec<_>, Vec<_>) = variants.into_iter().unzip();
    Ok(quote! {
        impl ::freehold::EventSet for #name {
            fn sources() -> ::std::vec::Vec<(&'static str, ::std::vec::Vec<::freehold::EventType>)> {
                [#(<#types as ::freehold::EventSet>::sources()),*].concat()
            }
            fn decode_from(
                aggregate: &str,
                raw: &::freehold::RawEvent,
            ) -> Option<::std::result::Result<Self, ::freehold::DecodeError>> {
                None #(.or_else(|| {
                    <#types as ::freehold::EventSet>::decode_from(aggregate, raw).map(|event| event.map(Self::#idents))
                }))*
            }
        }
    })
}
