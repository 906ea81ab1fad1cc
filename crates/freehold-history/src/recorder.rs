//! The file of a process: what it writes down, line by line, and how it is read again.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context;

use crate::{Answer, Moment, Record, Request, Seen, Sight};

/// Writes a file. Each line is handed to the system as one, so that it outlives the process, however that ends.
#[derive(Debug)]
pub struct Recorder {
    file: Mutex<File>,
    attempts: AtomicU64,
    done: AtomicU64,
}

impl Recorder {
    /// Begins a new file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        Ok(Self { file: Mutex::new(file), attempts: AtomicU64::new(0), done: AtomicU64::new(0) })
    }

    /// A request is about to be sent: the number to answer it by.
    pub fn ask(&self, request: &Request) -> u64 {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        self.write(&Record::Asked { at: Moment::now(), attempt, request: request.clone() });
        attempt
    }

    /// It was answered.
    pub fn answer(&self, attempt: u64, answer: Answer) {
        let is_done = matches!(answer, Answer::Done { .. });
        self.write(&Record::Answered { at: Moment::now(), attempt, answer });
        self.done.fetch_add(u64::from(is_done), Ordering::Relaxed);
    }

    /// Something was seen that was asked for at that moment.
    pub fn saw(&self, begun: Moment, what: Sight) {
        self.write(&Record::Saw(Seen { begun, ended: Moment::now(), what }));
    }

    /// A reader has come to its end.
    pub fn finished(&self, reader: &str, at_least: u64) {
        self.write(&Record::Finished { reader: reader.to_owned(), at_least });
    }

    /// How many requests were carried out.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    fn write(&self, record: &Record) {
        let mut line = serde_json::to_vec(record).expect("records are data");
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot be written down is not to be done.
        file.write_all(&line).expect("the file of the process can be written");
    }
}

/// The records of a file. The last line of a process that was killed may be cut off.
pub fn read(path: &Path) -> anyhow::Result<Vec<Record>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let read = whole.lines().map(serde_json::from_str);
    read.collect::<Result<_, _>>().with_context(|| format!("{}", path.display()))
}
