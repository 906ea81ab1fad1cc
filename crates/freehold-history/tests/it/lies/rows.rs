//! Lies about the rows of views.

use freehold_history::{Mark, Sight};

use super::Lie;

pub(super) const LIES: &[Lie] = &[
    ("a row is gone", "rows are a fold over the log", |told| told.rows.pop_first().is_some()),
    ("a row is another one", "rows are a fold over the log", |told| {
        told.rows.first_entry().map(|mut row| row.get_mut().cells[0].push('1')).is_some()
    }),
    ("a row is of another version", "rows are a fold over the log", |told| {
        told.rows.first_entry().map(|mut row| row.get_mut().version += 1).is_some()
    }),
    ("a row has another position", "rows are a fold over the log", |told| {
        told.rows.first_entry().map(|mut row| row.get_mut().position += 1).is_some()
    }),
    ("a row belongs to another tenant", "rows are a fold over the log", |told| {
        let Some((mut id, row)) = told.rows.pop_first() else { return false };
        "elsewhere".clone_into(&mut id.tenant);
        told.rows.insert(id, row);
        true
    }),
    ("a row went on past what nobody can read", "rows are a fold over the log", |told| {
        let paid = told.events.iter_mut().find(|event| event.name == "Deposited");
        paid.map(|event| event.mark = Mark::default()).is_some()
    }),
    ("a row was seen as it never was", "a row that is seen is one that was", |told| {
        told.seen(|sight| match sight {
            Sight::Row { row: Some(row), .. } => Some(row),
            _ => None,
        })
        .map(|row| row.cells[1].push('1'))
        .is_some()
    }),
    ("a row was seen as it had been long before", "a row that is seen is one that was", |told| {
        let seen =
            told.history.seen.iter_mut().rfind(|seen| matches!(&seen.what, Sight::Row { row: Some(_), .. }));
        let Some(Sight::Row { row: Some(row), .. }) = seen.map(|seen| &mut seen.what) else { return false };
        (row.version, row.position) = (1, 1);
        true
    }),
];
