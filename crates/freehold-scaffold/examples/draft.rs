//! Writes the draft of a service, for a look at it.
use freehold_scaffold::{Service, draft, format};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let model = freehold_model::read(&args[1], &text).unwrap_or_else(|m| panic!("{}", m.render(false)));
    let service = Service { name: "parcel".into(), root: args[2].clone().into(), freehold: "/work/main/crates/freehold".into(), lock: Some(std::fs::read_to_string("/work/main/Cargo.lock").unwrap()), model: &model, model_text: &text };
    let mut draft = draft(&service);
    let f = format(&mut draft.plan);
    println!("{f:?}\n{}{:#?}\n{:#?}", draft.plan.tree(), draft.gaps, draft.examples);
    let _ = std::fs::remove_dir_all(&args[2]);
    draft.plan.write().unwrap();
}
