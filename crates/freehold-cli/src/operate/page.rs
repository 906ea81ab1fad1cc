//! Which part of a long list is asked for.

use clap::Args;

use super::client::Path;

#[derive(Debug, Args)]
pub(crate) struct Page {
    /// Begin after this one; what a list prints at its end.
    #[arg(long, value_name = "N")]
    pub(crate) after: Option<u64>,
    /// At most so many, as many as the service sees fit unless said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
}

impl Page {
    pub(crate) fn of(&self, path: Path) -> Path {
        path.with("after", self.after).with("limit", self.limit)
    }
}

/// How to see the rest of a list, if there is more of it.
pub(crate) fn rest(next: Option<u64>) -> String {
    next.map(|next| format!("\nThere are more: `--after {next}` goes on.\n")).unwrap_or_default()
}
