//! From the text of a file to a model, or to everything that is wrong with it.

use toml::de::DeTable;

use crate::mistakes::{Mistakes, Report};
use crate::model::Model;
use crate::raw;
use crate::resolve::resolve;
use crate::table::File;

/// Reads a model file; `path` is what mistakes call it.
///
/// # Examples
///
/// ```
/// let text = r#"
/// context = "notes"
///
/// [aggregate.Note.command.WriteNote]
/// creates = true
/// fields  = "text:Text(1..500)"
/// emits   = "NoteWritten"
/// roles   = ["author"]
///
/// [aggregate.Note.event.NoteWritten]
/// fields = "text:Txt"
/// "#;
/// let mistakes = freehold_model::read("models/notes.toml", text).unwrap_err();
/// assert_eq!(mistakes.iter().next().unwrap().help.as_deref(), Some("did you mean `Text`?"));
///
/// let model = freehold_model::read("models/notes.toml", &text.replace("Txt", "Text")).unwrap();
/// assert_eq!(model.aggregates[0].commands[0].route.path, "/notes");
/// ```
pub fn read(path: &str, text: &str) -> Result<Model, Mistakes> {
    let report = Report::default();
    let (document, errors) = DeTable::parse_recoverable(text);
    // Where the structure itself could not be read, what follows from it would only be noise.
    let mut readable = true;
    for error in &errors {
        readable &= error.message().starts_with("duplicate key");
        let at = error.span().unwrap_or(0..0);
        report.mistake(at.into(), error.message());
    }
    let model = readable.then(|| {
        let file = File { source: text, report: &report };
        resolve(&report, &raw::read(file, document.get_ref()))
    });
    let found = report.close(path, text);
    match model {
        Some(model) if !found.has_errors() => Ok(Model { warnings: found, ..model }),
        _ => Err(found),
    }
}
