//! What is written for a model, as a reviewer would read it.

use std::path::Path;

use freehold_scaffold::{Draft, File, Plan, Service, WriteError, draft, format};
use insta::assert_snapshot;

const SHIPPING: &str = include_str!("../../../../models/shipping.toml");

fn drafted() -> Draft {
    drafted_from(SHIPPING)
}

fn drafted_from(model_text: &str) -> Draft {
    let model = freehold_model::read("models/shipping.toml", model_text).unwrap();
    let service = Service {
        name: "parcel".into(),
        root: "parcel".into(),
        freehold: "../freehold/crates/freehold".into(),
        lock: None,
        model: &model,
        model_text,
    };
    let mut draft = draft(&service);
    format(&mut draft.plan).unwrap();
    draft
}

fn text(draft: &Draft, path: &str) -> String {
    let file = draft.plan.files.iter().find(|file| file.path == Path::new(path));
    file.unwrap_or_else(|| panic!("`{path}` is not written")).text.clone()
}

#[test]
fn the_code_of_a_context_is_what_a_careful_colleague_would_have_written() {
    let draft = drafted();
    for path in [
        "app/src/database.rs",
        "app/src/main.rs",
        "app/src/settings.rs",
        "config.toml",
        "contexts/shipping/migrations/postgres/0001_shipping.sql",
        "contexts/shipping/migrations/sqlite/0001_shipping.sql",
        "contexts/shipping/src/application/queries.rs",
        "contexts/shipping/src/application/views/carrier_load.rs",
        "contexts/shipping/src/application/views/shipment_summary.rs",
        "contexts/shipping/src/domain/shipment.rs",
        "contexts/shipping/src/domain/shipment/commands.rs",
        "contexts/shipping/src/domain/shipment/events.rs",
        "contexts/shipping/src/domain/shipment/rejections.rs",
        "contexts/shipping/src/domain/values.rs",
        "contexts/shipping/tests/it/http.rs",
        "contexts/shipping/tests/it/shipment.rs",
    ] {
        let name = path.replace("contexts/shipping/", "").replace('/', "_");
        assert_snapshot!(name, text(&draft, path));
    }
}

#[test]
fn every_type_has_a_column_in_each_database() {
    let draft = drafted_from(include_str!("samples/museum.toml"));
    let tables = ["postgres", "sqlite"].map(|database| {
        let text = text(&draft, &format!("contexts/museum/migrations/{database}/0001_museum.sql"));
        text[text.find("CREATE").unwrap()..].to_owned()
    });
    assert_snapshot!("museum_tables", tables.join("\n"));
}

#[test]
fn every_command_and_every_rejection_of_the_example_has_a_test() {
    assert!(drafted().gaps.is_empty());
}

#[test]
fn nothing_that_is_written_is_unfinished_or_names_a_machine() {
    for file in drafted().plan.files {
        for mark in ["todo!", "unimplemented!", "TODO", "FIXME", "/home/", "/root/"] {
            assert!(!file.text.contains(mark), "`{mark}` in {}", file.path.display());
        }
    }
}

#[test]
fn a_plan_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str| File { path: path.into(), text: "text".into() };
    let good = Plan { root: folder.path().join("new/service"), files: vec![file("a/b.rs"), file("c.rs")] };
    good.write().unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("new/service/a/b.rs")).unwrap(), "text");

    assert!(matches!(good.write(), Err(WriteError::Exists(_))));

    // A file where a folder would have to be.
    let bad = Plan { root: folder.path().join("other/service"), files: vec![file("a"), file("a/b.rs")] };
    assert!(matches!(bad.write(), Err(WriteError::Io { .. })));
    assert!(!folder.path().join("other").exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
