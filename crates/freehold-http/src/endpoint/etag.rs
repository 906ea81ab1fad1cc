//! Entity tags: the version of an aggregate or of a row, in quotes.

use axum::http::{HeaderMap, HeaderValue, header};
use freehold_domain::Version;

use super::only;
use crate::problem::{Kind, Problem};

/// The tag of a version.
pub(super) fn of(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

/// The version that `If-Match` asks for. `*` asks for any, and any there is will do.
pub(super) fn expected(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    match only(headers, header::IF_MATCH.as_str())?.map(<[u8]>::trim_ascii) {
        None | Some(b"*") => Ok(None),
        Some(tag) => version(tag).map(Some).ok_or_else(|| {
            let detail = "`If-Match` takes one entity tag as it came in `ETag`, such as `\"3\"`, or `*`.";
            Problem::new(Kind::InvalidHeader, detail)
        }),
    }
}

/// Whether `If-None-Match` names this version, so that the client has it already. Compared weakly, as RFC 9110 says;
/// what is no tag of ours matches nothing.
pub(super) fn is_known(headers: &HeaderMap, current: Version) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    tags.any(|tag| {
        let tag = tag.trim_ascii();
        tag == b"*" || version(tag.strip_prefix(b"W/").unwrap_or(tag)) == Some(current)
    })
}

fn version(tag: &[u8]) -> Option<Version> {
    let digits = tag.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(digits).ok().filter(|_| plain)?;
    text.parse().ok().map(Version)
}
