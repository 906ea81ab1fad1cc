//! Dead letters: a row that cannot take an event in waits, with all that comes for it later, while all others go on.

use std::{collections::HashMap, sync::Arc};

use freehold_domain::{Position, RawEvent, Recorded, SyncMode};
use freehold_ports::{
    Database, DeadLetter, DeadLetterQuery, Projection, Scope, TakeUp, TakenUp, ViewVersion, Work,
};

use super::{
    inline::assert_equals_log,
    rows::{assert_rows, catch_up, folded, rows},
    sample::{Parcel, append, booked, moved, parcel, tenant, weighed, whole_log},
    views::{OWNERS, TALLIES, UNKEYED, owners, tallies, transfers},
};

/// All that comes for a row behind an event that it cannot take in waits; what comes for others does not.
pub async fn a_row_waits_alone(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Async).arc();
    append(parcel(1), [booked("ann"), Parcel::Broken {}, weighed(1)]).on(&db).await;
    append(parcel(2), [booked("bob"), weighed(2)]).on(&db).await;
    append(parcel(1), [weighed(3)]).on(&db).await;
    append(parcel(1), [booked("cat")]).of(tenant(1)).on(&db).await;
    catch_up(&db, &view, 2).await;
    let letter = the_letter(&db).await;
    assert_eq!((letter.position, letter.name.as_str(), letter.stream), (Position(2), "Broken", parcel(1)));
    assert_eq!((letter.waiting, letter.attempts, letter.tenant), (3, 1, tenant(0)));
    assert_eq!(letter.key, format!("[\"{}\"]", parcel(1).id()));
    assert!(letter.next.is_some_and(|next| next > letter.parked));
    let log = whole_log(&db).await;
    let waits =
        |event: &&Recorded<RawEvent>| event.stream == parcel(1) && [2, 3, 6].contains(&event.position.0);
    let expected = folded(&view, log.iter().filter(|event| !waits(event)));
    assert_rows(&db, &view, &expected, &[tenant(0), tenant(1)]).await;
    assert_eq!(parked(&db, &view).await, 1);
}

/// The same in any batching, and with what the panic says left out.
pub async fn a_row_that_panics_waits_in_any_batching(db: Arc<dyn Database>) {
    for limit in 1..=4 {
        let view = tallies(SyncMode::Async).arc();
        let number = u32::try_from(limit).expect("it is small") * 10;
        append(parcel(number), [booked("ann"), weighed(1), Parcel::Cursed {}, weighed(2)]).on(&db).await;
        append(parcel(number + 1), [booked("bob")]).on(&db).await;
        catch_up(&db, &view, limit).await;
        let letters = letters(&db).await;
        let letter = letters.last().expect("one is new");
        assert_eq!((letters.len(), letter.waiting, letter.name.as_str()), (limit, 2, "Cursed"));
        assert_eq!(letter.error, "the view panicked");
    }
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await.len(), 8);
}

/// When it can take the event in, a row takes in all that waits, and goes on with the others.
pub async fn a_row_that_is_mended_takes_in_what_waits(db: Arc<dyn Database>) {
    let (view, mended) = (tallies(SyncMode::Async).arc(), tallies(SyncMode::Async).mended().arc());
    append(parcel(1), [booked("ann"), Parcel::Broken {}, weighed(1)]).on(&db).await;
    catch_up(&db, &view, 9).await;
    append(parcel(1), [weighed(2), Parcel::Broken {}]).on(&db).await;
    catch_up(&db, &view, 1).await;
    let number = the_letter(&db).await.number;
    assert_eq!(take_up(&db, &view, number, TakeUp::Retry).await, TakenUp::Failed("it is broken".into()));
    assert_eq!((the_letter(&db).await.attempts, the_letter(&db).await.waiting), (2, 4));
    assert_eq!(take_up(&db, &mended, number, TakeUp::Retry).await, TakenUp::Done);
    assert_eq!((letters(&db).await, parked(&db, &view).await), (Vec::new(), 0));
    assert_equals_log(&db, &mended).await;
    append(parcel(1), [weighed(3)]).on(&db).await;
    catch_up(&db, &mended, 9).await;
    assert_equals_log(&db, &mended).await;
    assert_eq!(take_up(&db, &mended, number, TakeUp::Retry).await, TakenUp::Gone);
}

/// An event that is left out leaves nothing of itself in the row, and what waited behind it is taken in, up to the next.
pub async fn an_event_that_is_left_out_leaves_nothing_of_itself(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Async).arc();
    let broken = || Parcel::Broken {};
    append(parcel(1), [booked("ann"), broken(), weighed(1), broken(), weighed(2)]).on(&db).await;
    catch_up(&db, &view, 9).await;
    let letter = the_letter(&db).await;
    let elsewhere = TakeUp::Skip(Position(3));
    assert_eq!(take_up(&db, &view, letter.number, elsewhere).await, TakenUp::Gone, "it is not the first");
    let first = TakeUp::Skip(letter.position);
    assert_eq!(take_up(&db, &view, letter.number, first).await, TakenUp::Failed("it is broken".into()));
    let letter = the_letter(&db).await;
    assert_eq!((letter.position, letter.attempts, letter.waiting), (Position(4), 1, 2));
    assert_eq!(take_up(&db, &view, letter.number, TakeUp::Skip(letter.position)).await, TakenUp::Done);
    let log = whole_log(&db).await;
    let expected = folded(&view, log.iter().filter(|event| event.event.name != "Broken"));
    assert_rows(&db, &view, &expected, &[tenant(0)]).await;
}

/// Of a view that is synchronous for some events, what an append has taken in meanwhile is not taken in again.
pub async fn what_an_append_took_in_meanwhile_does_not_wait(db: Arc<dyn Database>) {
    let sync = SyncMode::Events(&["Booked"]);
    let (view, mended) = (tallies(sync).arc(), tallies(sync).mended().arc());
    append(parcel(1), [Parcel::Broken {}, weighed(1)]).on(&db).await;
    catch_up(&db, &view, 9).await;
    let number = the_letter(&db).await.number;
    append(parcel(1), [booked("ann")]).inline(&view).try_on(&db).await.expect_err("it is still broken");
    append(parcel(1), [booked("ann"), weighed(2)]).inline(&mended).on(&db).await;
    assert_eq!(take_up(&db, &mended, number, TakeUp::Retry).await, TakenUp::Done);
    catch_up(&db, &mended, 9).await;
    assert_equals_log(&db, &mended).await;
}

/// Rows wait by their keys, whatever streams their events are of; an event that touches several rows stops those alone
/// that cannot take it in.
pub async fn an_event_can_stop_one_of_the_rows_that_it_touches(db: Arc<dyn Database>) {
    let view = transfers().arc();
    append(parcel(1), [booked("ann"), moved("bob"), moved("stuck")]).on(&db).await;
    append(parcel(2), [booked("stuck"), moved("ann"), moved("bob")]).on(&db).await;
    catch_up(&db, &view, 9).await;
    let letter = the_letter(&db).await;
    assert_eq!((letter.key.as_str(), letter.position, letter.waiting), ("[\"stuck\"]", Position(3), 2));
    let counts: HashMap<_, _> = rows(&db, &tenant(0), &OWNERS)
        .await
        .into_iter()
        .map(|row| (row.cells[0].clone(), row.version.0))
        .collect();
    let text = |text: &str| freehold_domain::Cell::Text(text.to_owned());
    assert_eq!(counts, HashMap::from([(text("ann"), 2), (text("bob"), 2), (text("post"), 6)]));
}

/// An event of which it cannot be told what it touches waits for itself, with what its stream's own row would get.
pub async fn an_event_without_a_key_waits(db: Arc<dyn Database>) {
    let view = owners(SyncMode::Async).arc();
    append(parcel(1), [booked("ann")]).on(&db).await;
    append(parcel(2), [moved(UNKEYED), moved("bob")]).on(&db).await;
    catch_up(&db, &view, 9).await;
    let letter = the_letter(&db).await;
    assert_eq!((letter.position, letter.waiting), (Position(2), 1));
    assert_eq!(rows(&db, &tenant(0), &OWNERS).await.len(), 2);
    let mended = owners(SyncMode::Async).mended().arc();
    assert_eq!(take_up(&db, &mended, letter.number, TakeUp::Retry).await, TakenUp::Done);
    assert_eq!(rows(&db, &tenant(0), &OWNERS).await.len(), 3);
}

/// A view of another version has letters of its own.
pub async fn letters_cross_no_view(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Async).arc();
    append(parcel(1), [Parcel::Broken {}]).on(&db).await;
    catch_up(&db, &view, 9).await;
    let number = the_letter(&db).await.number;
    let other = owners(SyncMode::Async).arc();
    assert_eq!(take_up(&db, &other, number, TakeUp::Retry).await, TakenUp::Gone);
    let of =
        |view: &str| DeadLetterQuery { view: Some(view.to_owned()), limit: 9, ..DeadLetterQuery::default() };
    assert_eq!(db.dead_letters(&of(OWNERS.view)).await.expect("they can be read"), []);
    assert_eq!(db.dead_letters(&of(TALLIES.view)).await.expect("they can be read").len(), 1);
    let behind = DeadLetterQuery { after: number, limit: 9, ..DeadLetterQuery::default() };
    assert_eq!(db.dead_letters(&behind).await.expect("they can be read"), []);
    let due = DeadLetterQuery { due: true, limit: 9, ..DeadLetterQuery::default() };
    // It may be due by now, if the machine is slow.
    assert!(db.dead_letters(&due).await.expect("they can be read").len() <= 1);
}

/// A reason that lies in no event parks the rows that it touches.
pub async fn rows_can_be_parked_for_a_reason_of_their_own(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Async).arc();
    append(parcel(1), [booked("ann")]).on(&db).await;
    let batch =
        db.read_all(&Scope::EveryTenant, Position::START, view.query(), 9).await.expect("it is there");
    let work =
        Work { park: Some("the table is too small".to_owned()), ..Work::whole(Position::START, batch) };
    let told = db.apply(&view, work).await.expect("it can be parked");
    assert_eq!((told.len(), told[0].reason.as_str()), (1, "the table is too small"));
    assert_eq!(
        (the_letter(&db).await.error.as_str(), rows(&db, &tenant(0), &TALLIES).await.len()),
        ("the table is too small", 0)
    );
    let number = the_letter(&db).await.number;
    assert_eq!(take_up(&db, &view, number, TakeUp::Retry).await, TakenUp::Done);
    assert_equals_log(&db, &view).await;
}

/// More than is taken up in one transaction is taken up in several, in order.
pub async fn a_long_queue_is_taken_up_in_parts(db: Arc<dyn Database>) {
    let (view, mended) = (tallies(SyncMode::Async).arc(), tallies(SyncMode::Async).mended().arc());
    append(parcel(1), [Parcel::Broken {}]).on(&db).await;
    append(parcel(1), (0..1_100).map(weighed)).on(&db).await;
    catch_up(&db, &view, 300).await;
    let letter = the_letter(&db).await;
    assert_eq!(letter.waiting, 1_101);
    let mut times = 1;
    while take_up(&db, &mended, letter.number, TakeUp::Retry).await == TakenUp::More {
        times += 1;
    }
    assert_eq!(times, 3);
    assert_equals_log(&db, &mended).await;
}

async fn letters(db: &Arc<dyn Database>) -> Vec<DeadLetter> {
    let all = DeadLetterQuery { limit: 100, ..DeadLetterQuery::default() };
    db.dead_letters(&all).await.expect("they can be read")
}

async fn the_letter(db: &Arc<dyn Database>) -> DeadLetter {
    let mut letters = letters(db).await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters.remove(0)
}

async fn take_up(db: &Arc<dyn Database>, view: &Arc<dyn Projection>, letter: u64, how: TakeUp) -> TakenUp {
    db.take_up(view, letter, how).await.expect("the store works")
}

/// How many rows of the view are said to wait.
async fn parked(db: &Arc<dyn Database>, view: &Arc<dyn Projection>) -> u64 {
    let of = ViewVersion::of(view.schema());
    let partitions = db.cluster().await.expect("it can be read").partitions;
    partitions.iter().filter(|partition| partition.of == of).map(|partition| partition.parked).sum()
}
