//! Prints mistakes in the manner of rustc.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::mistakes::{Mistake, Mistakes, Severity};

impl Mistakes {
    /// Every finding with its line, a caret and its help, ended by a line that counts them; empty when there is none.
    ///
    /// `color` adds ANSI colours.
    pub fn render(&self, color: bool) -> String {
        if self.is_empty() {
            return String::new();
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for mistake in self {
            out.push_str(&renderer.render(&[self.group(mistake)]));
            out.push_str("\n\n");
        }
        let level = if self.has_errors() { Level::ERROR } else { Level::WARNING };
        out.push_str(&renderer.render(&[Group::with_title(level.primary_title(self.count_line()))]));
        out.push('\n');
        out
    }

    fn group<'a>(&'a self, mistake: &'a Mistake) -> Group<'a> {
        let level = match mistake.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let snippet = Snippet::source(self.source())
            .path(self.path())
            .annotation(AnnotationKind::Primary.span(mistake.span.clone()));
        let group = level.primary_title(mistake.message.as_str()).element(snippet);
        match &mistake.help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        }
    }

    fn count_line(&self) -> String {
        let errors = self.iter().filter(|mistake| mistake.severity == Severity::Error).count();
        let counts = [counted(errors, "mistake"), counted(self.len() - errors, "warning")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        format!("{} in {}", counts.join(" and "), self.path())
    }
}

fn counted(count: usize, noun: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {noun}s")),
    }
}
