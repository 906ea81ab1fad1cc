//! Tower middleware from plain async functions, for both buses.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tower::{Layer, Service, util::BoxCloneSyncService};

/// What comes after a middleware: call it with the request, or do not.
pub type Next<Request, Response, Error> = BoxCloneSyncService<Request, Response, Error>;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A layer of the function `(request, next) -> Result<response, error>`.
///
/// ```
/// use freehold_app::{CommandRequest, DispatchError, Next, Receipt, from_fn};
/// use tower::ServiceExt;
///
/// async fn count(request: CommandRequest, next: Next<CommandRequest, Receipt, DispatchError>) -> Result<Receipt, DispatchError> {
///     let name = request.info.name;
///     let result = next.oneshot(request).await;
///     println!("{name}: {}", if result.is_ok() { "accepted" } else { "refused" });
///     result
/// }
///
/// let layer = from_fn(count);
/// # fn is_layer<L: tower::Layer<Next<CommandRequest, Receipt, DispatchError>>>(_: L) {}
/// # is_layer(layer);
/// ```
pub fn from_fn<F>(function: F) -> FromFnLayer<F> {
    FromFnLayer { function }
}

/// The layer that [`from_fn`] makes.
#[derive(Clone, Debug)]
pub struct FromFnLayer<F> {
    function: F,
}

impl<F: Clone, S> Layer<S> for FromFnLayer<F> {
    type Service = FromFn<F, S>;

    fn layer(&self, inner: S) -> Self::Service {
        FromFn { function: self.function.clone(), inner }
    }
}

/// The service that [`from_fn`] makes.
#[derive(Clone, Debug)]
pub struct FromFn<F, S> {
    function: F,
    inner: S,
}

impl<F, Fut, Request, Response, Error> Service<Request> for FromFn<F, Next<Request, Response, Error>>
where
    F: Fn(Request, Next<Request, Response, Error>) -> Fut,
    Fut: Future<Output = Result<Response, Error>> + Send + 'static,
{
    type Response = Response;
    type Error = Error;
    type Future = BoxFuture<Result<Response, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin((self.function)(request, self.inner.clone()))
    }
}
