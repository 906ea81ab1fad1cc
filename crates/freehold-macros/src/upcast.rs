//! `upcast(1 = function, 2 = function)`: what an event says of its older versions.

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::{
    Error, LitInt, Path, Result, Token,
    meta::ParseNestedMeta,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// How one version becomes the next.
pub(crate) struct Step {
    from: u32,
    span: Span,
    function: Path,
}

impl Parse for Step {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let from: LitInt = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self { from: from.base10_parse()?, span: from.span(), function: input.parse()? })
    }
}

/// The version of an event, and where it says so.
#[derive(Clone, Copy)]
pub(crate) struct Version {
    pub(crate) number: u32,
    pub(crate) span: Span,
}

impl Version {
    /// `version = 3`
    pub(crate) fn read(meta: &ParseNestedMeta<'_>) -> Result<Self> {
        let literal: LitInt = meta.value()?.parse()?;
        let version = Self { number: literal.base10_parse()?, span: literal.span() };
        if version.number == 0 {
            return Err(Error::new(version.span, "versions count from 1"));
        }
        Ok(version)
    }
}

/// `upcast(1 = function, ..)`
pub(crate) fn read(meta: &ParseNestedMeta<'_>) -> Result<Vec<Step>> {
    let content;
    syn::parenthesized!(content in meta.input);
    Ok(Punctuated::<Step, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// The functions in the order of the versions: one for each below the current one, or what is wrong with them.
pub(crate) fn functions(steps: Vec<Step>, version: Version) -> Result<Vec<Path>> {
    let mut functions = BTreeMap::new();
    for Step { from, span, function } in steps {
        if !(1..version.number).contains(&from) {
            return Err(Error::new(span, leads_nowhere(from, version)));
        }
        if functions.insert(from, function).is_some() {
            return Err(Error::new(span, format!("version {from} has a step already")));
        }
    }
    match (1..version.number).find(|from| !functions.contains_key(from)) {
        Some(missing) => Err(Error::new(version.span, lacking(missing))),
        None => Ok(functions.into_values().collect()),
    }
}

fn leads_nowhere(from: u32, version: Version) -> String {
    if from == 0 {
        return "versions count from 1".to_owned();
    }
    let today = version.number;
    format!(
        "no step leads from version {from}, since today's is {today}; if the shape has changed again, raise `version`"
    )
}

fn lacking(missing: u32) -> String {
    format!(
        "nothing says how an event that was stored in version {missing} is read today; add `upcast({missing} = function)`, \
         where `function` is a `fn(Fields) -> Result<Fields, UpcastError>` that leads to version {}",
        missing + 1
    )
}
