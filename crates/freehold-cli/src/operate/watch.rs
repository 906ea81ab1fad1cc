//! Draws something again every second, until Ctrl-C.

use std::{io, sync::mpsc, time::Duration};

use console::Term;

use super::error::Error;

const EVERY: Duration = Duration::from_secs(1);

/// Draws until Ctrl-C. A service that does not answer may be about to come back: that is drawn, too. What it refuses
/// once it will refuse again, and ends this.
pub(crate) fn watch(draw: impl Fn() -> Result<String, Error>) -> Result<(), Error> {
    let interrupt = interrupt()?;
    let terminal = Term::buffered_stdout();
    loop {
        let frame = match draw() {
            Err(silent @ Error::Silent { .. }) => format!("{silent}\n"),
            drawn => drawn?,
        };
        show(&terminal, &frame).map_err(Error::Output)?;
        if interrupt.recv_timeout(EVERY).is_ok() {
            return Ok(());
        }
    }
}

fn interrupt() -> Result<mpsc::Receiver<()>, Error> {
    let (interrupted, interrupt) = mpsc::channel();
    let handler = move || {
        // Nobody listens any more only when this process is about to end.
        let _ = interrupted.send(());
    };
    ctrlc::set_handler(handler).map_err(Error::Signal)?;
    Ok(interrupt)
}

/// In place on a terminal; one after the other where there is no place to come back to.
fn show(terminal: &Term, frame: &str) -> io::Result<()> {
    if terminal.is_term() {
        terminal.clear_screen()?;
        terminal.write_str(frame)?;
        terminal.write_line("\nEvery second; Ctrl-C ends.")?;
    } else {
        terminal.write_line(frame)?;
    }
    terminal.flush()
}
