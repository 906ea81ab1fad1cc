//! Work and the connection that it is done over, polled as one.
//!
//! They wake each other with every request and every answer. To the runtime that would be a task that wakes itself: it
//! would go to the end of its queue, and another thread be woken to take it over, twice a round trip. Here they are
//! polled in turns until neither has woken the other.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::task::AtomicWaker;

/// How many times in a row they are polled before other tasks have their turn.
const ROUNDS: usize = 64;

/// Does the work, and polls the other future as long as that has not ended.
pub(crate) async fn together<W: Future>(work: W, other: impl Future<Output = ()>) -> W::Output {
    let (mut work, mut other) = (pin!(work), pin!(other));
    let (turn, mut has_ended) = (Arc::new(Turn::default()), false);
    let waker = Waker::from(turn.clone());
    poll_fn(|context| {
        turn.task.register(context.waker());
        let mut own = Context::from_waker(&waker);
        for _ in 0..ROUNDS {
            turn.begin();
            if let Poll::Ready(done) = work.as_mut().poll(&mut own) {
                return Poll::Ready(done);
            }
            if !has_ended && other.as_mut().poll(&mut own).is_ready() {
                // What the work waits for may never come now, which it is to find out.
                has_ended = true;
                continue;
            }
            if turn.end() {
                return Poll::Pending;
            }
        }
        turn.pass(context.waker());
        Poll::Pending
    })
    .await
}

/// Whether something has happened while the two were polled.
#[derive(Default)]
struct Turn {
    state: AtomicU8,
    task: AtomicWaker,
}

/// They are not being polled: whoever wakes them wakes the task.
const AT_REST: u8 = 0;
const POLLED: u8 = 1;
/// They are being polled, and have to be once more.
const WOKEN: u8 = 2;

impl Turn {
    fn begin(&self) {
        self.state.store(POLLED, Ordering::SeqCst);
    }

    /// Whether nothing has happened meanwhile.
    fn end(&self) -> bool {
        self.state.compare_exchange(POLLED, AT_REST, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// They go on later.
    fn pass(&self, task: &Waker) {
        self.state.store(AT_REST, Ordering::SeqCst);
        task.wake_by_ref();
    }
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let woken = self.state.compare_exchange(POLLED, WOKEN, Ordering::SeqCst, Ordering::SeqCst);
        if woken == Err(AT_REST) {
            self.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, poll_fn, ready},
        sync::atomic::{AtomicUsize, Ordering},
        task::Poll,
    };

    use tokio::{
        sync::mpsc,
        task::{unconstrained, yield_now},
    };

    use super::together;

    #[tokio::test]
    async fn what_wakes_the_other_is_seen_at_once() {
        let (asks, mut asked) = mpsc::unbounded_channel::<usize>();
        let (answers, mut answered) = mpsc::unbounded_channel::<usize>();
        let work = async move {
            let mut sum = 0;
            for number in 0..1_000 {
                asks.send(number).unwrap();
                sum += answered.recv().await.unwrap();
            }
            sum
        };
        let other = async move {
            while let Some(number) = asked.recv().await {
                // Nobody may ask any more.
                answers.send(number).ok();
            }
        };
        assert_eq!(together(work, other).await, 499_500);
    }

    #[tokio::test]
    async fn work_that_never_rests_lets_others_have_their_turn() {
        let polled = AtomicUsize::new(0);
        let restless = poll_fn(|context| {
            polled.fetch_add(1, Ordering::Relaxed);
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        tokio::select! {
            biased;
            () = unconstrained(together(restless, pending())) => {}
            () = yield_now() => {}
        }
        assert!(polled.load(Ordering::Relaxed) > 1);
    }

    #[tokio::test]
    async fn work_goes_on_when_the_other_has_ended() {
        let work = async {
            yield_now().await;
            7
        };
        assert_eq!(together(work, ready(())).await, 7);
    }
}
