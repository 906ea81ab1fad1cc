//! Migrations: there are no tables to make, but what was run is remembered and held to as in a database.

use async_trait::async_trait;
use freehold_ports::{Migration, MigrationError, Migrations, Migrator};

use crate::{Memory, memory::State};

#[async_trait]
impl Migrator for Memory {
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError> {
        let mut state = self.state();
        for context in migrations {
            check(&state, context)?;
        }
        Ok(migrations.iter().map(|context| run(&mut state, context)).sum())
    }
}

/// What was run must still be there and be the same.
fn check(state: &State, migrations: &Migrations) -> Result<(), MigrationError> {
    let context = || migrations.context.to_owned();
    for (name, sql) in state.migrations.get(migrations.context).into_iter().flatten() {
        let Some(now) = migrations.sqlite.iter().find(|step| step.name == *name) else {
            return Err(MigrationError::Unknown { context: context(), name: (*name).to_owned() });
        };
        if now.sql != *sql {
            return Err(MigrationError::Changed { context: context(), name: (*name).to_owned() });
        }
    }
    Ok(())
}

fn run(state: &mut State, migrations: &Migrations) -> usize {
    let run = state.migrations.entry(migrations.context).or_default();
    let before = run.len();
    for Migration { name, sql } in migrations.sqlite {
        if run.iter().all(|(known, _)| known != name) {
            run.push((name, sql));
        }
    }
    run.len() - before
}
