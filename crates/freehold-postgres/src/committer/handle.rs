//! The handle of the committer: what the rest of the adapter holds of it.

use freehold_ports::{Append, Pending};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinHandle,
};

use super::{Message, Order};
use crate::fault::unavailable;

/// The task ends when this is dropped and what was accepted is done.
pub(crate) struct Handle {
    orders: mpsc::Sender<Message>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Handle {
    pub(super) fn new(orders: mpsc::Sender<Message>, task: JoinHandle<()>) -> Self {
        Self { orders, task: Mutex::new(Some(task)) }
    }

    /// Puts an append behind those that wait.
    pub(crate) async fn submit(&self, append: Append) -> Pending {
        let (reply, answer) = oneshot::channel();
        // If it cannot be sent, the answer says so.
        self.orders.send(Message::Append(Box::new(Order { append, reply }))).await.ok();
        Box::pin(async move {
            let gone = || Err(unavailable("the database was closed").into());
            answer.await.unwrap_or_else(|_| gone())
        })
    }

    /// Has the task finish what it has accepted, and waits for its end.
    pub(crate) async fn close(&self) {
        // If it cannot be told, it has ended or is about to.
        self.orders.send(Message::Close).await.ok();
        if let Some(task) = self.task.lock().await.take() {
            task.await.ok();
        }
    }
}
