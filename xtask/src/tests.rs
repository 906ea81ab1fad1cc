//! `cargo xtask test`

use crate::{
    command::{command, root, run as run_command},
    generated, postgres,
    tools::Tools,
};

/// Runs all tests, or only the generated services of these models.
pub(crate) fn run(models: &[String]) -> anyhow::Result<()> {
    let postgres = postgres::start()?;
    if models.is_empty() {
        let mut tests = command("cargo", &["test", "--workspace", "--all-features"]);
        tests.env(postgres::VARIABLE, postgres.url("postgres"));
        run_command(tests)?;
    }
    let models = match models {
        [] => generated::models()?,
        names => names.iter().map(|name| root().join("models").join(format!("{name}.toml"))).collect(),
    };
    let tools = Tools::set_up()?;
    for model in &models {
        generated::test(model, &tools, &postgres)?;
    }
    println!("\ngenerated services: {} passed, 0 failed", models.len());
    Ok(())
}
