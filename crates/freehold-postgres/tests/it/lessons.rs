//! What others paid for: the faults that systems of this kind have had with their logs, each by name. That an
//! unchanged schema is applied again is a case of `opening`.

mod late_commits;
mod notifications;
mod numbers;
mod racers;
mod snapshots;
