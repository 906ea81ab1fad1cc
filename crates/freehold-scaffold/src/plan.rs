//! What a verb is going to write: shown first, then written whole or not at all.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Below the folder that is written.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

/// The files of a new folder.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder.
    pub root: PathBuf,
    /// The files below it.
    pub files: Vec<File>,
}

/// Why a plan was not carried out. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder is there already.
    #[error("`{}` exists already, and nothing in it was touched; name another folder with `--path DIR`", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    Io {
        /// The file or the folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Plan {
    /// The files as a tree, one a line.
    pub fn tree(&self) -> String {
        let mut root = Branch::default();
        for file in &self.files {
            let mut branch = &mut root;
            for part in &file.path {
                branch = branch.0.entry(part.to_string_lossy().into_owned()).or_default();
            }
        }
        let mut text = format!("{}\n", self.root.display());
        root.draw("", &mut text);
        text
    }

    /// Writes all files: first into a folder beside the target, which then takes its name in one step.
    pub fn write(&self) -> Result<(), WriteError> {
        if self.root.symlink_metadata().is_ok() {
            return Err(WriteError::Exists(self.root.clone()));
        }
        let parent =
            self.root.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let made = make(parent)?;
        let result = self.write_beside(parent);
        if result.is_err() {
            made.into_iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
        }
        result
    }

    fn write_beside(&self, parent: &Path) -> Result<(), WriteError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| WriteError::Io { path, source }
        };
        let draft =
            tempfile::Builder::new().prefix(".freehold-").tempdir_in(parent).map_err(failed(parent))?;
        // The draft is private to its maker; what takes its name is as open as any folder that is made here.
        let content = draft.path().join("content");
        fs::create_dir(&content).map_err(failed(parent))?;
        for file in &self.files {
            let path = content.join(&file.path);
            let shown = self.root.join(&file.path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(failed(&shown))?;
            }
            fs::write(&path, &file.text).map_err(failed(&shown))?;
        }
        // Renaming onto an empty folder would succeed, so that is looked at again.
        if self.root.symlink_metadata().is_ok() {
            return Err(WriteError::Exists(self.root.clone()));
        }
        fs::rename(&content, &self.root).map_err(failed(&self.root))
    }
}

/// Makes the missing folders of a path, and says which those were.
fn make(folder: &Path) -> Result<Vec<PathBuf>, WriteError> {
    let missing: Vec<_> =
        folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    let missing: Vec<_> = missing.into_iter().rev().map(Path::to_owned).collect();
    for (index, folder) in missing.iter().enumerate() {
        if let Err(source) = fs::create_dir(folder) {
            missing[..index].iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
            return Err(WriteError::Io { path: folder.clone(), source });
        }
    }
    Ok(missing)
}

/// A folder or a file of the tree.
#[derive(Default)]
struct Branch(BTreeMap<String, Branch>);

impl Branch {
    fn draw(&self, indent: &str, text: &mut String) {
        let last = self.0.len().saturating_sub(1);
        // Folders come first, as in most tools that show trees.
        let mut entries: Vec<_> = self.0.iter().collect();
        entries.sort_by_key(|(name, branch)| (branch.0.is_empty(), name.to_lowercase()));
        for (index, (name, branch)) in entries.into_iter().enumerate() {
            let (corner, below) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let slash = if branch.0.is_empty() { "" } else { "/" };
            *text += &[indent, corner, name, slash, "\n"].concat();
            branch.draw(&format!("{indent}{below}"), text);
        }
    }
}
