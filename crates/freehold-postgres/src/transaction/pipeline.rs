//! Statements that are sent without waiting for each other.

use std::{future::Future, pin::Pin, task::Poll};

use super::Broken;

/// A statement: on its way as soon as it is polled.
pub(super) type Step<'s> = Pin<Box<dyn Future<Output = Result<(), Broken>> + Send + 's>>;

/// Sends them in order, and behind them the commit, or what takes them back if one of them could not be sent: nothing that is
/// sent behind this may find a transaction open. Then waits for all of them.
///
/// Errors: the first. The server carries nothing out behind one that fails within a transaction, so that a commit at the
/// end takes all of it back.
pub(super) async fn run(steps: Vec<Step<'_>>, commit: Step<'_>, roll_back: Step<'_>) -> Result<(), Broken> {
    let (mut sent, mut not_sent) = (Vec::with_capacity(steps.len() + 1), None);
    for step in steps {
        match send(step).await {
            Ok(rest) => sent.extend(rest),
            Err(broken) => {
                not_sent = Some(broken);
                break;
            }
        }
    }
    sent.extend(send(if not_sent.is_none() { commit } else { roll_back }).await?);
    for step in sent {
        step.await?;
    }
    not_sent.map_or(Ok(()), Err)
}

/// What is left of it to wait for.
async fn send(mut step: Step<'_>) -> Result<Option<Step<'_>>, Broken> {
    match std::future::poll_fn(|context| Poll::Ready(step.as_mut().poll(context))).await {
        Poll::Ready(done) => done.map(|()| None),
        Poll::Pending => Ok(Some(step)),
    }
}
