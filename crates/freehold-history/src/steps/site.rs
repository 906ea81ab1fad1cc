//! Sites: a database for one step, which goes with it.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::round::{Place, Servers};

/// Does something with an empty database.
pub(super) fn with<T>(
    place: Place,
    servers: &Mutex<&mut Servers>,
    work: impl FnOnce(&str) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let name = format!("step_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let servers = || servers.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::Builder::new().prefix("step-").tempdir()?;
    let database = servers().database(place, folder.path(), &name)?;
    let done = work(&database);
    servers().drop_database(place, &name)?;
    done
}
