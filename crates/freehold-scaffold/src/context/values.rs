//! Values, enums and the ids of other contexts.

use freehold_model::{Field, Rule, Type, Value, ValueShape};
use serde::Serialize;

use super::{
    Source,
    fields::{FieldData, type_bounds},
};
use crate::{expressions::fit_names, imports, names, plan::File, rust};

#[derive(Serialize)]
struct ValuesData {
    enums: Vec<EnumData>,
    newtypes: Vec<NewtypeData>,
    composites: Vec<CompositeData>,
    foreign: Vec<ForeignData>,
}

#[derive(Serialize)]
struct EnumData {
    doc: String,
    name: String,
    variants: Vec<String>,
}

#[derive(Serialize)]
struct NewtypeData {
    doc: String,
    name: String,
    inner: String,
    bounds: Vec<String>,
    ordered: bool,
    rules: Vec<RuleData>,
}

#[derive(Serialize)]
struct CompositeData {
    doc: String,
    name: String,
    fields: Vec<FieldData>,
    redacted: bool,
    hashed: bool,
    rules: Vec<RuleData>,
    defaults: Vec<(String, String, String)>,
}

#[derive(Serialize)]
struct RuleData {
    name: String,
    holds: String,
}

#[derive(Serialize)]
struct ForeignData {
    context: String,
    of: String,
    name: String,
}

impl Source<'_> {
    /// The file of values, if there are any.
    pub(super) fn values(&self) -> Option<File> {
        if self.value_names().is_empty() {
            return None;
        }
        let enums = self.model.enums.iter().map(|it| EnumData {
            doc: format!("{}.", names::sentence(&names::with_article(&it.name))),
            name: it.name.clone(),
            variants: it.variants.clone(),
        });
        let (mut newtypes, mut composites) = (Vec::new(), Vec::new());
        for value in &self.model.values {
            match &value.shape {
                ValueShape::Newtype { inner, pattern } => {
                    newtypes.push(self.newtype(value, inner, pattern.as_deref()));
                }
                ValueShape::Composite { fields } => composites.push(self.composite(value, fields)),
            }
        }
        let foreign = imports::foreign_ids(self.model).into_iter().map(|(context, of)| ForeignData {
            name: self.types.id(Some(&context), &of),
            context,
            of,
        });
        let data = ValuesData { enums: enums.collect(), newtypes, composites, foreign: foreign.collect() };
        Some(self.file("src/domain/values.rs", "values", data))
    }

    /// What the file of values offers.
    pub(super) fn value_names(&self) -> Vec<String> {
        let values = self.model.values.iter().flat_map(|value| match value.shape {
            ValueShape::Newtype { .. } => vec![value.name.clone()],
            ValueShape::Composite { .. } => vec![value.name.clone(), format!("{}Fields", value.name)],
        });
        let enums = self.model.enums.iter().map(|it| it.name.clone());
        let foreign = imports::foreign_ids(self.model)
            .into_iter()
            .map(|(context, of)| self.types.id(Some(&context), &of));
        let mut names: Vec<_> = values.chain(enums).chain(foreign).collect();
        names.sort();
        names
    }

    fn newtype(&self, value: &Value, inner: &Type, pattern: Option<&str>) -> NewtypeData {
        let mut bounds = type_bounds(inner);
        bounds.extend(pattern.map(|pattern| format!("pattern({})", rust::raw_string(pattern))));
        let doc = || format!("{}.", names::sentence(&names::with_article(&value.name)));
        NewtypeData {
            doc: Self::describe(&value.description, doc),
            name: value.name.clone(),
            inner: self.types.base(inner),
            bounds,
            ordered: !matches!(inner, Type::Money | Type::Currency | Type::Json),
            rules: rules(value, &[("value".to_owned(), "self.0".to_owned())]),
        }
    }

    fn composite(&self, value: &Value, fields: &[Field]) -> CompositeData {
        let owner = &value.name;
        let field_data = self.fields(fields, owner);
        let places: Vec<_> =
            fields.iter().map(|field| (field.name.clone(), format!("self.{}", field.name))).collect();
        let defaults = field_data.iter().filter_map(|field| {
            let default = field.default.as_ref()?;
            Some((default.function.clone()?, field.ty.clone(), default.expression.clone()))
        });
        CompositeData {
            doc: Self::describe(&value.description, || {
                format!("{}.", names::sentence(&names::with_article(owner)))
            }),
            name: owner.clone(),
            redacted: field_data.iter().any(|field| field.mark.is_some()),
            hashed: fields.iter().all(|field| self.is_hashable(field)),
            rules: rules(value, &places),
            defaults: defaults.collect(),
            fields: field_data,
        }
    }

    fn is_hashable(&self, field: &Field) -> bool {
        match &field.ty {
            Type::Value(name) => {
                self.model.values.iter().filter(|value| value.name == *name).all(|value| match &value.shape {
                    ValueShape::Newtype { inner, .. } => !matches!(inner, Type::Json),
                    ValueShape::Composite { fields } => fields.iter().all(|field| self.is_hashable(field)),
                })
            }
            ty => !matches!(ty, Type::Json),
        }
    }
}

/// The rules of a value, with what they mention put at its place.
fn rules(value: &Value, places: &[(String, String)]) -> Vec<RuleData> {
    let rule = |rule: &Rule| RuleData { name: rule.name.clone(), holds: fit_names(&rule.expression, places) };
    value.require.iter().map(rule).collect()
}
