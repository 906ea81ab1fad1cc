//! Opening: what is found again, and what is refused.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use freehold_domain::{Position, SyncMode};
use freehold_ports::{EventStore, Fingerprint, StoreError, ViewStore};
use freehold_sqlite::{Durability, Options, Sqlite};
use uuid::Uuid;

use crate::fixtures::{Walks, count_events, count_steps, open, step, tenant};

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    let mut append = step(1);
    append.once = Some(Fingerprint(Uuid::from_u128(5)));
    let outcome = database.append(append.clone()).await.unwrap();
    database.append(step(2)).await.unwrap();
    database.close().await;

    let database = Sqlite::open(Options::new(&path).durability(Durability::Crash)).await.unwrap();
    assert_eq!(*database.head().borrow(), Position(2));
    assert_eq!((count_events(&database).await, count_steps(&database).await), (2, 2));
    let checkpoint = database.checkpoint(&(Arc::new(Walks::new(SyncMode::Sync)) as _)).await.unwrap();
    assert_eq!(checkpoint, Position(2));
    let command = append.metadata.command;
    assert_eq!(database.outcome(&tenant(), command).await.unwrap().unwrap().1.position, outcome.position);
    assert!(database.append(append).await.unwrap().replayed);
    assert_eq!(database.append(step(1)).await.unwrap().position, Position(3));
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_has_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let first = open(&path).await;
    let reason = unavailable(Sqlite::open(&path).await);
    assert!(reason.contains("walks.db"), "{reason}");
    assert!(reason.contains(&format!("in use by process {}", std::process::id())), "{reason}");
    first.append(step(1)).await.unwrap();
    first.close().await;
    assert_eq!(count_events(&Sqlite::open(&path).await.unwrap()).await, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn another_name_of_the_same_file_does_not_get_round_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("walks.db"), folder.path().join("link.db"));
    let first = open(&path).await;
    std::os::unix::fs::symlink(&path, &link).unwrap();
    unavailable(Sqlite::open(&link).await);
    let detour = folder.path().join("..").join(folder.path().file_name().unwrap()).join("walks.db");
    unavailable(Sqlite::open(&detour).await);
    first.close().await;
    assert_eq!(Sqlite::open(&link).await.unwrap().path(), fs::canonicalize(&path).unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_nowhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(folder.path().join("walks.db"), &link).unwrap();
    let reason = unavailable(Sqlite::open(&link).await);
    assert!(reason.contains("it is a link to nowhere"), "{reason}");
}

#[tokio::test]
async fn a_missing_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("var").join("data").join("walks.db");
    open(&path).await.close().await;
    assert!(path.is_file());
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    File::create(&file).unwrap();
    let reason = unavailable(Sqlite::open(file.join("walks.db")).await);
    assert!(reason.contains("walks.db"), "{reason}");
}

#[tokio::test]
async fn a_folder_itself_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let reason = unavailable(Sqlite::open(folder.path()).await);
    assert!(reason.contains(&*folder.path().to_string_lossy()), "{reason}");
    let reason = unavailable(Sqlite::open("").await);
    assert!(reason.contains("cannot be used as a database"), "{reason}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Whoever runs as root may write there all the same, but in no case here.
    let is_root = File::create(folder.path().join("probe")).is_ok();
    let folder = if is_root { PathBuf::from("/proc") } else { folder.path().to_owned() };
    let reason = unavailable(Sqlite::open(folder.join("walks.db")).await);
    assert!(reason.contains("walks.db"), "{reason}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    open(&path).await.close().await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    if may_write(&path) {
        // As root nothing is read-only; the folder's test covers that case.
        return;
    }
    let reason = unavailable(Sqlite::open(&path).await);
    assert!(reason.contains("walks.db"), "{reason}");
}

fn may_write(path: &Path) -> bool {
    File::options().write(true).open(path).is_ok()
}

fn unavailable(opened: Result<Sqlite, StoreError>) -> String {
    match opened {
        Err(StoreError::Unavailable { reason }) => reason,
        other => panic!("it was to be unavailable: {other:?}"),
    }
}
