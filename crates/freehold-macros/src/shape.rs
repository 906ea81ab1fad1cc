//! What the derives ask of the item that they stand on, with errors that say how to mend it.

use syn::{
    Attribute, Data, DeriveInput, Error, Fields, FieldsNamed, GenericArgument, Ident, LitStr, Path,
    PathArguments, Result, Type, Variant, ext::IdentExt, meta::ParseNestedMeta, punctuated::Punctuated,
    token::Comma,
};

/// The variants of an enum.
pub(crate) fn variants<'i>(input: &'i DeriveInput, derive: &str) -> Result<&'i Punctuated<Variant, Comma>> {
    match &input.data {
        Data::Enum(data) => Ok(&data.variants),
        _ => Err(Error::new(input.ident.span(), format!("`{derive}` is for enums"))),
    }
}

/// The one field of a tuple struct.
pub(crate) fn newtype<'i>(input: &'i DeriveInput, hint: &str) -> Result<&'i Type> {
    if let Data::Struct(data) = &input.data
        && let Fields::Unnamed(fields) = &data.fields
        && fields.unnamed.len() == 1
    {
        return Ok(&fields.unnamed[0].ty);
    }
    Err(Error::new(input.ident.span(), hint))
}

/// The named fields of a struct.
pub(crate) fn named<'i>(input: &'i DeriveInput, derive: &str) -> Result<&'i FieldsNamed> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields),
            _ => Err(Error::new(
                input.ident.span(),
                format!("`{derive}` is for structs with named fields; write `{{}}` for none"),
            )),
        },
        _ => Err(Error::new(input.ident.span(), format!("`{derive}` is for structs with named fields"))),
    }
}

/// Reads every `#[name(..)]` among the attributes.
pub(crate) fn read(
    attributes: &[Attribute],
    name: &str,
    mut logic: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(name))
        .try_for_each(|a| a.parse_nested_meta(&mut logic))
}

/// `key = "text"`
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

/// `key = some::Path`
pub(crate) fn path(meta: &ParseNestedMeta<'_>) -> Result<Path> {
    meta.value()?.parse()
}

/// `key("a", "b")`
pub(crate) fn texts(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let texts = Punctuated::<LitStr, Comma>::parse_terminated(&content)?;
    Ok(texts.into_iter().collect())
}

/// A word that the attribute does not know.
pub(crate) fn unknown(meta: &ParseNestedMeta<'_>, known: &str) -> Error {
    meta.error(format!("unknown word; known are {known}"))
}

/// An attribute that is missing.
pub(crate) fn missing(ident: &Ident, attribute: &str) -> Error {
    Error::new(ident.span(), format!("`{ident}` lacks {attribute}"))
}

/// The name that is stored: as given, or that of the item.
pub(crate) fn stable_name(given: Option<LitStr>, ident: &Ident) -> LitStr {
    given.unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()))
}

/// The type of the value where there is one: `T` of `Option<T>`.
pub(crate) fn present(ty: &Type) -> &Type {
    if let Type::Path(path) = ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Option"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return inner;
    }
    ty
}
