//! A contender's `main`: describes itself, or answers the orchestrator.

use std::{
    env,
    io::{self, BufRead, Write},
    sync::Arc,
};

use anyhow::{Context, bail};
use tokio::runtime::{Builder, Runtime};

use crate::{
    Contender, Setup, View,
    book::Book,
    protocol::{Answer, Request},
    staged::Staged,
};

/// With the argument `describe` prints the contender's variants; without it, answers requests on standard input until
/// there are no more.
pub fn serve<C: Contender>() -> anyhow::Result<()> {
    if env::args().nth(1).as_deref() == Some("describe") {
        println!("{}", serde_json::to_string(&C::variants())?);
        return Ok(());
    }
    let mut session =
        Session::<C> { runtime: Builder::new_multi_thread().enable_all().build()?, prepared: None };
    for line in io::stdin().lock().lines() {
        let answer = session.answer(&line?).unwrap_or_else(|error| Answer::Failed(format!("{error:#}")));
        println!("{}", serde_json::to_string(&answer)?);
        io::stdout().flush()?;
    }
    Ok(())
}

struct Session<C> {
    runtime: Runtime,
    prepared: Option<Prepared<C>>,
}

/// A database that is open, and what is in it.
struct Prepared<C> {
    contender: Arc<C>,
    setup: Setup,
    book: Book,
    staged: Option<Staged>,
}

impl<C: Contender> Session<C> {
    fn answer(&mut self, line: &str) -> anyhow::Result<Answer> {
        let request = serde_json::from_str(line)?;
        if let Request::Prepare(setup) = request {
            let contender = self.runtime.block_on(C::open(&setup)).context("the database is not ready")?;
            let (contender, book) = (Arc::new(contender), Book::default());
            self.prepared = Some(Prepared { contender, setup, book, staged: None });
            return Ok(Answer::Done);
        }
        let prepared = self.prepared.as_mut().context("nothing is prepared")?;
        self.runtime.block_on(prepared.answer(request))
    }
}

impl<C: Contender> Prepared<C> {
    async fn answer(&mut self, request: Request) -> anyhow::Result<Answer> {
        match request {
            Request::Prepare(_) => bail!("the database is open"),
            Request::Grow { events } => self.grow(events).await,
            Request::Stage(round) => {
                self.staged =
                    Some(Staged::prepare(&*self.contender, &self.setup, &mut self.book, round).await?);
                Ok(Answer::Done)
            }
            Request::Run => {
                let staged = self.staged.take().context("nothing is staged")?;
                let report = staged.run(&self.contender, &self.setup, &mut self.book).await?;
                Ok(Answer::Measured(Box::new(report)))
            }
        }
    }

    async fn grow(&mut self, events: u64) -> anyhow::Result<Answer> {
        if self.setup.view == View::Holders {
            fill_holders(&*self.contender, &self.setup, events).await?;
            self.book.has_holders(events);
            return Ok(Answer::Done);
        }
        while self.book.events() < events {
            let accounts = ((events - self.book.events()) / Book::GROWN).clamp(1, 50_000);
            self.book.fill(&*self.contender, accounts, Book::GROWN).await?;
        }
        self.book.has_grown();
        Ok(Answer::Done)
    }
}

#[cfg(feature = "views")]
async fn fill_holders<C: Contender>(contender: &C, setup: &Setup, rows: u64) -> anyhow::Result<()> {
    let fill = contender.fill_holders().context("it has no such rows")?;
    crate::observer::fill(setup.store.postgres()?, fill, rows).await
}

#[cfg(not(feature = "views"))]
#[expect(clippy::unused_async, reason = "as where views are built in")]
async fn fill_holders<C: Contender>(_: &C, _: &Setup, _: u64) -> anyhow::Result<()> {
    bail!("views are not built in")
}
