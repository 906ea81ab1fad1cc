//! Help, with examples.

use insta::assert_snapshot;

use crate::terminal::Terminal;

#[test]
fn help_names_the_verbs_and_shows_examples() {
    assert_snapshot!(Terminal::new().run(&["--help"]), @r#"
    exit 0
    --- stdout
    Own your domains: makes event-sourced services from models

    Usage: freehold <COMMAND>

    Commands:
      new   Write a service from a model
      help  Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Examples:
      freehold new parcel --from models/shipping.toml --run   write a service, build it and run it
      freehold new parcel --from models/shipping.toml         write it, and say what to do next
      freehold help new                                       all about a verb
    --- stderr
    "#);
}

#[test]
fn the_help_of_new_says_all_about_it() {
    assert_snapshot!(Terminal::new().run(&["new", "--help"]), @r#"
    exit 0
    --- stdout
    Write a service from a model

    Usage: freehold new [OPTIONS] --from <FILE> <NAME>

    Arguments:
      <NAME>  The name of the service, such as `parcel`: letters, digits and `-`

    Options:
          --from <FILE>  The model file of its context
          --path <DIR>   The folder to create, `./NAME` unless said. It must not exist; its parents may be missing
          --run          Then build it, run it, and say where to look
          --port <PORT>  The port that it serves on, 5002 unless said
          --dry-run      Show what would be written, and write nothing
          --json         Print the plan as JSON, for programs
      -h, --help         Print help

    Examples:
      freehold new parcel --from models/shipping.toml --run
      freehold new parcel --from models/shipping.toml --run --port 8080
      freehold new parcel --from models/shipping.toml --path services/parcel
      freehold new parcel --from models/shipping.toml --dry-run --json

    Exit status: 0 done, 1 the service could not be built or run, 2 refused and nothing written.
    --- stderr
    "#);
}
