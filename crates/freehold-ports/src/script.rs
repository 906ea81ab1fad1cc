//! Scripts: what a SQL projection runs for an event, one statement after the other, by whoever has the transaction.
//!
//! The code of a projection is given no connection. It asks for a statement to be run and is suspended; the store that
//! drives it runs that and has it go on. So it is the same code for every database, it cannot wait for anything but
//! its statements, and no store has to hold a transaction open across a thread that is not its own.

use std::{
    future::{Future, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use freehold_domain::{Cell, CellKind, CellValue, RawEvent, Recorded, RowKey};

use crate::FoldError;

/// Which SQL a database understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// That of SQLite.
    Sqlite,
    /// That of PostgreSQL.
    Postgres,
}

/// A transaction, in the hand of a [`SqlProjection`](crate::SqlProjection) or a [`Reaction`](crate::Reaction). It is not for
/// them to end it: it ends with their checkpoint.
pub struct Sql {
    dialect: Dialect,
    turn: Arc<Mutex<Turn>>,
}

/// Why an event cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SqlError(String);

/// A value that a statement is given.
pub trait SqlParam: Send + Sync {
    /// What kind of cell holds it, also where that holds nothing.
    fn kind(&self) -> CellKind;
    /// The cell that holds it.
    fn cell(&self) -> Cell;
}

/// Whose turn it is.
enum Turn {
    Projection,
    Store(SqlStatement),
    Answered(SqlAnswer),
}

/// A statement that is to be run.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlStatement {
    text: String,
    /// The values of `$1`, `$2`, …, each with its kind.
    pub params: Vec<(CellKind, Cell)>,
    /// The columns of the rows that are asked for; nothing, if what is asked for is how many it has changed.
    pub columns: Option<Vec<CellKind>>,
}

/// What a statement has come to.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlAnswer {
    /// So many rows were changed.
    Changed(u64),
    /// These were found.
    Rows(Vec<Vec<Cell>>),
}

/// What a projection runs for one event.
pub struct Script {
    future: Running,
    turn: Arc<Mutex<Turn>>,
}

type Running = Pin<Box<dyn Future<Output = Result<(), SqlError>> + Send>>;

/// How a script goes on.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// This is to be run, and [answered](Script::answer). Where that fails the script is dropped.
    Run(SqlStatement),
    /// The event has been taken in.
    Done,
    /// It cannot be.
    Failed(SqlError),
}

/// A projection that is written in SQL, as a store sees it.
pub trait Scripts: Send + Sync {
    /// What it runs for the event.
    fn script(&self, event: &Recorded<RawEvent>, dialect: Dialect) -> Result<Script, FoldError>;
}

impl Sql {
    /// Which SQL the database understands.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs a statement: how many rows it has changed, or found. `$1`, `$2`, … are the values, each in the type of the column that a
    /// view would have for it; `{table}` is the projection's own table.
    ///
    /// A statement that fails is the end: nothing behind it is run, and the event is not taken in.
    ///
    /// Errors: the statement would begin or end a transaction.
    pub async fn execute(&mut self, text: &str, params: &[&dyn SqlParam]) -> Result<u64, SqlError> {
        match self.run(text, params, None).await? {
            SqlAnswer::Changed(rows) => Ok(rows),
            SqlAnswer::Rows(_) => Err(unfit()),
        }
    }

    /// Runs a statement, and reads what it finds: a value a row, or a tuple of as many values as there are columns.
    ///
    /// Errors: as [`execute`](Self::execute), and a value that does not fit its type.
    pub async fn query<T: RowKey>(
        &mut self,
        text: &str,
        params: &[&dyn SqlParam],
    ) -> Result<Vec<T>, SqlError> {
        match self.run(text, params, Some(T::KINDS.to_vec())).await? {
            SqlAnswer::Rows(rows) => {
                let rows = rows.iter().map(|row| T::from_cells(row).map_err(SqlError::new));
                rows.collect()
            }
            SqlAnswer::Changed(_) => Err(unfit()),
        }
    }

    async fn run(
        &mut self,
        text: &str,
        params: &[&dyn SqlParam],
        columns: Option<Vec<CellKind>>,
    ) -> Result<SqlAnswer, SqlError> {
        if let Some(word) = transaction_control(text, self.dialect) {
            return Err(SqlError::new(format!(
                "`{word}` is not for a projection: its transaction ends with its checkpoint"
            )));
        }
        let params = params.iter().map(|param| (param.kind(), param.cell())).collect();
        *lock(&self.turn) = Turn::Store(SqlStatement { text: text.to_owned(), params, columns });
        let turn = &self.turn;
        Ok(std::future::poll_fn(|_| answered(turn)).await)
    }
}

impl SqlError {
    /// An event cannot be taken in for this reason, told without its content.
    #[expect(clippy::needless_pass_by_value, reason = "an error is as good a reason as a text")]
    pub fn new(reason: impl ToString) -> Self {
        Self(reason.to_string())
    }
}

impl<T: CellValue + Send + Sync> SqlParam for T {
    fn kind(&self) -> CellKind {
        T::KIND
    }

    fn cell(&self) -> Cell {
        self.to_cell()
    }
}

impl SqlStatement {
    /// What is run, where this is the table.
    pub fn text(&self, table: &str) -> String {
        let quoted = format!("\"{}\"", table.replace('"', "\"\""));
        self.text.replace("{table}", &quoted)
    }
}

impl Script {
    /// What this code runs.
    pub fn new<F>(dialect: Dialect, code: impl FnOnce(Sql) -> F) -> Self
    where
        F: Future<Output = Result<(), SqlError>> + Send + 'static,
    {
        let turn = Arc::new(Mutex::new(Turn::Projection));
        let sql = Sql { dialect, turn: Arc::clone(&turn) };
        let future: Running = match catch_unwind(AssertUnwindSafe(|| code(sql))) {
            Ok(future) => Box::pin(future),
            Err(_) => Box::pin(ready(Err(panicked()))),
        };
        Self { future, turn }
    }

    /// Goes on to its next statement, or to its end.
    pub fn proceed(&mut self) -> Step {
        let Self { future, turn } = self;
        let mut context = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)));
        match (polled, std::mem::replace(&mut *lock(turn), Turn::Projection)) {
            (Ok(Poll::Pending), Turn::Store(statement)) => Step::Run(statement),
            (Ok(Poll::Pending), _) => Step::Failed(SqlError::new(
                "the projection waits for something that is not a statement of its own",
            )),
            (Ok(Poll::Ready(Ok(()))), Turn::Store(_)) => {
                Step::Failed(SqlError::new("the projection did not wait for a statement that it asked for"))
            }
            (Ok(Poll::Ready(Ok(()))), _) => Step::Done,
            (Ok(Poll::Ready(Err(error))), _) => Step::Failed(error),
            (Err(_), _) => Step::Failed(panicked()),
        }
    }

    /// Says what the statement that was to be run has come to.
    pub fn answer(&mut self, answer: SqlAnswer) {
        *lock(&self.turn) = Turn::Answered(answer);
    }
}

fn answered(turn: &Mutex<Turn>) -> Poll<SqlAnswer> {
    let mut turn = lock(turn);
    match std::mem::replace(&mut *turn, Turn::Projection) {
        Turn::Answered(answer) => Poll::Ready(answer),
        asked => {
            *turn = asked;
            Poll::Pending
        }
    }
}

fn lock(turn: &Mutex<Turn>) -> MutexGuard<'_, Turn> {
    turn.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the panic says stays out of it: it may quote the event.
fn panicked() -> SqlError {
    SqlError::new("the projection panicked")
}

fn unfit() -> SqlError {
    SqlError::new("the store has answered something else than it was asked")
}

/// The word that a statement begins with, if it would begin or end a transaction.
fn transaction_control(text: &str, dialect: Dialect) -> Option<&'static str> {
    const WORDS: [&str; 9] =
        ["ABORT", "BEGIN", "COMMIT", "END", "PREPARE", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"];
    let text = past_comments(text, dialect);
    let end = text.find(|sign: char| !sign.is_ascii_alphabetic()).unwrap_or(text.len());
    WORDS.into_iter().find(|word| word.eq_ignore_ascii_case(&text[..end]))
}

/// Behind white space and comments, which nest in PostgreSQL alone.
fn past_comments(text: &str, dialect: Dialect) -> &str {
    let is_blank = |sign: char| sign.is_whitespace() || [';', '\u{FEFF}'].contains(&sign);
    let text = text.trim_start_matches(is_blank);
    let behind = if text.starts_with("--") {
        text.split_once('\n').map(|(_, behind)| behind)
    } else if text.starts_with("/*") {
        past_comment(text, dialect)
    } else {
        return text;
    };
    behind.map_or("", |behind| past_comments(behind, dialect))
}

fn past_comment(text: &str, dialect: Dialect) -> Option<&str> {
    let mut depth = 0;
    for (place, _) in text.char_indices() {
        let rest = &text[place..];
        if rest.starts_with("/*") && (depth == 0 || dialect == Dialect::Postgres) {
            depth += 1;
        } else if let Some(behind) = rest.strip_prefix("*/") {
            depth -= 1;
            if depth == 0 {
                return Some(behind);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use freehold_domain::{Cell, CellKind};

    use std::task::{Context, Waker};

    use super::{Dialect, Script, Sql, SqlAnswer, SqlError, Step};

    fn script<F>(code: impl FnOnce(Sql) -> F) -> Script
    where
        F: Future<Output = Result<(), SqlError>> + Send + 'static,
    {
        Script::new(Dialect::Sqlite, code)
    }

    fn failure(mut script: Script) -> String {
        match script.proceed() {
            Step::Failed(error) => error.to_string(),
            step => panic!("{step:?}"),
        }
    }

    #[test]
    fn a_script_goes_on_with_what_its_statement_has_come_to() {
        let mut script = script(async |mut sql| {
            let found: Vec<(i64, String)> = sql.query("SELECT a, b FROM {table}", &[]).await?;
            let changed = sql.execute("DELETE FROM {table} WHERE a = $1", &[&found[0].0]).await?;
            if changed == 1 { Ok(()) } else { Err(SqlError::new("nothing was deleted")) }
        });
        let Step::Run(statement) = script.proceed() else { panic!("a statement is run") };
        assert_eq!(statement.text("my \"own\""), r#"SELECT a, b FROM "my ""own""""#);
        assert_eq!(statement.columns, Some(vec![CellKind::Int, CellKind::Text]));
        script.answer(SqlAnswer::Rows(vec![vec![Cell::Int(7), Cell::Text("seven".into())]]));
        let Step::Run(statement) = script.proceed() else { panic!("a statement is run") };
        assert_eq!((statement.params, statement.columns), (vec![(CellKind::Int, Cell::Int(7))], None));
        script.answer(SqlAnswer::Changed(0));
        assert_eq!(script.proceed(), Step::Failed(SqlError::new("nothing was deleted")));
    }

    #[test]
    fn a_script_ends_no_transaction() {
        let nested = "/* a /* b */ c */ COMMIT";
        let mut in_sqlite = script(async move |mut sql| sql.execute(nested, &[]).await.map(drop));
        assert!(matches!(in_sqlite.proceed(), Step::Run(_)), "SQLite sees no `COMMIT` at its beginning");
        let nested =
            Script::new(Dialect::Postgres, async move |mut sql| sql.execute(nested, &[]).await.map(drop));
        assert!(failure(nested).starts_with("`COMMIT`"));
        for text in ["COMMIT", " -- quietly\n ;/* or not */ rollback to a", "end;", "Begin"] {
            let told = failure(script(async move |mut sql| sql.execute(text, &[]).await.map(drop)));
            assert!(
                told.ends_with("is not for a projection: its transaction ends with its checkpoint"),
                "{told}"
            );
        }
        for text in ["SELECT 'COMMIT'", "-- COMMIT\nDELETE FROM a", "ENDED", ""] {
            let mut script = script(async move |mut sql| sql.execute(text, &[]).await.map(drop));
            assert!(matches!(script.proceed(), Step::Run(_)), "{text}");
        }
    }

    #[test]
    fn a_script_waits_for_its_statements_alone() {
        let told = failure(script(async |_| std::future::pending().await));
        assert_eq!(told, "the projection waits for something that is not a statement of its own");
        let told = failure(script(async |mut sql| {
            let statement = std::pin::pin!(sql.execute("DELETE FROM {table}", &[]));
            let mut context = Context::from_waker(Waker::noop());
            assert!(statement.poll(&mut context).is_pending());
            Ok(())
        }));
        assert_eq!(told, "the projection did not wait for a statement that it asked for");
    }

    #[test]
    fn a_script_that_panics_fails_and_quotes_nothing() {
        assert_eq!(failure(script(async |_| panic!("secret"))), "the projection panicked");
        let at_once = |_: Sql| -> std::future::Ready<Result<(), SqlError>> { panic!("secret") };
        assert_eq!(failure(script(at_once)), "the projection panicked");
    }

    #[test]
    fn a_value_that_does_not_fit_is_an_error() {
        let mut script = script(async |mut sql| {
            let _: Vec<i64> = sql.query("SELECT 'a'", &[]).await?;
            Ok(())
        });
        assert!(matches!(script.proceed(), Step::Run(_)));
        script.answer(SqlAnswer::Rows(vec![vec![Cell::Text("a".into())]]));
        assert_eq!(script.proceed(), Step::Failed(SqlError::new("a cell of kind Int was expected")));
    }
}
