//! “Did you mean …?”

/// The candidate that was most likely meant, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let plain = plain(word);
    let limit = (plain.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&plain, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Help that names the nearest candidate, else all of them where they are few.
pub(crate) fn did_you_mean<'a, I>(word: &str, candidates: I) -> Option<String>
where
    I: IntoIterator<Item = &'a str> + Clone,
{
    if let Some(near) = nearest(word, candidates.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let all: Vec<String> = candidates.into_iter().map(|name| format!("`{name}`")).collect();
    match all.as_slice() {
        [] => None,
        [only] => Some(format!("there is only {only}")),
        _ if all.len() > 16 => None,
        [rest @ .., last] => Some(format!("there are {} and {last}", rest.join(", "))),
    }
}

fn distance(plain_word: &str, candidate: &str) -> usize {
    strsim::damerau_levenshtein(plain_word, &plain(candidate))
}

/// Without case and separators, in which names are most often mistyped.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
