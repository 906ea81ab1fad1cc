//! Outages: servers that stop, are killed or hang, connections that end, and what is told meanwhile.

use std::{net::Ipv4Addr, time::Duration};

use freehold_domain::Position;
use freehold_ports::{Append, AppendError, EventStore, Outcome, StoreError};
use freehold_postgres::{Options, Postgres};
use futures_util::future::join_all;
use postgres_server::Server;
use tokio::net::{TcpListener, TcpSocket};
use tokio_postgres::Client;

use crate::{
    fixtures::{count_events, log, once, read, step},
    server::{self, blocked, listen, until},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_and_reads_go_on_after_the_server_was_restarted() {
    go_on_after(Server::stop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_and_reads_go_on_after_the_server_was_killed() {
    go_on_after(Server::kill).await;
}

/// Two nodes outlive an outage of their server: what was acknowledged is there, and what was refused can be repeated.
async fn go_on_after(outage: fn(&mut Server) -> anyhow::Result<()>) {
    let Some(setup) = server::own() else { return };
    let mut server = server::start(setup);
    let first = Postgres::open(server.url("postgres")).await.unwrap();
    let second = Postgres::open(server.url("postgres")).await.unwrap();
    let mut commands = 0;
    for _ in 0..20 {
        commands += 1;
        first.append(once(step(1), commands)).await.unwrap();
    }
    for all_connections in [&first, &second] {
        join_all((0..8).map(|_| count_events(all_connections))).await;
    }

    outage(&mut server).unwrap();
    // What serves a connection may outlive the server for a moment.
    let refused = loop {
        commands += 1;
        if let Err(error) = first.append(once(step(1), commands)).await {
            break error;
        }
    };
    assert!(matches!(refused, AppendError::Store(StoreError::Unavailable { .. })), "{refused}");
    let refused = loop {
        if let Err(error) = read(&first, 1).await {
            break error;
        }
    };
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");

    server.start().unwrap();
    for read in join_all((0..8).map(|_| read(&second, 1))).await {
        assert!(read.unwrap().len() >= 20);
    }
    insist(&first, once(step(1), commands)).await;
    let last = insist(&second, once(step(1), commands + 1)).await.position;
    for node in [&first, &second] {
        node.head().wait_for(|head| *head == last).await.unwrap();
        let written = log(node).await.into_iter().map(|event| event.metadata.command.0.as_u128());
        assert!(written.eq(1..=commands + 1), "each command once, in order");
    }
}

/// Tries until the server lets it.
async fn insist(database: &Postgres, append: Append) -> Outcome {
    loop {
        match database.append(append.clone()).await {
            Ok(outcome) => return outcome,
            Err(AppendError::Store(StoreError::Unavailable { .. })) => {}
            Err(error) => panic!("another error was expected: {error}"),
        }
    }
}

/// Ends the connections of this kind, and waits for their end: how many there were.
async fn terminate(session: &Client, kind: &str) -> usize {
    let end = format!(
        "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'freehold/{kind}'"
    );
    let ended: Vec<i32> = session.query(&end, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    until(session, &format!("count(*) = 0 FROM pg_stat_activity WHERE pid = ANY(ARRAY{ended:?}::integer[])"))
        .await;
    ended.len()
}

#[tokio::test]
async fn an_idle_connection_that_ends_is_replaced_before_the_next_append() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let session = server::session(guard.url()).await;
    for position in 1..=5 {
        assert_eq!(terminate(&session, "append").await, 1);
        let is_back = "count(*) = 1 FROM pg_stat_activity \
            WHERE datname = current_database() AND application_name = 'freehold/append'";
        until(&session, is_back).await;
        assert_eq!(database.append(step(1)).await.unwrap().position, Position(position));
    }
}

#[tokio::test]
async fn an_append_whose_connection_ends_is_not_known_and_its_repetition_tells() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let (holder, session) = (server::session(guard.url()).await, server::session(guard.url()).await);
    for round in 1..=5 {
        holder.batch_execute("BEGIN; LOCK TABLE freehold.events IN EXCLUSIVE MODE").await.unwrap();
        let busy = database.submit(once(step(1), round)).await;
        until(&session, &blocked("append", 1)).await;
        let behind = database.submit(once(step(2), round + 100)).await;
        terminate(&session, "append").await;
        let lost = busy.await.unwrap_err();
        assert!(matches!(lost, AppendError::Store(StoreError::Unavailable { .. })), "{lost}");
        assert!(lost.to_string().contains("it is not known whether it was written"), "{lost}");
        holder.batch_execute("COMMIT").await.unwrap();
        assert!(!behind.await.unwrap().replayed, "it was not under way");
        assert!(!database.append(once(step(1), round)).await.unwrap().replayed, "it was not written");
        assert!(database.append(once(step(1), round)).await.unwrap().replayed);
        assert_eq!(log(&database).await.len() as u128, 2 * round);
    }
}

#[tokio::test]
async fn reads_go_on_when_all_connections_of_readers_end() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.append(step(1)).await.unwrap();
    let session = server::session(guard.url()).await;
    for _ in 0..5 {
        join_all((0..8).map(|_| count_events(&database))).await;
        assert!(terminate(&session, "read").await > 1, "there are connections to lose");
        for _ in 0..8 {
            assert_eq!(count_events(&database).await, 1);
        }
    }
}

#[tokio::test]
async fn nodes_hear_of_each_other_again_when_the_connections_that_listen_have_ended() {
    let Some(server) = server::url() else { return };
    // That a node looks at the log by itself is a long time away.
    let patient = |options: Options| options.poll(Duration::from_hours(1));
    let (first, guard) = server::open_with(&server, patient).await;
    let second = Postgres::open(patient(Options::new(guard.url()))).await.unwrap();
    let session = server::session(guard.url()).await;
    let listens = "count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() \
        AND application_name = 'freehold/signal' AND state = 'idle' AND query LIKE 'SELECT%'";
    until(&session, listens).await;
    assert_eq!(terminate(&session, "signal").await, 2);
    first.append(step(1)).await.unwrap();
    second.head().wait_for(|head| *head == Position(1)).await.unwrap();
    second.append(step(1)).await.unwrap();
    first.head().wait_for(|head| *head == Position(2)).await.unwrap();
}

#[tokio::test]
async fn what_was_written_while_a_node_could_tell_nobody_is_told_when_it_can() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let (session, mut hears) = listen(guard.url()).await;
    database.append(step(1)).await.unwrap();
    assert_eq!(hears.recv().await.unwrap(), "1");
    let name: String = session.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    let connections = async |allowed| {
        let alter = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        server::session(&server).await.batch_execute(&alter).await.unwrap();
    };
    connections(false).await;
    assert_eq!(terminate(&session, "signal").await, 1);
    database.append(step(1)).await.unwrap();
    connections(true).await;
    assert_eq!(hears.recv().await.unwrap(), "2");
}

#[tokio::test]
async fn a_read_that_finds_no_free_connection_says_what_limits_it() {
    let Some(server) = server::url() else { return };
    let limited = |options: Options| options.readers(1).wait_timeout(Duration::from_millis(20));
    let (database, guard) = server::open_with(&server, limited).await;
    let holder = server::session(guard.url()).await;
    holder.batch_execute("BEGIN; LOCK TABLE freehold.events IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let first = tokio::spawn({
        let database = database.clone();
        async move { read(&database, 1).await }
    });
    until(&server::session(guard.url()).await, &blocked("read", 1)).await;
    let refused = read(&database, 1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");
    assert_eq!(
        refused.to_string(),
        "the store is not available: no connection to PostgreSQL became free within 20ms: \
         all that `readers` allows (1) are in use, and `wait_timeout` is how long a read waits"
    );
    holder.batch_execute("COMMIT").await.unwrap();
    assert!(first.await.unwrap().unwrap().is_empty());
    assert!(read(&database, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_statement_that_takes_too_long_says_what_limits_it() {
    let Some(server) = server::url() else { return };
    let hasty = |options: Options| options.statement_timeout(Duration::from_secs(1));
    let (database, guard) = server::open_with(&server, hasty).await;
    let holder = server::session(guard.url()).await;
    holder.batch_execute("BEGIN; LOCK TABLE freehold.events IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let (read, appended) = futures_util::join!(read(&database, 1), database.append(step(1)));
    for said in [read.unwrap_err().to_string(), appended.unwrap_err().to_string()] {
        assert!(said.contains("not available") && said.contains("`statement_timeout`"), "{said}");
    }
    holder.batch_execute("COMMIT").await.unwrap();
    insist(&database, step(1)).await;
    assert_eq!(count_events(&database).await, 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    // Nobody else gets the port, and nobody listens at it.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = unavailable(Options::new(format!("postgres://shop:secret@127.0.0.1:{port}/shop"))).await;
    assert!(said.contains("PostgreSQL cannot be reached") && said.contains("refused"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let options = Options::new(format!("postgres://shop:secret@127.0.0.1:{port}/shop"));
    let said = unavailable(options.connect_timeout(Duration::from_millis(20))).await;
    assert_eq!(said, "PostgreSQL did not answer within 20ms");
}

async fn unavailable(options: Options) -> String {
    match Postgres::open(options).await {
        Err(StoreError::Unavailable { reason }) => reason,
        other => panic!("it was to be unavailable: {other:?}"),
    }
}
