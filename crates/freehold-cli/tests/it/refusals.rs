//! `freehold new`, where it refuses: exit status 2, a clear sentence, and nothing written.

use std::net::{Ipv4Addr, TcpListener};

use insta::assert_snapshot;

use crate::terminal::{Terminal, model};

#[test]
fn a_model_that_is_not_there_is_named() {
    let terminal = Terminal::new();
    assert_snapshot!(terminal.run(&["new", "parcel", "--from", "models/nowhere.toml"]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: the model `models/nowhere.toml` cannot be read: No such file or directory (os error 2)
    "#);
    assert!(terminal.entries().is_empty());
}

#[test]
fn all_mistakes_of_a_model_are_told_at_once() {
    let terminal = Terminal::new();
    terminal.write("wrong.toml", WRONG);
    assert_snapshot!(terminal.run(&["new", "parcel", "--from", "wrong.toml"]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: command `PlaceOrder` has no key `feilds`
     --> wrong.toml:8:1
      |
    8 | feilds  = "total:Float customer:Custommer"
      | ^^^^^^
      |
      = help: did you mean `fields`?

    error: `Order` has no state `Opne`
      --> wrong.toml:13:12
       |
    13 | from    = ["Opne"]
       |            ^^^^^^
       |
       = help: did you mean `Open`?

    error: `self` has no field `due`
      --> wrong.toml:14:29
       |
    14 | require = { TooLate = "self.due > now" }
       |                             ^^^
       |
       = help: there are `placed_at` and `state`

    error: `Order` has no event `OrderPayed`
      --> wrong.toml:15:11
       |
    15 | emits   = "OrderPayed"
       |           ^^^^^^^^^^^^
       |
       = help: did you mean `OrderPlaced`?

    error: entities are not generated yet; leave the `[entity.*]` sections out
      --> wrong.toml:25:2
       |
    25 | [entity.Customer]
       |  ^^^^^^
       |
       = help: model each as an aggregate with commands that create, change and remove it

    error: 5 mistakes in wrong.toml
    Nothing was written.
    "#);
    assert_eq!(terminal.entries(), ["wrong.toml"]);
}

const WRONG: &str = r#"context = "shop"

[aggregate.Order]
states = ["Open", "Paid"]

[aggregate.Order.command.PlaceOrder]
creates = true
feilds  = "total:Float customer:Custommer"
emits   = "OrderPlaced"
roles   = ["clerk"]

[aggregate.Order.command.PayOrder]
from    = ["Opne"]
require = { TooLate = "self.due > now" }
emits   = "OrderPayed"
roles   = ["clerk"]

[aggregate.Order.event.OrderPlaced]
to     = "Open"
fields = "placed_at:Timestamp"

[aggregate.Order.event.OrderPaid]
to     = "Paid"

[entity.Customer]
fields = "name:Text"
"#;

#[test]
fn a_folder_that_exists_is_never_touched() {
    let terminal = Terminal::new();
    std::fs::create_dir(terminal.path("parcel")).unwrap();
    assert_snapshot!(terminal.run(&["new", "parcel", "--from", &model("shipping")]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: `parcel` exists already, and nothing in it was touched; name another folder with `--path DIR`
    "#);
    assert_eq!(std::fs::read_dir(terminal.path("parcel")).unwrap().count(), 0);
}

#[test]
fn a_name_that_cannot_be_one_is_refused() {
    let terminal = Terminal::new();
    assert_snapshot!(terminal.run(&["new", "../parcel", "--from", &model("shipping")]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: `../parcel` cannot be the name of a service: it takes 1 to 60 letters, digits and `-`, such as `parcel` or `order-desk`
    "#);
    assert_snapshot!(terminal.run(&["new", "test", "--from", &model("shipping")]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: `test` cannot be the name of a service: cargo or Freehold uses it already; try `test-service`
    "#);
    assert!(terminal.entries().is_empty());
}

#[test]
fn a_taken_port_is_told_before_anything_is_written() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let terminal = Terminal::new();
    let said =
        terminal.run(&["new", "parcel", "--from", &model("shipping"), "--run", "--port", &port.to_string()]);
    assert!(said.starts_with("exit 2"), "{said}");
    assert!(
        said.contains(&format!("port {port} on 127.0.0.1 is taken; choose another with `--port`")),
        "{said}"
    );
    assert!(terminal.entries().is_empty());
}

#[test]
fn a_folder_that_cannot_be_made_leaves_nothing_behind() {
    let terminal = Terminal::new();
    terminal.write("file", "in the way");
    let said = terminal.run(&["new", "parcel", "--from", &model("shipping"), "--path", "file/parcel"]);
    assert!(said.starts_with("exit 2"), "{said}");
    assert_eq!(terminal.entries(), ["file"]);
}
