//! A service that plays the admin interface: it answers with what it was given, in this order, and keeps what it was
//! asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::Command,
    sync::mpsc,
    thread,
};

use crate::terminal::{Terminal, said};

/// What the service is asked with. No output may contain it.
pub(crate) const TOKEN: &str = "open-sesame-7";

pub(crate) struct Service {
    url: String,
    asked: mpsc::Receiver<String>,
}

impl Service {
    /// Answers with these, each a status and a body, and then with nothing more.
    pub(crate) fn answering(answers: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Vec<_> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let (sender, asked) = mpsc::channel();
        thread::spawn(move || {
            for (status, body) in answers {
                sender.send(answer(&listener.accept().unwrap().0, status, &body)).unwrap();
            }
        });
        Self { url, asked }
    }

    /// Runs `freehold` with these arguments against it, and tells what it said, and what the service was asked.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(&Terminal::new(), arguments).output().unwrap();
        let said = said(&output).replace(&self.url, "http://SERVICE");
        assert!(!said.contains(TOKEN), "a token was printed: {said}");
        let asked: Vec<_> = self.asked.try_iter().collect();
        format!("{said}\n--- asked\n{}", asked.join("\n"))
    }

    pub(crate) fn command(&self, terminal: &Terminal, arguments: &[&str]) -> Command {
        let mut command = terminal.command(arguments);
        command.env("FREEHOLD_URL", &self.url).env("FREEHOLD_TOKEN", TOKEN);
        command
    }

    /// The next thing that it was asked, once it is.
    #[cfg(unix)]
    pub(crate) fn next(&self) -> String {
        self.asked.recv().unwrap()
    }
}

/// Reads a request, answers it, and tells what it was: its first line, its token and its body.
fn answer(mut stream: &TcpStream, status: u16, body: &str) -> String {
    let mut reader = BufReader::new(stream);
    let head: Vec<_> =
        reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        let mut fields = head.iter().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let mut sent = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut sent).unwrap();
    let kind = if status == 200 { "application/json" } else { "application/problem+json" };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let request = head[0].trim_end_matches(" HTTP/1.1");
    let who = header("authorization").unwrap_or("nobody");
    format!("{request}\n  {who}\n  {}", String::from_utf8(sent).unwrap()).trim_end().to_owned()
}
