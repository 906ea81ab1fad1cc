//! `freehold new`, where it does what it is asked to.

use insta::assert_snapshot;

use crate::terminal::{Terminal, model};

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let terminal = Terminal::new();
    assert_snapshot!(terminal.run(&["new", "hello", "--from", &model("hello"), "--dry-run"]), @r#"
    exit 0
    --- stdout
    Plan: 30 files would be written
    hello
    ├─ app/
    │  ├─ src/
    │  │  ├─ database.rs
    │  │  ├─ main.rs
    │  │  └─ settings.rs
    │  └─ Cargo.toml
    ├─ contexts/
    │  └─ hello/
    │     ├─ migrations/
    │     │  ├─ postgres/
    │     │  │  └─ 0001_hello.sql
    │     │  └─ sqlite/
    │     │     └─ 0001_hello.sql
    │     ├─ src/
    │     │  ├─ application/
    │     │  │  ├─ views/
    │     │  │  │  └─ greeting_card.rs
    │     │  │  ├─ queries.rs
    │     │  │  └─ views.rs
    │     │  ├─ domain/
    │     │  │  ├─ greeting/
    │     │  │  │  ├─ commands.rs
    │     │  │  │  ├─ events.rs
    │     │  │  │  └─ rejections.rs
    │     │  │  └─ greeting.rs
    │     │  ├─ interface/
    │     │  │  └─ http.rs
    │     │  ├─ application.rs
    │     │  ├─ domain.rs
    │     │  ├─ infrastructure.rs
    │     │  ├─ interface.rs
    │     │  └─ lib.rs
    │     ├─ tests/
    │     │  └─ it/
    │     │     ├─ greeting.rs
    │     │     ├─ http.rs
    │     │     └─ main.rs
    │     └─ Cargo.toml
    ├─ models/
    │  └─ hello.toml
    ├─ .gitignore
    ├─ AGENTS.md
    ├─ Cargo.lock
    ├─ Cargo.toml
    ├─ config.toml
    └─ README.md
    --- stderr
    "#);
    assert!(terminal.entries().is_empty());
}

#[test]
fn a_service_is_written_and_its_next_steps_are_printed() {
    let terminal = Terminal::new();
    let said = terminal.run(&["new", "Parcel Desk", "--from", &model("shipping")]);
    let (_, after) = said.split_once("Written:").unwrap();
    assert_snapshot!(after, @r#"
     parcel-desk

    Next:
      cd parcel-desk
      cargo run            build it, create its database and serve on http://127.0.0.1:5002
      cargo run -- token   print a token to send requests with
      cargo test --workspace
    --- stderr
    "#);
    assert_eq!(terminal.entries(), ["parcel-desk"]);
    assert!(terminal.path("parcel-desk/contexts/shipping/src/domain/shipment.rs").is_file());
}

#[test]
fn missing_parents_of_the_folder_are_made() {
    let terminal = Terminal::new();
    let said =
        terminal.run(&["new", "parcel", "--from", &model("shipping"), "--path", "a/b/parcel", "--json"]);
    assert!(said.starts_with("exit 0"), "{said}");
    assert!(terminal.path("a/b/parcel/Cargo.toml").is_file());
}

#[test]
fn the_same_model_gives_the_same_files() {
    let terminal = Terminal::new();
    for folder in ["one", "two"] {
        terminal.run(&["new", "parcel", "--from", &model("shipping"), "--path", folder]);
    }
    for file in
        ["README.md", "Cargo.toml", "contexts/shipping/tests/it/http.rs", "contexts/shipping/src/domain.rs"]
    {
        let read = |folder: &str| std::fs::read_to_string(terminal.path(folder).join(file)).unwrap();
        assert_eq!(read("one"), read("two"), "{file}");
    }
}
