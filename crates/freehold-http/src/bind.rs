//! Taking a port, with errors that say how to get another one.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

/// Why a service cannot listen at an address.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program listens there.
    #[error(
        "port {} of {} is taken by another program; stop that one, or choose another port with `--port` or the \
         setting `http.port` (0 takes any that is free)", .0.port(), .0.ip()
    )]
    Taken(SocketAddr),
    /// The system does not allow it.
    #[error(
        "the system does not allow listening on port {} of {}; ports below 1024 are reserved on most systems, so choose \
         a higher one with `--port` or the setting `http.port`", .0.port(), .0.ip()
    )]
    Forbidden(SocketAddr),
    /// The machine has no such address.
    #[error(
        "this machine does not have the address {}; choose another with the setting `http.address`, such as 127.0.0.1 \
         for this machine only or 0.0.0.0 for all its networks", .0.ip()
    )]
    UnknownAddress(SocketAddr),
    /// Anything else.
    #[error("listening at {address} is not possible: {source}")]
    Other {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// Takes this port, or any that is free if it is 0.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(address),
        io::ErrorKind::PermissionDenied => BindError::Forbidden(address),
        io::ErrorKind::AddrNotAvailable => BindError::UnknownAddress(address),
        _ => BindError::Other { address, source },
    })
}
