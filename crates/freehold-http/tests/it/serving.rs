//! Listening, and stopping without breaking anything off.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::LazyLock,
    time::Duration,
};

use freehold::{
    app::{CommandRequest, CommandService},
    http::{BindError, Limits, bind},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};
use tower::{Service as _, service_fn, util::BoxCloneSyncService};

use crate::service::{ROLES, Setup, booking, server, token};

/// A served service, and how to stop it.
struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn serve(setup: Setup) -> Served {
    let (server, host) = server(setup).await;
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(async move {
        let stopped = async { stopped.await.unwrap_or_default() };
        server.serve(listener, stopped).await.unwrap();
        host.stop().await;
    });
    Served { address, stop, ended }
}

/// Sends a request as text, and leaves the connection open.
async fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        token(Some("acme"), ROLES),
        body.len(),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Everything that comes until the connection is closed.
async fn all(mut stream: TcpStream) -> String {
    let mut text = String::new();
    // A connection that is broken off may end in an error instead of an end.
    let _ = stream.read_to_string(&mut text).await;
    text
}

#[tokio::test]
async fn a_service_answers_over_a_connection_and_ends_when_it_is_told() {
    let served = serve(Setup::default()).await;
    let stream = send(served.address, "GET", "/health/live", "").await;
    let mut beginning = [0; 15];
    let mut stream = stream;
    stream.read_exact(&mut beginning).await.unwrap();
    assert_eq!(&beginning, b"HTTP/1.1 200 OK");
    served.stop.send(()).unwrap();
    // The connection is idle: it does not hold up the end.
    served.ended.await.unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
}

/// Opened by the test once the service has been told to stop.
static GATE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(0));
/// A permit for every command that has arrived.
static ARRIVED: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(0));

fn gated(inner: CommandService) -> CommandService {
    BoxCloneSyncService::new(service_fn(move |request: CommandRequest| {
        let mut inner = inner.clone();
        async move {
            ARRIVED.add_permits(1);
            let _open = GATE.acquire().await;
            inner.call(request).await
        }
    }))
}

#[tokio::test]
async fn a_request_that_is_under_way_is_finished() {
    let served = serve(Setup { host: |host| host.command_layer(gated), ..Setup::default() }).await;
    let stream = send(served.address, "POST", "/shipments", &booking("AB123456789").to_string()).await;
    ARRIVED.acquire().await.unwrap().forget();
    served.stop.send(()).unwrap();
    while TcpStream::connect(served.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    GATE.add_permits(1);
    let answer = all(stream).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    served.ended.await.unwrap();
}

fn silent(_: CommandService) -> CommandService {
    BoxCloneSyncService::new(service_fn(|_: CommandRequest| {
        SILENT.add_permits(1);
        std::future::pending()
    }))
}

static SILENT: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(0));

#[tokio::test]
async fn a_request_that_does_not_end_is_broken_off_at_the_deadline() {
    let limits = Limits { shutdown: Duration::from_millis(50), ..Limits::default() };
    let served = serve(Setup { limits, host: |host| host.command_layer(silent), ..Setup::default() }).await;
    let stream = send(served.address, "POST", "/shipments", &booking("AB123456789").to_string()).await;
    SILENT.acquire().await.unwrap().forget();
    served.stop.send(()).unwrap();
    served.ended.await.unwrap();
    assert_eq!(all(stream).await, "");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_a_way_out() {
    let first = bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let address = first.local_addr().unwrap();
    let error = bind(address).await.unwrap_err();
    assert!(matches!(error, BindError::Taken(taken) if taken == address), "{error}");
    let expected = format!("port {} of 127.0.0.1 is taken by another program", address.port());
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(error.to_string().contains("`--port`"), "{error}");
}

#[tokio::test]
async fn an_address_of_another_machine_is_told_as_such() {
    // 203.0.113.0/24 is for examples (RFC 5737): no machine has it.
    let error = bind("203.0.113.1:0".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, BindError::UnknownAddress(_)), "{error}");
    assert!(BindError::Forbidden(([127, 0, 0, 1], 80).into()).to_string().contains("ports below 1024"));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let served = serve(Setup::default()).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    // The service may answer and close before all of it has been written.
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = all(stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn events_end_when_the_service_is_told_to_stop() {
    let limits = Limits { shutdown: Duration::from_hours(1), ..Limits::default() };
    let served = serve(Setup { limits, ..Setup::default() }).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let request = format!(
        "GET /freight HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nauthorization: Bearer {}\r\n\r\n",
        token(Some("acme"), ROLES),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut beginning = [0; 15];
    stream.read_exact(&mut beginning).await.unwrap();
    assert_eq!(&beginning, b"HTTP/1.1 200 OK");
    served.stop.send(()).unwrap();
    let rest = all(stream).await;
    assert!(rest.contains("id: 0\n\n") && rest.ends_with("0\r\n\r\n"), "it has an end: {rest}");
    served.ended.await.unwrap();
}
