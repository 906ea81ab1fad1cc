//! Aggregates that stay in memory: the laws of commands hold as they do without, and case by case.

mod cache;
mod callers;
mod failures;
mod impostor;
mod other_nodes;
mod refusals;
mod under_way;

use std::sync::Arc;

use freehold::{
    RawEvent, Recorded, StreamId,
    app::{Accepted, Application, DispatchError, Host, SendOptions},
    memory::Memory,
    ports::{EventStore, Versions},
    prelude::*,
};
use freehold_testkit::faults::{
    Draw,
    Fault::{self, After, Before},
    Faults, Gate, Operation, Seed,
    Trouble::{Failure, Hang},
};

use crate::{
    bank::{
        Account, AccountId, AccountRejection, Close, Deposit, OpenAccount, Rename, context, open, open_as,
    },
    service::{clerk, folded},
};

mod laws {
    //! The laws, over a database in memory.

    use std::sync::Arc;

    use freehold::memory::Memory;

    freehold_testkit::conformance::commands::suite!(48, async || (vec![Arc::new(Memory::new()) as _], ()));
}

/// A node with a bank.
struct Node {
    application: Application,
    memory: Memory,
    /// What befalls appends and reads.
    faults: Faults,
    /// What befalls the answers to them on top of that.
    answers: Faults,
    _host: Host,
}

type Answer = Result<Accepted<AccountId>, DispatchError<AccountRejection>>;

impl Node {
    async fn start() -> Self {
        Self::over(Memory::new(), 64).await
    }

    async fn over(memory: Memory, hot_aggregates: usize) -> Self {
        let (faults, answers) = (Faults::default(), Faults::default());
        let database = answers.around(Arc::new(faults.around(Arc::new(memory.clone()))));
        let host = Host::builder(database).context(context()).hot_aggregates(hot_aggregates).start().await;
        let host = host.expect("it starts");
        Self { application: host.application(), memory, faults, answers, _host: host }
    }

    /// Another node over the same database, which keeps nothing.
    async fn elsewhere(&self) -> Self {
        Self::over(self.memory.clone(), 0).await
    }

    async fn opened(&self) -> AccountId {
        self.application.commands.create(clerk(), open("Anna")).await.expect("it is accepted").id
    }

    async fn opened_as(&self, nickname: &str) -> AccountId {
        self.application.commands.create(clerk(), open_as(nickname)).await.expect("it is accepted").id
    }

    /// Opens an account under this id.
    async fn open_at(&self, id: AccountId, command: OpenAccount) -> Result<(), DispatchError> {
        let options = SendOptions::default();
        self.application.commands.dispatch(clerk(), Some(id.as_uuid()), command, options).await.map(drop)
    }

    async fn deposit(&self, id: AccountId, amount: i64) -> Answer {
        self.application.commands.send(clerk(), id, Deposit { amount }).await
    }

    async fn deposited(&self, id: AccountId, amount: i64) -> u64 {
        self.deposit(id, amount).await.expect("it is accepted").version.0
    }

    async fn close(&self, id: AccountId) -> Answer {
        self.application.commands.send(clerk(), id, Close {}).await
    }

    async fn rename(&self, id: AccountId, nickname: &str) -> Answer {
        self.application.commands.send(clerk(), id, Rename { nickname: nickname.to_owned() }).await
    }

    /// The balance that is decided on, which must not be 0.
    async fn balance(&self, id: AccountId) -> i64 {
        not_empty(self.close(id).await)
    }

    async fn history(&self, id: AccountId) -> Vec<Recorded<RawEvent>> {
        let stream = StreamId::of::<Account>(id);
        self.memory.read_stream(&clerk().tenant, &stream, Versions::ALL).await.expect("it is there")
    }

    /// The account as the log has it.
    async fn account(&self, id: AccountId) -> Account {
        folded(&self.history(id).await).expect("it is there")
    }

    /// Whoever waits for the next append waits at the gate, and is told then what became of it.
    fn hold_answer(&self) -> Gate {
        let gate = Gate::closed();
        self.answers.plan(Operation::Append, &After(Hang(gate.clone())), 1);
        gate
    }

    /// The next append is not written, which whoever waits for it is told at the gate.
    fn lose_append(&self) -> Gate {
        self.faults.plan(Operation::Append, &Before(Failure), 1);
        self.hold_answer()
    }

    fn reads_fail(&self) {
        always(&self.faults, Operation::ReadStream, Before(Failure));
    }
}

fn always(faults: &Faults, operation: Operation, fault: Fault) {
    faults.draw(operation, Draw { seed: Seed(0), one_in: 1, faults: vec![fault] });
}

fn not_empty(answer: Answer) -> i64 {
    match answer {
        Err(DispatchError::Rejected(AccountRejection::NotEmpty { balance })) => balance,
        other => panic!("it was to be refused: {other:?}"),
    }
}

fn is_lost(answer: &Answer) -> bool {
    matches!(answer, Err(DispatchError::Store(_)))
}
