//! Statements that are sent without waiting for each other.

use std::{future::Future, pin::Pin, task::Poll};

use super::Broken;

/// A statement: on its way as soon as it is polled.
pub(super) type Step<'s> = Pin<Box<dyn Future<Output = Result<(), Broken>> + Send + 's>>;

/// Sends them in order, and the last one only if all before it could be sent; then waits for all of them.
///
/// Errors: the first. The server carries nothing out behind one that fails within a transaction, so that a commit at the
/// end takes all of it back.
pub(super) async fn run(steps: Vec<Step<'_>>, last: Step<'_>) -> Result<(), Broken> {
    let mut sent = Vec::with_capacity(steps.len() + 1);
    for step in steps.into_iter().chain([last]) {
        sent.extend(send(step).await?);
    }
    for step in sent {
        step.await?;
    }
    Ok(())
}

/// What is left of it to wait for.
async fn send(mut step: Step<'_>) -> Result<Option<Step<'_>>, Broken> {
    match std::future::poll_fn(|context| Poll::Ready(step.as_mut().poll(context))).await {
        Poll::Ready(done) => done.map(|()| None),
        Poll::Pending => Ok(Some(step)),
    }
}
