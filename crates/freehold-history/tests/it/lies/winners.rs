//! Lies about races, which at most one wins.

use freehold_history::{Asked, Unless, What};

use super::{Lie, is_append};

pub(super) const LIES: &[Lie] =
    &[("two have the same claim", "of those who ask for the same thing at most one has it", |told| {
        let mut asked =
            told.history.asked.values_mut().filter(|asked| is_append(asked) && asked.done().next().is_some());
        let Some(tenant) = asked.next().map(|asked| {
            claim(asked);
            asked.request.address.tenant.clone()
        }) else {
            return false;
        };
        asked.find(|asked| asked.request.address.tenant == tenant).map(claim).is_some()
    })];

fn claim(asked: &mut Asked) {
    let criterion = freehold_history::Criterion { tags: vec!["mine".to_owned()], ..Default::default() };
    if let What::Append { unless, events, .. } = &mut asked.request.what {
        unless.push(Unless { query: criterion.into(), after: 0 });
        events[0].tags.push("mine".to_owned());
    }
}
