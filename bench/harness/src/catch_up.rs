//! From an empty view to one that has taken in the whole log.

use anyhow::{Context, ensure};

use crate::{
    Contender, Setup,
    book::Book,
    observer::{self, Observer},
    protocol::Report,
    usage::Meter,
};

/// A view that is to catch up.
pub(crate) struct CatchUp;

impl CatchUp {
    /// The time is that from asking the contender to follow the log until the sum over the rows is right.
    ///
    /// The view is emptied here and not before statistics are brought up to date, since those of a table that was looked at while
    /// it was empty are not what a view meets that is new or built anew.
    pub(crate) async fn run<C: Contender>(
        self,
        contender: &C,
        setup: &Setup,
        book: &Book,
    ) -> anyhow::Result<Report> {
        let (url, rows, events) =
            (setup.store.postgres()?, contender.rows().context("it has no rows")?, book.events());
        ensure!(events > 0, "there is nothing to catch up with");
        Observer::connect(url, rows).await?.empty().await?;
        let seen = observer::beside(url, rows, async move |observer| observer.see(events).await).await?;
        let meter = Meter::start(setup);
        contender.follow().await?;
        let ended = seen.await.context("the observer broke down")?;
        let report = ended.as_ref().ok().map(|ended| meter.read((*ended).into_std()));
        contender.rest().await?;
        ended?;
        Observer::connect(url, rows).await?.check(setup.view, book).await?;
        Ok(Report { operations: 1, events, ..report.unwrap_or_default() })
    }
}
