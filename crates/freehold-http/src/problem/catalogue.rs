//! The catalogue of all problems that a service can answer with: its own, and the rejections of its commands.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Serialize;

use super::{Kind, kebab};
use crate::route::{Operation, Table};

/// Every problem, by the path that is its `type`.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

/// What there is to say of a problem.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    /// Its path.
    pub(super) r#type: String,
    /// Its title.
    pub(super) title: String,
    /// The status that it comes with.
    pub(super) status: u16,
    /// What it means.
    pub(super) meaning: String,
    /// What the client can do.
    pub(super) remedy: String,
    /// The commands that a rejection can answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) commands: Vec<&'static str>,
}

impl Catalogue {
    /// The problems of a service with these routes.
    pub(crate) fn of(table: &Table) -> Self {
        let own = Kind::ALL.iter().map(|kind| Entry::of(*kind));
        let mut entries: BTreeMap<_, _> = own.map(|entry| (entry.r#type.clone(), entry)).collect();
        for endpoint in &table.endpoints {
            let Operation::Command(command) = &endpoint.operation else {
                continue;
            };
            for rejection in command.rejections {
                let path = rejection_type(endpoint.context(), rejection);
                let entry =
                    entries.entry(path.clone()).or_insert_with(|| Entry::of_rejection(path, rejection));
                entry.commands.push(command.name);
            }
        }
        Self { entries }
    }

    /// The problem with this path.
    pub(crate) fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// All of them, by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}

impl Entry {
    fn of(kind: Kind) -> Self {
        let about = kind.about();
        Self {
            r#type: format!("/problems/{}", about.name),
            title: about.title.to_owned(),
            status: about.status.as_u16(),
            meaning: about.meaning.to_owned(),
            remedy: about.remedy.to_owned(),
            commands: Vec::new(),
        }
    }

    fn of_rejection(path: String, rejection: &str) -> Self {
        Self {
            r#type: path,
            title: rejection_title(rejection),
            status: StatusCode::UNPROCESSABLE_ENTITY.as_u16(),
            meaning: format!("The domain refuses the command: `{rejection}`. Nothing was changed."),
            remedy: "`detail` says why. `rejection` has the name, which is stable. Sending the same command again \
                     leads to the same answer until something has changed."
                .to_owned(),
            commands: Vec::new(),
        }
    }
}

/// The `type` of a rejection.
pub(crate) fn rejection_type(context: &str, rejection: &str) -> String {
    format!("/problems/{}/{}", kebab(context), kebab(rejection))
}

/// The name of a rejection in words: `WrongState` is `Wrong state`.
pub(super) fn rejection_title(rejection: &str) -> String {
    let words = kebab(rejection).replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
