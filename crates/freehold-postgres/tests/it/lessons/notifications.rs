//! Notifications: a few whatever is written, and none of another database.

use std::time::Duration;

use freehold_domain::Position;
use freehold_ports::EventStore;
use freehold_postgres::{Options, Postgres};

use crate::{
    fixtures::step,
    server::{self, listen},
};

#[tokio::test]
async fn however_much_is_written_it_is_told_once_a_tick() {
    let Some(server) = server::url() else { return };
    let endless = |options: Options| options.tick(Duration::from_hours(1));
    let (database, guard) = server::open_with(&server, endless).await;
    let (session, mut hears) = listen(guard.url()).await;
    database.append(step(1)).await.unwrap();
    assert_eq!(hears.recv().await.unwrap(), "1");
    for walk in 0..200 {
        database.append(step(walk)).await.unwrap();
    }
    // Whoever is told anything is told it in the order of the commits.
    session.batch_execute("NOTIFY freehold_head, 'the end'").await.unwrap();
    assert_eq!(hears.recv().await.unwrap(), "the end");
}

#[tokio::test]
async fn the_last_of_what_is_written_in_a_tick_is_told_too() {
    let Some(server) = server::url() else { return };
    let patient = |options: Options| options.poll(Duration::from_hours(1));
    let (database, guard) = server::open_with(&server, patient).await;
    let other = Postgres::open(patient(Options::new(guard.url()))).await.unwrap();
    for position in 1..=100 {
        assert_eq!(database.append(step(1)).await.unwrap().position, Position(position));
    }
    other.head().wait_for(|head| *head == Position(100)).await.unwrap();
}

#[tokio::test]
async fn a_notification_in_another_database_wakes_nobody() {
    let Some(server) = server::url() else { return };
    let patient = |options: Options| options.poll(Duration::from_hours(1));
    let (database, guard) = server::open_with(&server, patient).await;
    let other = Postgres::open(patient(Options::new(guard.url()))).await.unwrap();
    let (elsewhere, other_guard) = server::open(&server).await;
    let (session, mut hears) = listen(guard.url()).await;
    let mut head = other.head();
    for walk in 0..9 {
        elsewhere.append(step(walk)).await.unwrap();
    }
    let stranger = server::session(other_guard.url()).await;
    stranger.batch_execute("NOTIFY freehold_head, '999'").await.unwrap();
    session.batch_execute("NOTIFY freehold_head, 'the end'").await.unwrap();
    assert_eq!(hears.recv().await.unwrap(), "the end");
    assert!(!head.has_changed().unwrap());
    database.append(step(1)).await.unwrap();
    assert_eq!(*head.wait_for(|head| *head > Position::START).await.unwrap(), Position(1));
}

#[tokio::test]
async fn a_notification_that_is_not_true_is_not_believed() {
    let Some(server) = server::url() else { return };
    let patient = |options: Options| options.poll(Duration::from_hours(1));
    let (database, guard) = server::open_with(&server, patient).await;
    let stranger = server::session(guard.url()).await;
    stranger.batch_execute("NOTIFY freehold_head, '999'; NOTIFY freehold_head, 'what'").await.unwrap();
    let other = Postgres::open(patient(Options::new(guard.url()))).await.unwrap();
    let mut head = database.head();
    other.append(step(1)).await.unwrap();
    assert_eq!(*head.wait_for(|head| *head > Position::START).await.unwrap(), Position(1));
}
