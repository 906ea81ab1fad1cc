//! What the kernel promises to the domains that are written with it.

mod cells;
mod composites;
mod events;
mod ids;
mod money;
mod queries;
mod redaction;
mod sample;
mod snapshots;
mod texts;
mod times;
mod unique;
mod upcasting;
mod words;
