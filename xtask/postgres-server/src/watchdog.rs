//! What ends a server when the process that started it is gone, be it killed: a shell that waits for the end of a pipe.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::Context;

/// The pipe has no writer but this process; when that is gone, the server ends at once and its folder goes.
const SCRIPT: &str = r#"
read -r _
kill -QUIT "$1" 2>/dev/null
for _ in 1 2 3 4 5; do
    kill -0 "$1" 2>/dev/null || break
    sleep 1
done
rm -rf "$2"
"#;

/// Watches for as long as it lives.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    pub(crate) fn over(pid: u32, folder: &Path) -> anyhow::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "watchdog", &pid.to_string()]).arg(folder);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C is for this process, and it has to outlive that.
        shell.process_group(0).current_dir("/");
        Ok(Self(shell.spawn().context("there is no shell")?))
    }
}

impl Drop for Watchdog {
    /// The pipe closes after this, when there is nobody to see it.
    fn drop(&mut self) {
        // It may have been killed by somebody else, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
