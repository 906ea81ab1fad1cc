//! One process at a time: the lock beside the database.
//!
//! A second writer would give positions that the first one's readers never hear of. SQLite's own exclusive mode would
//! keep other programs from reading too, so the lock is on a file of its own. The system gives it up with the
//! process, however that ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
};

use freehold_ports::StoreError;

use crate::fault::unavailable;

/// Held for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// The true path of a database, through links, so that it has one lock however it is named. Its folder is made if it
/// is missing.
pub(crate) fn locate(path: &Path) -> Result<PathBuf, StoreError> {
    let failed =
        |error: io::Error| unavailable(format!("`{}` cannot be used as a database: {error}", path.display()));
    let file = path.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    if let Ok(there) = fs::canonicalize(path) {
        return Ok(there);
    }
    if path.is_symlink() {
        // SQLite would make the file that it leads to, whose lock is another one.
        let what = io::Error::other("it is a link to nowhere; make the file that it leads to, or open that");
        return Err(failed(what));
    }
    let folder = std::path::absolute(path).map_err(failed)?;
    let folder = folder.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(failed)?;
    Ok(fs::canonicalize(folder).map_err(failed)?.join(file))
}

impl Lock {
    /// Takes the lock of the database at a path, or says who has it.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let failed = |error| unavailable(format!("the lock `{}` cannot be taken: {error}", path.display()));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(database, &mut file)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        sign(&mut file).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Leaves the id of this process for those who come later.
fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    write!(file, "{}", process::id())
}

fn taken(database: &Path, file: &mut File) -> StoreError {
    let mut owner = String::new();
    let owner = match file.read_to_string(&mut owner) {
        Ok(1..) => format!("process {owner}"),
        _ => "another process".to_owned(),
    };
    unavailable(format!("`{}` is in use by {owner}; one process at a time can open it", database.display()))
}
