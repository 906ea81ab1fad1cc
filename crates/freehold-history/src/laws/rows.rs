//! The rows of views.

use std::collections::{BTreeMap, HashMap};

use crate::{
    Log, Row, RowId, Seen, Sight,
    views::{Pace, Timeline, VIEWS, View},
};

use super::Evidence;

pub(super) fn are_a_fold(evidence: &Evidence) -> Vec<String> {
    VIEWS.iter().flat_map(|view| differences(view, &evidence.log, &evidence.rows)).collect()
}

/// Where rows of a view are not what the log makes of them.
pub(crate) fn differences(view: &View, log: &Log, rows: &BTreeMap<RowId, Row>) -> Vec<String> {
    let (mut wrong, expected) = (Vec::new(), view.rows(log));
    for (id, row) in &expected {
        let found = rows.get(id);
        if found != Some(row) {
            wrong.push(format!("{id:?} is {found:?}, and not {row:?}"));
        }
    }
    let alien = rows.iter().filter(|(id, _)| id.view == view.name && !expected.contains_key(id));
    wrong.extend(alien.map(|(id, row)| format!("{id:?} is {row:?}, and is not to be there")));
    wrong
}

/// Of a view that appends wait for, a row that is seen is what it was when the log went no less far than was known and
/// no further than was asked for.
pub(super) fn seen(evidence: &Evidence) -> Vec<String> {
    let inline = VIEWS.iter().filter(|view| view.pace == Pace::Inline);
    let timelines: HashMap<RowId, Timeline> = inline.flat_map(|view| view.timelines(&evidence.log)).collect();
    let told = |seen: &Seen| {
        let Sight::Row { id, row } = &seen.what else { return None };
        if VIEWS.iter().all(|view| view.name != id.view || view.pace != Pace::Inline) {
            return None;
        }
        let (least, most) = (evidence.window.least(seen.begun), evidence.window.most(seen.ended));
        let timeline = timelines.get(id).map_or(&[][..], Vec::as_slice);
        let begin = timeline.partition_point(|(position, _)| *position <= least);
        let end = timeline.partition_point(|(position, _)| *position <= most);
        let before = begin.checked_sub(1).and_then(|place| timeline[place].1.as_ref());
        let is_end = |position: u64| {
            let event = evidence.log.at(position);
            event.is_some_and(|event| is_last_of_its_request_in(evidence, timeline, event))
        };
        let mut meanwhile = timeline[begin..end.max(begin)].iter().filter(|(position, _)| is_end(*position));
        let is_right = before == row.as_ref() || meanwhile.any(|(_, known)| known == row);
        (!is_right).then(|| format!("{id:?} was {row:?} between {least} and {most}"))
    };
    evidence.history.seen.iter().filter_map(told).collect()
}

/// Whether no later event of the same append touches the row: what lies between is nobody's to see.
fn is_last_of_its_request_in(
    evidence: &Evidence,
    timeline: &[(u64, Option<Row>)],
    event: &crate::Event,
) -> bool {
    let last = evidence.log.request(&event.mark.token).last().map_or(0, crate::Event::position);
    !timeline.iter().any(|(position, _)| *position > event.position() && *position <= last)
}
