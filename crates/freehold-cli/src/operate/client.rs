//! Asks the admin interface of a service over HTTP.

use std::{fmt::Display, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use ureq::{Agent, Body, http::Response};

use super::{
    arguments::{Service, Token},
    error::Error,
};

/// What a part of a path, or a value of a query, can contain as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// How long a service may take to be reached.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may take to say what it knows. What it is told to do takes as long as it takes.
const READ: Duration = Duration::from_secs(10);
/// A page of events with large payloads fits; what is larger would only fill the memory.
const LARGEST: u64 = 256 * 1024 * 1024;

pub(crate) struct Client {
    base: String,
    authorization: String,
    agent: Agent,
}

/// What a service said: JSON, as it came.
pub(crate) struct Answer {
    url: String,
    pub(crate) text: String,
}

/// What is asked for, below the URL of the service.
pub(crate) struct Path {
    text: String,
    wait: Duration,
}

impl Client {
    /// Parses where the service is and who asks, and asks nothing yet.
    pub(crate) fn new(service: &Service) -> Result<Self, Error> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // The token is for this service, and not for another that it may point to.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT));
        Ok(Self {
            base: base(&service.url)?,
            authorization: format!("Bearer {}", secret(service.token.as_ref())?),
            agent: config.build().new_agent(),
        })
    }

    pub(crate) fn get(&self, path: &Path) -> Result<Answer, Error> {
        let request = self.agent.get(self.base.clone() + &path.text);
        let timed = request.config().timeout_recv_response(Some(READ + path.wait)).build();
        self.answer(timed.header("authorization", &self.authorization).call())
    }

    pub(crate) fn post(&self, path: &Path) -> Result<Answer, Error> {
        let request = self.agent.post(self.base.clone() + &path.text);
        self.answer(request.header("authorization", &self.authorization).send_empty())
    }

    pub(crate) fn post_json(&self, path: &Path, body: &Value) -> Result<Answer, Error> {
        let request = self.agent.post(self.base.clone() + &path.text);
        let typed = request.header("content-type", "application/json");
        self.answer(typed.header("authorization", &self.authorization).send(body.to_string()))
    }

    pub(crate) fn delete(&self, path: &Path) -> Result<Answer, Error> {
        let request = self.agent.delete(self.base.clone() + &path.text);
        self.answer(request.header("authorization", &self.authorization).call())
    }

    fn answer(&self, response: Result<Response<Body>, ureq::Error>) -> Result<Answer, Error> {
        let mut response = response.map_err(|source| self.silent(source))?;
        let body = response.body_mut().with_config().limit(LARGEST).lossy_utf8(true);
        let text = body.read_to_string().map_err(|source| self.silent(source))?;
        if !response.status().is_success() {
            return Err(Error::of_answer(self.base.clone(), response.status().as_u16(), &text));
        }
        Ok(Answer { url: self.base.clone(), text })
    }

    fn silent(&self, source: ureq::Error) -> Error {
        Error::Silent { url: self.base.clone(), source: Box::new(source) }
    }
}

impl Answer {
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        serde_json::from_str(&self.text).map_err(|source| Error::Answer { url: self.url.clone(), source })
    }
}

impl Path {
    /// The path of these parts below `/admin`. Names of views and ids may contain anything.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let text = parts.iter().fold("/admin".to_owned(), |path, part| path + "/" + &encoded(part));
        Self { text, wait: Duration::ZERO }
    }

    /// With this in the query, if it is there.
    pub(crate) fn with(mut self, name: &str, value: Option<impl Display>) -> Self {
        if let Some(value) = value {
            let sign = if self.text.contains('?') { '&' } else { '?' };
            self.text = format!("{}{sign}{name}={}", self.text, encoded(&value.to_string()));
        }
        self
    }

    /// The service may wait so long before it answers.
    pub(crate) fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }.with("wait", Some(wait.as_secs()))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A URL of `http` without what only a page can have.
fn base(url: &str) -> Result<String, Error> {
    let refused = || Error::Url(url.to_owned());
    let uri: ureq::http::Uri = url.parse().map_err(|_| refused())?;
    match uri.scheme_str() {
        Some("http") if uri.query().is_none() => Ok(url.trim_end_matches('/').to_owned()),
        Some("https") => Err(Error::Tls(url.to_owned())),
        _ => Err(refused()),
    }
}

fn secret(token: Option<&Token>) -> Result<&str, Error> {
    let secret = token.map(|token| token.secret().trim()).filter(|secret| !secret.is_empty());
    let secret = secret.ok_or(Error::NoToken)?;
    if secret.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(secret) } else { Err(Error::Token) }
}
