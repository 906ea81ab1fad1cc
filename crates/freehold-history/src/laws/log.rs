//! The order of the log itself.

use std::collections::HashMap;

use super::Evidence;

pub(super) fn positions_are_dense(evidence: &Evidence) -> Vec<String> {
    let numbered = (1..).zip(&evidence.log.events);
    let wrong = numbered.filter(|(number, event)| event.position() != *number);
    wrong.map(|(number, event)| format!("position {} lies at place {number}", event.position())).collect()
}

pub(super) fn versions_are_dense(evidence: &Evidence) -> Vec<String> {
    let mut versions = HashMap::new();
    let mut wrong = Vec::new();
    for event in &evidence.log.events {
        let version = versions.entry(&event.address).or_insert(0);
        if event.version != *version + 1 {
            let (address, position) = (&event.address, event.position());
            wrong.push(format!(
                "version {} at position {position} follows {version} in {address:?}",
                event.version
            ));
        }
        *version = event.version;
    }
    wrong
}
