//! A running bank, and those who use it.

use std::sync::Arc;

use freehold::{
    ActorId, Aggregate as _, CommandId, CorrelationId, Event as _, EventId, Id, Metadata, RawEvent, Recorded,
    StreamId, Timestamp, Version,
    app::{Accepted, Application, Builder, Caller, Host, SendOptions},
    memory::Memory,
    ports::{
        Append, DeadLetter, DeadLetterQuery, EventStore, Expected, NewEvent, Snapshot, SnapshotStore,
        Versions, ViewStore as _,
    },
};
use freehold_testkit::faults::Faults;
use uuid::Uuid;

use crate::bank::{Account, AccountEvent, AccountId, Balance, Deposit, GetBalance, context, open};

pub(crate) struct Service {
    pub(crate) host: Host,
    pub(crate) application: Application,
    pub(crate) memory: Memory,
    pub(crate) faults: Faults,
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::start_over(Memory::new(), |builder| builder).await
    }

    /// With every aggregate read for every command.
    pub(crate) async fn cold() -> Self {
        Self::start_over(Memory::new(), |builder| builder.hot_aggregates(0)).await
    }

    /// Over what is there, and put together as the test wants it.
    pub(crate) async fn start_over(memory: Memory, with: impl FnOnce(Builder) -> Builder) -> Self {
        let faults = Faults::default();
        let builder = Host::builder(faults.around(Arc::new(memory.clone()))).context(context());
        let host = with(builder).start().await.expect("it starts");
        Self { application: host.application(), host, memory, faults }
    }

    /// Without views, so that nobody reads the log but the test.
    pub(crate) async fn start_alone() -> Self {
        Self::alone(|builder| builder).await
    }

    /// The same, with every aggregate read for every command.
    pub(crate) async fn cold_alone() -> Self {
        Self::alone(|builder| builder.hot_aggregates(0)).await
    }

    async fn alone(with: impl FnOnce(Builder) -> Builder) -> Self {
        let (memory, faults) = (Memory::new(), Faults::default());
        let builder = Host::builder(faults.around(Arc::new(memory.clone())));
        let host = with(builder).start().await.expect("it starts");
        Self { application: host.application(), host, memory, faults }
    }

    pub(crate) async fn opened(&self) -> AccountId {
        self.application.commands.create(clerk(), open("Anna")).await.expect("it is accepted").id
    }

    pub(crate) async fn deposited(&self, id: AccountId, amount: i64) -> Accepted<AccountId> {
        self.application.commands.send(clerk(), id, Deposit { amount }).await.expect("it is accepted")
    }

    /// The row as it is when the worker has caught up.
    pub(crate) async fn balance(&self, id: AccountId) -> Option<Balance> {
        self.application.caught_up().await.expect("the worker gets on");
        let answer = self.application.queries.ask(clerk(), GetBalance { id }).await.expect("it is answered");
        answer.map(|stored| stored.row)
    }

    /// Puts another snapshot of an account in the place of the one that there is.
    pub(crate) async fn forge(&self, id: AccountId, snapshot: Snapshot) {
        let nothing = Snapshot { version: Version::NONE, fingerprint: Uuid::nil(), state: String::new() };
        for snapshot in [nothing, snapshot] {
            let stream = StreamId::of::<Account>(id);
            self.memory.save_snapshot(&clerk().tenant, &stream, snapshot).await.expect("it is there");
        }
    }

    /// What happened to an account, as it is stored.
    pub(crate) async fn history(&self, id: AccountId) -> Vec<Recorded<RawEvent>> {
        let stream = StreamId::of::<Account>(id);
        self.memory.read_stream(&clerk().tenant, &stream, Versions::ALL).await.expect("it is there")
    }

    /// The dead letters.
    pub(crate) async fn letters(&self) -> Vec<DeadLetter> {
        let all = DeadLetterQuery { limit: 100, ..DeadLetterQuery::default() };
        self.memory.dead_letters(&all).await.expect("they can be read")
    }

    /// How many events there are.
    pub(crate) fn events(&self) -> u64 {
        self.memory.head().borrow().0
    }

    /// Writes an event behind the back of the domain.
    pub(crate) async fn smuggle(&self, id: AccountId, event: RawEvent) {
        smuggle(&self.memory, id, event).await;
    }
}

/// The snapshot of an account.
pub(crate) async fn snapshot(memory: &Memory, id: AccountId) -> Option<Snapshot> {
    memory.snapshot(&clerk().tenant, &StreamId::of::<Account>(id)).await.expect("it is there")
}

/// The state that these events lead to.
pub(crate) fn folded(history: &[Recorded<RawEvent>]) -> Option<Account> {
    let decoded = history.iter().map(|recorded| AccountEvent::decode(&recorded.event));
    Account::fold(&decoded.collect::<Result<Vec<_>, _>>().expect("they can be read"))
}

pub(crate) async fn smuggle(memory: &Memory, id: AccountId, event: RawEvent) {
    smuggle_into(memory, StreamId::of::<Account>(id), event).await;
}

/// Writes an event to any stream.
pub(crate) async fn smuggle_into(memory: &Memory, stream: StreamId, event: RawEvent) {
    let metadata = Metadata {
        time: Timestamp::from_micros(0),
        actor: ActorId::system(),
        correlation: CorrelationId(Uuid::nil()),
        causation: None,
        command: CommandId(Uuid::nil()),
    };
    let append = Append {
        tenant: clerk().tenant,
        expected: Expected::Any,
        unless: Vec::new(),
        events: vec![NewEvent { id: EventId(stream.id()), event, tags: Vec::new() }],
        stream,
        metadata,
        once: None,
        inline: Vec::new(),
    };
    memory.append(append).await.expect("nothing stands in its way");
}

pub(crate) fn with_roles<const N: usize>(roles: [&str; N]) -> Caller {
    Caller {
        tenant: "acme".parse().expect("it is a tenant"),
        actor: ActorId::new("carla"),
        roles: roles.into_iter().collect(),
        correlation: CorrelationId(Uuid::from_u128(1)),
        causation: None,
    }
}

pub(crate) fn clerk() -> Caller {
    with_roles(["clerk"])
}

/// A clerk of another tenant.
pub(crate) fn stranger() -> Caller {
    Caller { tenant: "other".parse().expect("it is a tenant"), ..clerk() }
}

pub(crate) fn nobody() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(404))
}

pub(crate) fn once(id: u128) -> SendOptions {
    SendOptions { command_id: Some(CommandId(Uuid::from_u128(id))), expected: None }
}

pub(crate) fn at(version: u64) -> SendOptions {
    SendOptions { command_id: None, expected: Some(Version(version)) }
}
