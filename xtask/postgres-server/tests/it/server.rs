//! Servers and what becomes of them.

use std::{
    env,
    io::{BufRead, BufReader, Write, stderr, stdin},
    process::{Command, Stdio},
};

use postgres_server::{Binaries, Server, Setup};

/// A server, if PostgreSQL is installed; else it is said, past the capturing of the test's output, that it is not.
fn server() -> Option<Server> {
    let Some(binaries) = Binaries::find() else {
        tell("SKIPPED: PostgreSQL is not installed; `cargo xtask test` installs it");
        return None;
    };
    Some(Setup::new(binaries).setting("fsync", "off").start(env!("CARGO_TARGET_TMPDIR").as_ref()).unwrap())
}

/// Unlike `eprintln!`, this is not captured.
fn tell(line: &str) {
    let mut stderr = stderr();
    writeln!(stderr, "{line}").unwrap();
}

#[test]
fn what_was_committed_is_there_after_a_stop_and_after_a_kill() {
    let Some(mut server) = server() else { return };
    let url = server.url("postgres");
    server.sql("postgres", "CREATE TABLE numbers (number int)").unwrap();
    for number in 1..=2 {
        server.sql("postgres", &format!("INSERT INTO numbers VALUES ({number})")).unwrap();
        if number == 1 { server.stop() } else { server.kill() }.unwrap();
        assert_eq!(server.pid(), None);
        server.start().unwrap();
        assert_eq!(server.sql("postgres", "SELECT max(number) FROM numbers").unwrap(), number.to_string());
    }
    assert_eq!(server.url("postgres"), url);
}

#[test]
fn settings_reach_the_server_and_what_it_refuses_is_told() {
    let Some(server) = server() else { return };
    assert_eq!(server.sql("postgres", "SHOW fsync").unwrap(), "off");
    assert!(server.sql("postgres", "SELECT nonsense").unwrap_err().to_string().contains("nonsense"));
    let setup = Setup::new(Binaries::find().unwrap()).setting("max_connections", "none");
    let refused = setup.start(env!("CARGO_TARGET_TMPDIR").as_ref()).unwrap_err();
    assert!(refused.to_string().contains("max_connections"), "{refused}");
}

/// Set where this test runs itself as the process that is killed.
const ROLE: &str = "POSTGRES_SERVER_TEST_IS_KILLED";

#[test]
fn a_server_and_its_data_go_with_the_process_that_started_it() {
    if env::var_os(ROLE).is_some() {
        let server = server().unwrap();
        tell(&format!("FOLDER {}", server.sql("postgres", "SHOW data_directory").unwrap()));
        stdin().read_line(&mut String::new()).unwrap();
        return;
    }
    if Binaries::find().is_none() {
        return drop(server());
    }
    let mut starter = Command::new(env::current_exe().unwrap());
    starter.args(["--exact", "server::a_server_and_its_data_go_with_the_process_that_started_it"]);
    starter.env(ROLE, "yes").stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut starter = starter.spawn().unwrap();
    let mut said = BufReader::new(starter.stderr.take().unwrap()).lines().map_while(Result::ok);
    let folder = said.find_map(|line| line.strip_prefix("FOLDER ").map(str::to_owned)).unwrap();
    assert!(std::fs::exists(&folder).unwrap());
    starter.kill().unwrap();
    starter.wait().unwrap();
    while std::fs::exists(&folder).unwrap() {
        std::thread::yield_now();
    }
}
