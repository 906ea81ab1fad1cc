//! SQL projections: their statements run in the transaction of their checkpoint. For stores that know SQL.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use freehold_domain::{
    Cell, Date, Decimal, Duration as Length, Position, RawEvent, Recorded, Schema, SyncMode, TenantId,
    Timestamp,
};
use freehold_ports::{
    ApplyError, Database, DeadLetterQuery, Dialect, EventQuery, FoldError, Projection, Script, Scripts,
    Shadow, Sql, SqlError, SqlParam, StoreError, TakeUp, TakenUp, Work,
};
use uuid::Uuid;

use super::{
    rebuilds::{begun, fill, taken_over},
    rows::{catch_up, rows, work},
    sample::{Parcel, append, booked, kinds, moved, parcel, purged, tenant, weighed, whole_log},
    views::{BADGES, OWNERS, SPECIMENS},
};

/// A projection that is written in SQL. All of a tenant's rows hang together.
struct Coded<C> {
    schema: &'static Schema,
    query: EventQuery,
    code: C,
}

/// The projection of this table that runs this code for each event of parcels.
fn coded<C, F>(schema: &'static Schema, code: C) -> Arc<dyn Projection>
where
    C: Fn(Recorded<RawEvent>, Sql) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), SqlError>> + Send + 'static,
{
    Arc::new(Coded { schema, query: kinds(&Parcel::NAMES), code })
}

impl<C, F> Scripts for Coded<C>
where
    C: Fn(Recorded<RawEvent>, Sql) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), SqlError>> + Send + 'static,
{
    fn script(&self, event: &Recorded<RawEvent>, dialect: Dialect) -> Result<Script, FoldError> {
        Ok(Script::new(dialect, |sql| (self.code)(event.clone(), sql)))
    }
}

impl<C, F> Projection for Coded<C>
where
    C: Fn(Recorded<RawEvent>, Sql) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), SqlError>> + Send + 'static,
{
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn query(&self) -> &EventQuery {
        &self.query
    }

    fn sync(&self) -> SyncMode {
        SyncMode::Async
    }

    fn priority(&self) -> i32 {
        0
    }

    fn timeout(&self) -> Duration {
        Duration::ZERO
    }

    fn scripts(&self) -> Option<&dyn Scripts> {
        Some(self)
    }

    fn keys(&self, _: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError> {
        Ok(vec![Vec::new()])
    }

    fn fold(
        &self,
        _: &[Cell],
        _: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError> {
        Err(FoldError::new(events[0], "it is not folded"))
    }
}

/// Owners, written by SQL.
fn written() -> Arc<dyn Projection> {
    coded(&OWNERS, |event, sql| take_in(event, sql, ""))
}

/// The same, with rows that tell that they are of other code.
fn marked() -> Arc<dyn Projection> {
    coded(&OWNERS, |event, sql| take_in(event, sql, "!"))
}

/// Takes an event in: it may change every row of its tenant, or depend on all of them.
async fn take_in(event: Recorded<RawEvent>, mut sql: Sql, mark: &'static str) -> Result<(), SqlError> {
    let (tenant, position) = (&event.tenant, &event.position);
    match Parcel::decode(&event.event) {
        Parcel::Booked { owner } => {
            let all: Vec<i64> =
                sql.query("SELECT count(*) FROM {table} AS other WHERE tenant_id = $1", &[tenant]).await?;
            let insert = "INSERT INTO {table} AS own (tenant_id, owner, parcels, trail, version, position)
                VALUES ($1, $2, $3, $5, 1, $4) ON CONFLICT (tenant_id, owner) DO UPDATE
                SET parcels = own.parcels + 1, version = own.version + 1, position = excluded.position";
            sql.execute(insert, &[tenant, &owner, &all[0], position, &mark.to_owned()]).await?;
        }
        Parcel::Weighed { grams } => {
            // The places are named in another order than they are given in.
            let update = "UPDATE {table} SET parcels = parcels * 3 + $3, version = version + 1, position = $2
                WHERE tenant_id = $1";
            sql.execute(update, &[tenant, position, &grams]).await?;
        }
        Parcel::Moved { to } => {
            // What is there already cannot be inserted.
            let insert = "INSERT INTO {table} (tenant_id, owner, parcels, trail, version, position)
                VALUES ($1, $2, 0, '', 1, $3)";
            sql.execute(insert, &[tenant, &to, position]).await?;
        }
        Parcel::Purged {} => {
            let gone = sql.execute("DELETE FROM {table} WHERE tenant_id = $1", &[tenant]).await?;
            assert!(gone > 0, "something is there");
        }
        Parcel::Broken {} => {
            sql.execute("DELETE FROM {table} WHERE tenant_id = $1", &[tenant]).await?;
            return Err(SqlError::new("it is broken"));
        }
        Parcel::Cursed {} => panic!("it is cursed"),
    }
    Ok(())
}

/// By owner, what the statements make of the events of a tenant: the number, the version and the position.
fn expected(events: &[Recorded<RawEvent>], tenant: &TenantId) -> BTreeMap<String, (i64, u64, u64)> {
    let mut rows = BTreeMap::<String, (i64, u64, u64)>::new();
    for event in events.iter().filter(|event| event.tenant == *tenant) {
        let (position, all) = (event.position.0, i64::try_from(rows.len()).expect("they are few"));
        match Parcel::decode(&event.event) {
            Parcel::Booked { owner } => {
                let row = rows.entry(owner).or_insert((all - 1, 0, 0));
                *row = (row.0 + 1, row.1 + 1, position);
            }
            Parcel::Weighed { grams } => {
                for row in rows.values_mut() {
                    *row = (row.0 * 3 + grams, row.1 + 1, position);
                }
            }
            Parcel::Moved { to } => _ = rows.insert(to, (0, 1, position)),
            Parcel::Purged {} => rows.clear(),
            Parcel::Broken {} | Parcel::Cursed {} => {}
        }
    }
    rows
}

async fn found(db: &Arc<dyn Database>, tenant: &TenantId) -> BTreeMap<String, (i64, u64, u64)> {
    let rows = rows(db, tenant, &OWNERS).await.into_iter().map(|row| match &row.cells[..] {
        [Cell::Text(owner), Cell::Int(number), _] => {
            (owner.clone(), (*number, row.version.0, row.position.0))
        }
        cells => panic!("{cells:?}"),
    });
    rows.collect()
}

async fn assert_as_the_log_says(db: &Arc<dyn Database>, left_out: &[u64]) {
    let mut log = whole_log(db).await;
    log.retain(|event| !left_out.contains(&event.position.0));
    for tenant in [tenant(0), tenant(1)] {
        assert_eq!(found(db, &tenant).await, expected(&log, &tenant));
    }
}

async fn a_history(db: &Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), booked("bob"), weighed(2)]).on(db).await;
    append(parcel(2), [booked("ann"), moved("cat")]).of(tenant(1)).on(db).await;
    append(parcel(1), [booked("ann"), purged(), moved("dan"), booked("eve")]).on(db).await;
    append(parcel(2), [weighed(5), booked("cat")]).of(tenant(1)).on(db).await;
}

/// Each event is taken in once, in order, however the log is cut.
pub async fn statements_take_each_event_in_once_in_any_batching(db: Arc<dyn Database>) {
    let view = written();
    for limit in 1..=4 {
        a_history(&db).await;
        catch_up(&db, &view, limit).await;
        assert_as_the_log_says(&db, &[]).await;
        append(parcel(1), [purged()]).on(&db).await;
        append(parcel(1), [purged()]).of(tenant(1)).on(&db).await;
    }
}

/// What fails, by the database or by the code, changes nothing, the checkpoint included.
pub async fn statements_of_a_batch_that_fails_leave_nothing(db: Arc<dyn Database>) {
    let view = written();
    let causes = [moved("ann"), Parcel::Broken {}, Parcel::Cursed {}];
    let reasons = ["", "it is broken", "the projection panicked"];
    append(parcel(1), [booked("ann")]).on(&db).await;
    catch_up(&db, &view, 9).await;
    for (number, (cause, reason)) in (1..).zip(causes.into_iter().zip(reasons)) {
        append(parcel(1), [booked("bob"), cause, booked("cat")]).on(&db).await;
        let before = found(&db, &tenant(0)).await;
        let after = db.checkpoint(&view).await.expect("the store works");
        match work(&db, &view, 9).await {
            Err(ApplyError::Refused { reason: told, .. }) => assert!(told.contains(reason), "{told}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(found(&db, &tenant(0)).await, before);
        assert_eq!(db.checkpoint(&view).await.expect("the store works"), after);
        // Without the event they are taken in.
        let batch = db.read_all(&freehold_ports::Scope::EveryTenant, after, view.query(), 9).await;
        let mut batch = batch.expect("it can be read");
        batch.events.remove(1);
        db.apply(&view, Work::whole(after, batch)).await.expect("nothing else stands in the way");
        let left_out: Vec<u64> = (1..=number).map(|number| number * 3).collect();
        assert_as_the_log_says(&db, &left_out).await;
    }
}

/// A lane that is stopped by an event waits with what comes behind, and others go on; without the event it does.
pub async fn statements_of_a_lane_wait_behind_what_failed(db: Arc<dyn Database>) {
    let view = written();
    append(parcel(1), [booked("ann"), Parcel::Broken {}, weighed(1), booked("bob")]).on(&db).await;
    append(parcel(1), [booked("cat")]).of(tenant(1)).on(&db).await;
    for _ in 1..=5 {
        let after = db.checkpoint(&view).await.expect("the store works");
        let batch = db.read_all(&freehold_ports::Scope::EveryTenant, after, view.query(), 1).await;
        let whole = Work::whole(after, batch.expect("it can be read"));
        match db.apply(&view, whole.clone()).await {
            Ok(_) => {}
            Err(ApplyError::Refused { reason, .. }) => {
                let parked = db.apply(&view, Work { park: Some(reason), ..whole }).await;
                assert_eq!(parked.expect("it can be parked").len(), 1);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_as_the_log_says(&db, &[2, 3, 4]).await;
    let query = DeadLetterQuery { limit: 9, ..DeadLetterQuery::default() };
    let letter = db.dead_letters(&query).await.expect("they can be read").remove(0);
    assert_eq!((letter.key.as_str(), letter.position, letter.waiting), ("[]", Position(2), 3));
    assert_eq!(letter.error, "it is broken");
    let again = db.take_up(&view, letter.number, TakeUp::Retry).await.expect("the store works");
    assert!(matches!(again, TakenUp::Failed(reason) if reason.contains("it is broken")));
    assert_as_the_log_says(&db, &[2, 3, 4]).await;
    let skipped = db.take_up(&view, letter.number, TakeUp::Skip(Position(2))).await;
    assert_eq!(skipped.expect("the store works"), TakenUp::Done);
    assert_as_the_log_says(&db, &[2]).await;
}

/// A table that is written by SQL is filled beside, compared, put in place and put back like any other.
pub async fn what_is_written_by_statements_is_rebuilt(db: Arc<dyn Database>) {
    let view = written();
    a_history(&db).await;
    fill(&db, &view, 2).await;
    let shadow = begun(&db, &view, 2).await;
    fill(&db, &shadow, 3).await;
    assert_as_the_log_says(&db, &[]).await;
    append(parcel(1), [weighed(7), booked("fay")]).on(&db).await;
    fill(&db, &view, 9).await;
    assert!(taken_over(&db, &shadow).await.is_same());
    append(parcel(1), [weighed(9)]).on(&db).await;
    fill(&db, &view, 9).await;
    assert_as_the_log_says(&db, &[]).await;

    let other = marked();
    let shadow: Shadow = begun(&db, &other, 1).await;
    fill(&db, &shadow, 9).await;
    assert_eq!(taken_over(&db, &shadow).await.changed, 3);
    assert!(db.roll_back(&shadow).await.expect("the store works"));
    append(parcel(1), [weighed(1)]).of(tenant(1)).on(&db).await;
    fill(&db, &view, 9).await;
    assert_as_the_log_says(&db, &[]).await;
}

/// Runs a code for one event.
async fn once<C, F>(db: &Arc<dyn Database>, code: C) -> Result<(), ApplyError>
where
    C: Fn(Sql) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), SqlError>> + Send + 'static,
{
    let view = coded(&SPECIMENS, move |_, sql| code(sql));
    append(parcel(1), [weighed(1)]).on(db).await;
    work(db, &view, 99).await.map(drop)
}

/// Values of every kind, as they are given.
struct Given {
    truth: bool,
    number: i64,
    weight: Decimal,
    words: String,
    day: Date,
    moment: Timestamp,
    took: Length,
    reference: Uuid,
    extra: serde_json::Value,
}

/// The first of a specimen's columns.
type Front = (Uuid, Option<bool>, Option<i64>, Option<Decimal>, Option<String>);

/// The last of a specimen's columns.
type Back = (Option<Date>, Option<Timestamp>, Option<Length>, Option<Uuid>, Option<serde_json::Value>);

/// Values of every kind go into a column and come back as they were, and so does nothing.
pub async fn values_of_every_kind_go_through_statements(db: Arc<dyn Database>) {
    let given = || Given {
        truth: true,
        number: i64::MIN,
        weight: Decimal::new(-12_345, 3),
        words: "it's $1 {table}".to_owned(),
        day: "2024-02-29".parse().expect("it is one"),
        moment: "2026-01-15T09:30:00.123456Z".parse().expect("as in RFC 3339"),
        took: Length::from_micros(-1),
        reference: Uuid::from_u128(7),
        extra: serde_json::json!({ "a": [1, null, "b"] }),
    };
    let insert =
        "INSERT INTO {table} (tenant_id, id, truth, number, weight, words, day, moment, took, reference,
            extra, price, \"order\", version, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 1, 1)";
    let found = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&found);
    let code = move |mut sql: Sql| {
        let told = Arc::clone(&told);
        async move {
            let Given { truth, number, weight, words, day, moment, took, reference, extra } = given();
            let (one, none, price) = (Uuid::from_u128(1), Uuid::from_u128(2), Decimal::ONE);
            let all: [&dyn SqlParam; 12] = [
                &tenant(0),
                &one,
                &truth,
                &number,
                &weight,
                &words,
                &day,
                &moment,
                &took,
                &reference,
                &extra,
                &price,
            ];
            sql.execute(insert, &all).await?;
            let nothing: [&dyn SqlParam; 12] = [
                &tenant(0),
                &none,
                &None::<bool>,
                &None::<i64>,
                &None::<Decimal>,
                &None::<String>,
                &None::<Date>,
                &None::<Timestamp>,
                &None::<Length>,
                &None::<Uuid>,
                &None::<serde_json::Value>,
                &price,
            ];
            sql.execute(insert, &nothing).await?;
            let front: Vec<Front> =
                sql.query("SELECT id, truth, number, weight, words FROM {table} ORDER BY id", &[]).await?;
            let back: Vec<Back> =
                sql.query("SELECT day, moment, took, reference, extra FROM {table} ORDER BY id", &[]).await?;
            told.lock().expect("nothing panics over it").extend(front.into_iter().zip(back));
            Ok(())
        }
    };
    once(&db, code).await.expect("they can be held");
    let Given { truth, number, weight, words, day, moment, took, reference, extra } = given();
    let front = (Uuid::from_u128(1), Some(truth), Some(number), Some(weight), Some(words));
    let back = (Some(day), Some(moment), Some(took), Some(reference), Some(extra));
    let nothing = ((Uuid::from_u128(2), None, None, None, None), (None, None, None, None, None));
    assert_eq!(*found.lock().expect("nothing panics over it"), [(front, back), nothing]);
    assert_eq!(rows(&db, &tenant(0), &SPECIMENS).await.len(), 2, "queries read them too");
}

/// What is absent has a type, too, where nothing else in the statement tells it.
pub async fn values_that_are_absent_keep_their_type(db: Arc<dyn Database>) {
    let found = once(&db, |mut sql| async move {
        let found: Vec<i64> = sql.query("SELECT count(*) WHERE $1 IS NULL", &[&None::<Uuid>]).await?;
        if found == [1] { Ok(()) } else { Err(SqlError::new("nothing was absent")) }
    });
    found.await.expect("it can be asked");
}

/// A value that no column can hold is the event's doing: its lane waits, and no other.
pub async fn a_value_that_no_column_can_hold_is_refused(db: Arc<dyn Database>) {
    let text = "DELETE FROM {table} WHERE took = $1";
    let refused =
        once(&db, move |mut sql| async move { sql.execute(text, &[&Length::MAX]).await.map(drop) }).await;
    assert!(
        matches!(&refused, Err(ApplyError::Refused { reason, .. }) if reason.contains("a time")),
        "{refused:?}"
    );
}

/// While a table is filled anew it has the indexes of the one that serves, which statements may rely on.
pub async fn statements_find_their_indexes_in_a_rebuild(db: Arc<dyn Database>) {
    let view = coded(&BADGES, async |event, mut sql: Sql| {
        let Parcel::Booked { owner } = Parcel::decode(&event.event) else { return Ok(()) };
        let insert =
            "INSERT INTO {table} (tenant_id, id, badge, version, position) VALUES ($1, $2, $3, 1, $4)
            ON CONFLICT (tenant_id, badge) DO NOTHING";
        sql.execute(insert, &[&event.tenant, &event.id.0, &owner, &event.position]).await.map(drop)
    });
    append(parcel(1), [booked("ann"), booked("bob"), booked("ann")]).on(&db).await;
    fill(&db, &view, 9).await;
    let shadow = begun(&db, &view, 1).await;
    fill(&db, &shadow, 9).await;
    assert!(taken_over(&db, &shadow).await.is_same());
    assert_eq!(rows(&db, &tenant(0), &BADGES).await.len(), 2);
}

/// What is wrong with a statement, and not with an event, stops all of it and is told: nothing is parked for it.
pub async fn statements_that_cannot_be_run_are_told(db: Arc<dyn Database>) {
    let wrong: [(&str, &[&dyn SqlParam], &str); 4] = [
        ("SELEKT 1", &[], "syntax error"),
        ("DELETE FROM nowhere", &[], "nowhere"),
        ("DELETE FROM {table} WHERE number = $1", &[], "takes 1 values and was given 0"),
        ("DELETE FROM {table} WHERE number IN ($2, $1)", &[&1_i64], "takes 2 values and was given 1"),
    ];
    for (text, params, told) in wrong {
        let params: Vec<i64> = (0..).take(params.len()).collect();
        let failed = once(&db, move |mut sql| {
            let params = params.clone();
            async move {
                let params: Vec<&dyn SqlParam> = params.iter().map(|param| param as _).collect();
                sql.execute(text, &params).await.map(drop)
            }
        });
        assert_is_told(failed.await, told);
    }
    let failed = once(&db, |mut sql| async move {
        sql.query::<(i64, i64)>("SELECT count(*) FROM {table}", &[]).await.map(drop)
    });
    assert_is_told(failed.await, "and its code reads");
    let ended = once(&db, |mut sql| async move { sql.execute("COMMIT", &[]).await.map(drop) }).await;
    assert!(
        matches!(ended, Err(ApplyError::Refused { reason, .. }) if reason.contains("`COMMIT` is not for a projection"))
    );
}

fn assert_is_told(failed: Result<(), ApplyError>, told: &str) {
    match failed {
        Err(ApplyError::Store(error @ StoreError::Other(_))) => {
            assert!(error.to_string().contains(told), "{error}");
        }
        other => panic!("{other:?}"),
    }
}
