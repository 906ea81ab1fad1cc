//! Signals between nodes: that the log has grown, told at most once a tick, with a look at the log as the floor.
//!
//! A notification inside each commit would serialise the commits of the whole server; one a tick does not, and a
//! reader only needs to hear the last.

use std::{future::poll_fn, sync::Arc, time::Duration};

use freehold_domain::Position;
use futures_util::future::{Either, select};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};
use tokio_postgres::{AsyncMessage, Client};
use tokio_util::sync::CancellationToken;

use crate::{
    Options,
    committer::announce,
    connection::{Address, Purpose, Wire},
    events::number,
    fault::Fault,
    sql,
};

/// How long it waits before it connects again.
const PAUSE: Duration = Duration::from_millis(200);

/// What the task owns.
pub(crate) struct Signal {
    address: Address,
    tick: Duration,
    poll: Duration,
    head: Arc<watch::Sender<Position>>,
    /// What other nodes know, or do not need to hear from this one. It outlives a connection, so that what is written
    /// while there is none is told later.
    told: Position,
    stop: CancellationToken,
}

impl Signal {
    pub(crate) fn new(
        address: Address,
        options: &Options,
        head: Arc<watch::Sender<Position>>,
        stop: CancellationToken,
    ) -> Self {
        let told = *head.borrow();
        Self { address, tick: options.tick, poll: options.poll, head, told, stop }
    }

    /// Until it is told to stop; it connects again as often as it takes.
    pub(crate) async fn run(mut self) {
        while !self.stop.is_cancelled() {
            let ended = match self.address.connect(Purpose::Signal).await {
                Ok((client, wire)) => self.serve_on(&client, wire).await,
                Err(error) => Err(error.into()),
            };
            if let Err(fault) = ended {
                let error = freehold_ports::StoreError::from(fault);
                tracing::warn!(%error, "other nodes cannot be heard");
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    () = sleep(PAUSE) => {}
                }
            }
        }
    }

    async fn serve_on(&mut self, client: &Client, mut wire: Wire) -> Result<(), Fault> {
        let (heard, hears) = mpsc::channel(16);
        let listening = async move {
            loop {
                match poll_fn(|context| wire.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(told))) => {
                        // One that finds no place is made up for by the next, or by the look at the log.
                        heard.try_send(told.payload().parse().map(Position).ok()).ok();
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(Fault::from(error)),
                    None => return Ok(()),
                }
            }
        };
        match select(Box::pin(listening), Box::pin(self.serve(client, hears))).await {
            Either::Left((ended, _)) | Either::Right((ended, _)) => ended,
        }
    }

    async fn serve(
        &mut self,
        client: &Client,
        mut hears: mpsc::Receiver<Option<Position>>,
    ) -> Result<(), Fault> {
        client.batch_execute("LISTEN freehold_head").await?;
        let tell = client.prepare(sql::TELL).await?;
        let look = client.prepare(sql::HEAD).await?;
        let mut looks = interval(self.poll);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut grown, mut next) = (self.head.subscribe(), Instant::now());
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                Some(told) = hears.recv() => {
                    let last = std::iter::from_fn(|| hears.try_recv().ok()).last().unwrap_or(told);
                    // Anybody on the server can tell anything; what is true is looked up.
                    if last > Some(*self.head.borrow()) {
                        let head = Position(number(&client.query_one(&look, &[]).await?, 0)?);
                        self.told = self.told.max(head);
                        announce(&self.head, head);
                    }
                }
                _ = looks.tick() => {
                    let head = Position(number(&client.query_one(&look, &[]).await?, 0)?);
                    announce(&self.head, head);
                }
                () = has_grown(&mut grown, self.told, next) => {
                    let head = *grown.borrow();
                    next = Instant::now() + self.tick;
                    client.execute(&tell, &[&head.to_string()]).await?;
                    self.told = head;
                }
            }
        }
    }
}

/// Until there is something to tell, and the time for it has come.
async fn has_grown(head: &mut watch::Receiver<Position>, told: Position, next: Instant) {
    if head.wait_for(|head| *head > told).await.is_err() {
        std::future::pending::<()>().await;
    }
    sleep_until(next).await;
}
