//! One measurement: what it works on, and how it is done.

use std::sync::Arc;

use crate::{
    Contender, Setup, View,
    book::Book,
    protocol::{Report, Round, Work},
    round::Callers,
};
#[cfg(feature = "views")]
use crate::{beside::Beside, catch_up::CatchUp, observer::Observer, steady::Steady};

/// A round, and what it works on.
pub(crate) enum Staged {
    Callers(Callers),
    #[cfg(feature = "views")]
    CatchUp(CatchUp),
    #[cfg(feature = "views")]
    Steady(Steady),
    #[cfg(feature = "views")]
    Beside(Beside),
}

impl Staged {
    /// Writes what the round works on.
    #[cfg_attr(not(feature = "views"), expect(unused_variables, reason = "only views ask what was set up"))]
    pub(crate) async fn prepare<C: Contender>(
        contender: &C,
        setup: &Setup,
        book: &mut Book,
        round: Round,
    ) -> anyhow::Result<Self> {
        Ok(match round.work {
            #[cfg(feature = "views")]
            Work::CatchUp => Self::CatchUp(CatchUp),
            #[cfg(feature = "views")]
            Work::Steady { rate } => {
                Self::Steady(Steady::prepare(contender, setup, book, (rate, round)).await?)
            }
            #[cfg(feature = "views")]
            Work::Beside { .. } => Self::Beside(Beside::prepare(contender, setup, book, round).await?),
            #[cfg(not(feature = "views"))]
            Work::CatchUp | Work::Steady { .. } | Work::Beside { .. } => {
                anyhow::bail!("views are not built in")
            }
            _ => Self::Callers(Callers::prepare(contender, book, round).await?),
        })
    }

    /// Runs it, and looks at what it left.
    pub(crate) async fn run<C: Contender>(
        self,
        contender: &Arc<C>,
        setup: &Setup,
        book: &mut Book,
    ) -> anyhow::Result<Report> {
        match self {
            Self::Callers(callers) => {
                let report = callers.run(contender, setup, book).await?;
                if setup.view == View::Inline {
                    check_rows(&**contender, setup, book).await?;
                }
                Ok(report)
            }
            #[cfg(feature = "views")]
            Self::CatchUp(catch_up) => catch_up.run(&**contender, setup, book).await,
            #[cfg(feature = "views")]
            Self::Steady(steady) => steady.run(contender, setup, book).await,
            #[cfg(feature = "views")]
            Self::Beside(beside) => beside.run(contender, setup, book).await,
        }
    }
}

/// Whether the rows have taken in what was acknowledged, where they can be looked at.
#[cfg(feature = "views")]
async fn check_rows<C: Contender>(contender: &C, setup: &Setup, book: &Book) -> anyhow::Result<()> {
    match contender.rows() {
        Some(rows) => Observer::connect(setup.store.postgres()?, rows).await?.check(setup.view, book).await,
        None => Ok(()),
    }
}

#[cfg(not(feature = "views"))]
#[expect(clippy::unused_async, reason = "as where views are built in")]
async fn check_rows<C: Contender>(_: &C, _: &Setup, _: &Book) -> anyhow::Result<()> {
    Ok(())
}
