//! Formatting, by the formatter that users have.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use crate::plan::{File, Plan};

/// Whether the Rust of a plan has been formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formatted {
    /// It has.
    Yes,
    /// There is no `rustfmt` on this machine.
    NoFormatter,
}

/// Formats the Rust files of a plan with `rustfmt`, all in one run: in a copy of the folder, beginning at the roots of
/// its crates, from where `rustfmt` follows the modules.
pub fn format(plan: &mut Plan) -> io::Result<Formatted> {
    let folder = tempfile::tempdir()?;
    for file in plan.files.iter().filter(|file| is_rust(file)) {
        let path = folder.path().join(&file.path);
        fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        fs::write(path, &file.text)?;
    }
    let roots =
        plan.files.iter().filter(|file| is_root(&file.path)).map(|file| folder.path().join(&file.path));
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--quiet"]).args(roots).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = match rustfmt.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Formatted::NoFormatter),
        Err(error) => return Err(error),
    };
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    for file in plan.files.iter_mut().filter(|file| is_rust(file)) {
        file.text = fs::read_to_string(folder.path().join(&file.path))?;
    }
    Ok(Formatted::Yes)
}

fn is_rust(file: &File) -> bool {
    file.path.extension().is_some_and(|extension| extension == "rs")
}

fn is_root(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "lib.rs" || name == "main.rs")
}
