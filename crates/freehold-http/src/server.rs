//! A server: listens, and stops without breaking off what is under way.

use std::{io, net::SocketAddr, pin::pin};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Duration, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{Authentication, Limits};

/// How long a client may take to send the head of a request, and a connection be idle: longer than the minute after
/// which load balancers close theirs, so that it is never the service that closes one that is about to be used.
const HEAD: Duration = Duration::from_secs(75);
/// The most bytes of the head of a request.
const HEAD_BYTES: usize = 64 << 10;
/// How long to wait before accepting again when the system has no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(200);

/// An API that has been built.
pub struct Server {
    router: Router,
    openapi: Value,
    authentication: Authentication,
    limits: Limits,
    stopping: CancellationToken,
}

/// Why a service does not listen, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Tokens for development are accepted, and others than this machine could send them.
    #[error(
        "authentication for development is only for this machine, and {0} can be reached from others; \
         listen at 127.0.0.1, or configure the key of an issuer"
    )]
    Development(SocketAddr),
    /// The listener does not say where it listens.
    #[error("the listener cannot be used: {0}")]
    Listener(#[source] io::Error),
}

impl Server {
    pub(crate) fn new(
        router: Router,
        openapi: Value,
        authentication: Authentication,
        limits: Limits,
        stopping: CancellationToken,
    ) -> Self {
        Self { router, openapi, authentication, limits, stopping }
    }

    /// All of it as one service, for tests in one process and for a server of one's own.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The description of the API in OpenAPI 3.1.
    pub fn openapi(&self) -> &Value {
        &self.openapi
    }

    /// Serves until `shutdown` ends, then finishes the requests that are under way within the limit for that.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let address = listener.local_addr().map_err(ServeError::Listener)?;
        if !self.authentication.may_listen(address) {
            return Err(ServeError::Development(address));
        }
        tracing::info!(%address, "listening");
        let graceful = GracefulShutdown::new();
        let connections = accept(listener, self.router, &graceful, shutdown).await;
        // What would go on forever ends.
        self.stopping.cancel();
        finish(connections, graceful, self.limits.shutdown).await;
        Ok(())
    }
}

/// Accepts connections until it is time to stop, each served by a task in the set.
async fn accept(
    listener: TcpListener,
    router: Router,
    graceful: &GracefulShutdown,
    shutdown: impl Future<Output = ()>,
) -> JoinSet<()> {
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return connections,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => serve_one(stream, router.clone(), graceful, &mut connections),
                Err(error) => pause(&error).await,
            },
        }
    }
}

fn serve_one(stream: TcpStream, router: Router, graceful: &GracefulShutdown, connections: &mut JoinSet<()>) {
    // Answers are small: waiting to fill a packet only delays them. Where that cannot be said, they are delayed.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let connection = graceful.watch(connection);
    connections.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// A client that is gone again is nothing; a system without room for connections is given time to find some.
async fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "connections cannot be accepted");
        sleep(NO_ROOM).await;
    }
}

async fn finish(mut connections: JoinSet<()>, graceful: GracefulShutdown, deadline: Duration) {
    tracing::info!("finishing what is under way");
    tokio::select! {
        () = graceful.shutdown() => {}
        () = sleep(deadline) => {
            tracing::warn!(connections = connections.len(), ?deadline, "breaking off what is not finished");
        }
    }
    connections.shutdown().await;
}
