//! The handle of the writer: what the rest of the adapter holds of it.

use std::{path::Path, sync::Arc, thread};

use freehold_domain::Position;
use freehold_ports::StoreError;
use tokio::sync::{mpsc, oneshot, watch};

use super::{Order, Start, live, task::Request};
use crate::{
    Options,
    fault::{Stop, unavailable},
    session::Session,
};

/// The thread ends when this is dropped and what was accepted is done.
pub(crate) struct Handle {
    path: Arc<Path>,
    orders: mpsc::Sender<Order>,
    head: Arc<watch::Sender<Position>>,
    end: End,
}

/// The end of the thread.
#[derive(Clone)]
struct End {
    path: Arc<Path>,
    /// Why it has ended: the last thing it says, when connection and lock are gone.
    reason: watch::Receiver<Option<String>>,
}

impl Handle {
    /// Starts the thread, and waits until it has opened the database.
    pub(crate) async fn start(path: Arc<Path>, options: Options) -> Result<Self, StoreError> {
        let (orders, queue) = mpsc::channel(options.queue);
        let (ready, is_ready) = oneshot::channel();
        let (ended, reason) = watch::channel(None);
        let head = Arc::new(watch::Sender::new(Position::START));
        let start = Start { path: path.clone(), options, head: head.clone(), orders: queue, ready };
        let thread = thread::Builder::new().name("freehold-sqlite".into());
        let spawned = thread.spawn(move || ended.send_replace(Some(live(start))));
        spawned.map_err(|error| unavailable(format!("no thread can be started for the writer: {error}")))?;
        let end = End { path: path.clone(), reason };
        let handle = Self { path, orders, head, end };
        match is_ready.await {
            Ok(ready) => ready.map(|()| handle),
            Err(_) => Err(handle.end.reached().await),
        }
    }

    /// Has work done in a transaction: what is returned waits until it is committed. Work that was accepted is done
    /// even if nobody waits any more, and more than once if its transaction had to be repeated.
    pub(crate) async fn submit<T, E>(
        &self,
        work: impl FnMut(&Session<'_>) -> Result<T, Stop<E>> + Send + 'static,
    ) -> impl Future<Output = Result<T, E>> + Send + 'static
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Request::new(work, self.path.clone(), reply);
        // What cannot be sent is dropped, and with it what would answer.
        self.orders.send(Order::Task(Box::new(task))).await.ok();
        let end = self.end.clone();
        async move {
            match answer.await {
                Ok(outcome) => outcome,
                Err(_) => Err(end.reached().await.into()),
            }
        }
    }

    pub(crate) fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    /// Has the thread finish what it has accepted, and waits for its end.
    pub(crate) async fn close(&self) {
        // If it cannot be told, it has ended or is about to.
        self.orders.send(Order::Close).await.ok();
        self.end.clone().reached().await;
    }
}

impl End {
    /// Waits for it, and says what there is to say of it.
    async fn reached(mut self) -> StoreError {
        let reason = self.reason.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        let reason = reason.unwrap_or_else(|| "its writer is gone".to_owned());
        unavailable(format!("`{}`: {reason}", self.path.display()))
    }
}
