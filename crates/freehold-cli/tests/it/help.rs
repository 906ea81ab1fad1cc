//! Help, with examples.

use insta::assert_snapshot;

use crate::terminal::Terminal;

#[test]
fn help_names_the_verbs_and_shows_examples() {
    assert_snapshot!(Terminal::new().run(&["--help"]), @r#"
    exit 0
    --- stdout
    Own your domains: makes event-sourced services from models, and operates them

    Usage: freehold <COMMAND>

    Commands:
      new          Write a service from a model
      projections  See how far the views of a running service are; pause, resume and rebuild them
      deadletters  See the rows that a view could not take in; try them again, or skip their events
      nodes        See the nodes of a running service
      events       Read the log of a running service, follow it, and see what caused what
      streams      See the streams of a tenant, and their events
      audit        See what operators did to a running service
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Examples:
      freehold new parcel --from models/shipping.toml --run   write a service, build it and run it
      freehold new parcel --from models/shipping.toml         write it, and say what to do next
      freehold projections lag --watch                        see how far the views of a service are
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

#[test]
fn the_help_of_a_noun_names_its_verbs_and_says_how_a_service_is_found() {
    assert_snapshot!(Terminal::new().run(&["help", "deadletters"]), @r#"
    exit 0
    --- stdout
    See the rows that a view could not take in; try them again, or skip their events

    Usage: freehold deadletters [OPTIONS] <COMMAND>

    Commands:
      list   One line a letter: a row of a view that waits, with the event that it could not take in
      show   All about a letter, with the event
      retry  Take in the event of a letter now, and what waits behind it. Exit status 1 if that fails again
      skip   Leave out the event of a letter, and go on with what waits behind it. The row stays without that
             event
      help   Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help

    Service:
          --url <URL>      Where the service's admin interface answers [env: FREEHOLD_URL=] [default:
                           http://127.0.0.1:5002]
          --token <TOKEN>  A token of the admin interface, as under `[[http.admin]]` in the service's config.toml.
                           Other users of this machine can see what stands on command lines: the variable is the
                           better place [env: FREEHOLD_TOKEN]
          --json           Print the service's answer as JSON, for programs

    Examples:
      freehold deadletters list --view shipping.ShipmentSummary
      freehold deadletters show 17
      freehold deadletters retry --all --error "disk is full"
      freehold deadletters skip 17 --reason "booked twice, see ticket 311"

    Exit status: 0 done, 1 the service cannot be asked or refuses, or a letter failed again, 2 nothing was asked.
    --- stderr
    "#);
}

#[test]
fn the_help_of_projections_names_the_verbs_of_rebuilds() {
    assert_snapshot!(Terminal::new().run(&["projections", "--help"]), @r#"
    exit 0
    --- stdout
    See how far the views of a running service are; pause, resume and rebuild them

    Usage: freehold projections [OPTIONS] <COMMAND>

    Commands:
      list       One line a view
      lag        One line a partition: its position, how many events it is behind the head of the log, and the lag
                 of its view in time. Exit status 1 if a view is not healthy
      pause      Have a view take in nothing more, on every node, until it is resumed
      resume     Have a view go on where it was paused
      rebuild    Fill a view anew from the log, beside the one that serves. When it is there both are compared,
                 and it takes the place of the other. Does nothing if that is under way
      rebuilds   One line a rebuild: how far it is, and how many rows it adds (+), lacks (-) and changes (~), as
                 compared last
      compare    How the rows of a rebuild differ from those that serve, with some of them, as compared last
      take-over  Have a rebuild that waits take over
      roll-back  Put back what a view was before its rebuild took over; it goes on where it was
      end        End a rebuild that has not taken over, or forget what one that has keeps for rolling back
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help

    Service:
          --url <URL>      Where the service's admin interface answers [env: FREEHOLD_URL=] [default:
                           http://127.0.0.1:5002]
          --token <TOKEN>  A token of the admin interface, as under `[[http.admin]]` in the service's config.toml.
                           Other users of this machine can see what stands on command lines: the variable is the
                           better place [env: FREEHOLD_TOKEN]
          --json           Print the service's answer as JSON, for programs

    Examples:
      freehold projections list
      freehold projections lag --watch
      freehold projections pause shipping.ShipmentSummary
      freehold projections rebuild shipping.ShipmentSummary --hold
      freehold projections rebuilds --watch
      freehold projections take-over shipping.ShipmentSummary

    Exit status: 0 done, 1 the service cannot be asked or refuses, or `lag` shows a view that is not healthy, 2
    nothing was asked.
    --- stderr
    "#);
}

#[test]
fn the_help_of_end_says_both_that_it_does() {
    assert_snapshot!(Terminal::new().run(&["projections", "end", "--help"]), @r#"
    exit 0
    --- stdout
    End a rebuild that has not taken over, or forget what one that has keeps for rolling back

    Usage: freehold projections end [OPTIONS] <VIEW>

    Arguments:
      <VIEW>  The view, such as `shipping.ShipmentSummary`

    Options:
      -h, --help  Print help

    Service:
          --url <URL>      Where the service's admin interface answers [env: FREEHOLD_URL=] [default:
                           http://127.0.0.1:5002]
          --token <TOKEN>  A token of the admin interface, as under `[[http.admin]]` in the service's config.toml.
                           Other users of this machine can see what stands on command lines: the variable is the
                           better place [env: FREEHOLD_TOKEN]
          --json           Print the service's answer as JSON, for programs
    --- stderr
    "#);
}

#[test]
fn the_help_of_lag_says_when_it_fails() {
    assert_snapshot!(Terminal::new().run(&["projections", "lag", "--help"]), @r#"
    exit 0
    --- stdout
    One line a partition: its position, how many events it is behind the head of the log, and the lag of its view
    in time. Exit status 1 if a view is not healthy

    Usage: freehold projections lag [OPTIONS] [VIEW]

    Arguments:
      [VIEW]  Only this view, such as `shipping.ShipmentSummary`

    Options:
          --watch  Draw it again every second until Ctrl-C, whatever the health of the views
      -h, --help   Print help

    Service:
          --url <URL>      Where the service's admin interface answers [env: FREEHOLD_URL=] [default:
                           http://127.0.0.1:5002]
          --token <TOKEN>  A token of the admin interface, as under `[[http.admin]]` in the service's config.toml.
                           Other users of this machine can see what stands on command lines: the variable is the
                           better place [env: FREEHOLD_TOKEN]
          --json           Print the service's answer as JSON, for programs
    --- stderr
    "#);
}

#[test]
fn the_help_of_events_names_its_verbs() {
    assert_snapshot!(Terminal::new().run(&["events", "--help"]), @r#"
    exit 0
    --- stdout
    Read the log of a running service, follow it, and see what caused what

    Usage: freehold events [OPTIONS] <COMMAND>

    Commands:
      list   One line an event, in the order of the log
      show   All about an event, with its payload
      tail   The newest events, and then each as it comes, until Ctrl-C. With `--json`, an event on a line
      trace  All events of a correlation, each below the one that caused it
      help   Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help

    Service:
          --url <URL>      Where the service's admin interface answers [env: FREEHOLD_URL=] [default:
                           http://127.0.0.1:5002]
          --token <TOKEN>  A token of the admin interface, as under `[[http.admin]]` in the service's config.toml.
                           Other users of this machine can see what stands on command lines: the variable is the
                           better place [env: FREEHOLD_TOKEN]
          --json           Print the service's answer as JSON, for programs

    Examples:
      freehold events list --kind shipping.Shipment/ShipmentBooked --limit 20
      freehold events tail --tenant acme
      freehold events trace 0198a1b2-0000-7000-8000-000000000001

    Exit status: 0 done, 1 the service cannot be asked or refuses, 2 nothing was asked.
    --- stderr
    "#);
}
