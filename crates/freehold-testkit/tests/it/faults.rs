//! Faults: what fails is not done, what is lost is, and nothing that was planned is forgotten.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use freehold_domain::{
    ActorId, Cell, CellKind, ColumnDef, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent,
    Recorded, Schema, Selection, StreamId, SyncMode, TenantId, Timestamp, Version,
};
use freehold_memory::Memory;
use freehold_ports::{
    Append, AppendError, Batch, Database, DeadLetterQuery, EventQuery, EventStore, Expected, FoldError,
    MigrationError, Migrations, NewAuditEntry, NewEvent, Node, Projection, Scope, Shadow, Snapshot,
    StoreError, TakeUp, Versions, ViewVersion, Work,
};
use freehold_testkit::faults::{
    Draw,
    Fault::{self, After, Before},
    Faults, Gate, Operation, Seed,
    Trouble::{Delay, Failure, Hang},
};
use uuid::Uuid;

#[tokio::test]
async fn what_fails_before_is_not_done() {
    let (faults, memory) = (Faults::default(), Memory::new());
    let database = faults.around(Arc::new(memory.clone()));
    faults.plan(Operation::Append, &Before(Failure), 2);
    for _ in 0..2 {
        assert!(is_unavailable(&database.append(happened()).await.unwrap_err()));
    }
    assert_eq!(*memory.head().borrow(), Position::START);
    database.append(happened()).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_lost_is_of_something_that_was_done() {
    let (faults, memory) = (Faults::default(), Memory::new());
    let database = faults.around(Arc::new(memory.clone()));
    faults.plan(Operation::Append, &After(Failure), 1);
    assert!(is_unavailable(&database.append(happened()).await.unwrap_err()));
    assert_eq!(*memory.head().borrow(), Position(1));
}

#[tokio::test]
async fn what_hangs_goes_on_when_it_is_released() {
    for (fault, head) in [(Before as fn(_) -> _, Position::START), (After, Position(1))] {
        let (faults, memory, gate) = (Faults::default(), Memory::new(), Gate::closed());
        let database = faults.around(Arc::new(memory.clone()));
        faults.plan(Operation::Append, &fault(Hang(gate.clone())), 1);
        let append = tokio::spawn(async move { database.append(happened()).await });
        gate.reached().await;
        assert_eq!(*memory.head().borrow(), head);
        gate.open();
        assert_eq!(append.await.unwrap().unwrap().position, Position(1));
    }
}

#[tokio::test]
async fn what_is_delayed_comes_after_others() {
    let faults = Faults::default();
    let database = faults.around(Arc::new(Memory::new()));
    faults.plan(Operation::Append, &Before(Delay), 1);
    let (first, second) = tokio::join!(biased; database.append(happened()), database.append(happened()));
    assert_eq!((first.unwrap().position, second.unwrap().position), (Position(2), Position(1)));
}

#[tokio::test]
async fn every_operation_can_fail_before_and_after() {
    for operation in Operation::ALL {
        for fault in [Before(Failure), After(Failure)] {
            let faults = Faults::default();
            let database = faults.around(Arc::new(Memory::new()));
            faults.plan(operation, &fault, 1);
            assert!(does_fail(&database, operation).await, "{operation:?} {fault:?}");
            assert!(!does_fail(&database, operation).await, "{operation:?} {fault:?}");
            assert_eq!(faults.happened(), 1);
        }
    }
}

#[tokio::test]
#[should_panic(expected = "these faults have never happened: [(Append, [Before(Failure)])]")]
async fn a_planned_fault_that_never_happens_fails_the_test() {
    let faults = Faults::default();
    let database = faults.around(Arc::new(Memory::new()));
    faults.plan(Operation::Append, &Before(Failure), 2);
    database.append(happened()).await.unwrap_err();
}

#[tokio::test]
async fn the_same_seed_draws_the_same_faults() {
    let first = drawn(Seed(7)).await;
    assert_eq!(first, drawn(Seed(7)).await);
    assert_ne!(first, drawn(Seed(8)).await);
    let failed = first.iter().filter(|is_done| !**is_done).count();
    assert!((20..=46).contains(&failed), "of 100 appends a third was to fail: {failed}");
}

#[test]
fn a_seed_is_shown_as_it_is_given_again() {
    assert_eq!(Seed(7).to_string(), "FREEHOLD_SEED=7");
}

#[tokio::test]
async fn what_is_planned_comes_before_what_is_drawn() {
    let faults = Faults::default();
    let database = faults.around(Arc::new(Memory::new()));
    faults.draw(Operation::Append, Draw { seed: Seed(1), one_in: 1, faults: vec![Before(Failure)] });
    faults.plan(Operation::Append, &Before(Delay), 1);
    database.append(happened()).await.unwrap();
    database.append(happened()).await.unwrap_err();
}

/// Which of a hundred appends succeed if one in three fails by chance.
async fn drawn(seed: Seed) -> Vec<bool> {
    let faults = Faults::default();
    let failures: Vec<Fault> = vec![Before(Failure), After(Failure)];
    faults.draw(Operation::Append, Draw { seed, one_in: 3, faults: failures });
    let database = faults.around(Arc::new(Memory::new()));
    let mut done = Vec::new();
    for _ in 0..100 {
        done.push(database.append(happened()).await.is_ok());
    }
    done
}

/// Whether the operation fails because the store is not available.
async fn does_fail(database: &impl Database, operation: Operation) -> bool {
    let (tenant, stream, nothing) = (TenantId::platform(), happened().stream, Arc::new(Nothing) as _);
    let is_lost = |error: StoreError| matches!(error, StoreError::Unavailable { .. });
    let batch = Batch { events: Vec::new(), read_to: Position::START };
    let (view, shadow) = (ViewVersion::of(&NOTHING), Shadow::of(&nothing));
    match operation {
        Operation::Append => {
            database.append(happened()).await.err().is_some_and(|error| is_unavailable(&error))
        }
        Operation::Apply => database.apply(&nothing, Work::whole(Position::START, batch)).await.is_err(),
        Operation::Archive => {
            let archived = database.archive(&tenant, &stream, Version(1)).await;
            archived.err().is_some_and(|error| is_unavailable(&error))
        }
        Operation::Beat => database.beat(&node(), Duration::ZERO).await.is_err_and(is_lost),
        Operation::Checkpoint => database.checkpoint(&nothing).await.is_err_and(is_lost),
        Operation::Claim => database.claim(Uuid::nil(), &view, &[0]).await.is_err_and(is_lost),
        Operation::Cluster => database.cluster().await.is_err_and(is_lost),
        Operation::Count => database.count(&tenant, &everything(), 1).await.is_err_and(is_lost),
        Operation::DeadLetters => {
            database.dead_letters(&DeadLetterQuery::default()).await.is_err_and(is_lost)
        }
        Operation::Divide => database.divide(&view, Some(1), Position::START).await.is_err_and(is_lost),
        Operation::End => database.end().await.is_err_and(is_lost),
        Operation::LastPosition => {
            database.last_position(&tenant, &EventQuery::all()).await.is_err_and(is_lost)
        }
        Operation::Leave => database.leave(Uuid::nil()).await.is_err_and(is_lost),
        Operation::Migrate => {
            let migrated = database.migrate(&[Migrations::none("none")]).await;
            matches!(migrated, Err(MigrationError::Store(_)))
        }
        Operation::Outcome => database.outcome(&tenant, CommandId(Uuid::nil())).await.is_err_and(is_lost),
        Operation::Pause => database.pause(&view.view, true).await.is_err_and(is_lost),
        Operation::ReadAll => {
            let read = database.read_all(&Scope::EveryTenant, Position::START, &EventQuery::all(), 1).await;
            read.is_err_and(is_lost)
        }
        Operation::ReadAudit => database.read_audit(0, 1).await.is_err_and(is_lost),
        Operation::ReadCorrelated => {
            let correlation = CorrelationId(Uuid::nil());
            database.read_correlated(correlation, Position::START, 1).await.is_err_and(is_lost)
        }
        Operation::ReadStream => {
            database.read_stream(&tenant, &stream, Versions::ALL).await.is_err_and(is_lost)
        }
        Operation::Release => database.release(&view, &[]).await.is_err_and(is_lost),
        Operation::SaveSnapshot => {
            let snapshot = Snapshot { version: Version(1), fingerprint: Uuid::nil(), state: "{}".to_owned() };
            database.save_snapshot(&tenant, &stream, snapshot).await.is_err_and(is_lost)
        }
        Operation::Select => database.select(&tenant, &everything()).await.is_err_and(is_lost),
        Operation::Snapshot => database.snapshot(&tenant, &stream).await.is_err_and(is_lost),
        Operation::LiveVersion => database.live_version(&nothing).await.is_err_and(is_lost),
        Operation::BeginRebuild => database.begin_rebuild(&shadow, 1, true).await.is_err_and(is_lost),
        Operation::Rebuilds => database.rebuilds().await.is_err_and(is_lost),
        Operation::SetAutomatic => database.set_automatic(&view.view, true).await.is_err_and(is_lost),
        Operation::Compare => database.compare(&shadow).await.is_err(),
        Operation::TakeOver => database.take_over(&shadow).await.is_err(),
        Operation::RollBack => database.roll_back(&shadow).await.is_err(),
        Operation::EndRebuild => database.end_rebuild(&shadow).await.is_err_and(is_lost),
        Operation::WriteAudit => database.write_audit(audit_entry()).await.is_err_and(is_lost),
        Operation::TakeUp => database.take_up(&nothing, 1, TakeUp::Retry).await.is_err_and(is_lost),
    }
}

fn audit_entry() -> NewAuditEntry {
    let [actor, action, target, detail] = ["anna", "pause", "test.View", ""].map(str::to_owned);
    NewAuditEntry { actor, action, target, detail }
}

fn node() -> Node {
    Node {
        id: Uuid::nil(),
        name: "node".to_owned(),
        roles: BTreeSet::new(),
        views: BTreeSet::new(),
        report: "{}".to_owned(),
    }
}

fn is_unavailable(error: &AppendError) -> bool {
    matches!(error, AppendError::Store(StoreError::Unavailable { .. }))
}

/// One event of a stream, anywhere in it.
fn happened() -> Append {
    let nil = Uuid::nil();
    let event = RawEvent { name: "Happened".into(), version: 1, payload: "{}".into() };
    Append {
        tenant: TenantId::platform(),
        stream: StreamId::new("test.Thing", nil),
        expected: Expected::Any,
        unless: Vec::new(),
        events: vec![NewEvent { id: EventId(nil), event, tags: Vec::new() }],
        metadata: Metadata {
            time: Timestamp::from_micros(0),
            actor: ActorId::system(),
            correlation: CorrelationId(nil),
            causation: None,
            command: CommandId(nil),
        },
        once: None,
        inline: Vec::new(),
    }
}

static NOTHING: Schema = Schema {
    view: "test.Nothing",
    version: 1,
    table: "nothing",
    columns: &[ColumnDef { name: "id", kind: CellKind::Uuid, nullable: false }],
    key: &[0],
};

fn everything() -> Selection {
    Selection::all(&NOTHING)
}

/// A view that folds nothing.
struct Nothing;

impl Projection for Nothing {
    fn schema(&self) -> &'static Schema {
        &NOTHING
    }

    fn query(&self) -> &EventQuery {
        const NONE: &EventQuery = &EventQuery { any_of: Vec::new() };
        NONE
    }

    fn sync(&self) -> SyncMode {
        SyncMode::Async
    }

    fn priority(&self) -> i32 {
        0
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn keys(&self, _: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        Ok(Vec::new())
    }

    fn fold(
        &self,
        _: &[Cell],
        row: Option<Vec<Cell>>,
        _: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        Ok(row)
    }
}
