//! Migrations: each step is run once, whole or not at all, and held to what it was.

use async_trait::async_trait;
use freehold_ports::{Migration, MigrationError, Migrations, Migrator};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::{
    Sqlite,
    fault::{Fault, Stop},
    session::{Session, execute, read_rows},
    sql,
};

#[async_trait]
impl Migrator for Sqlite {
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError> {
        for &context in migrations {
            self.write(move |session| check(session.connection(), &context)).await?;
        }
        let mut run = 0;
        for &Migrations { context, sqlite, .. } in migrations {
            for step in sqlite {
                run += self.write(move |session| run_once(session, context, step)).await?;
            }
        }
        Ok(run)
    }
}

/// Brings the adapter's own tables up to date.
pub(crate) fn prepare(session: &Session<'_>) -> Result<(), Stop<MigrationError>> {
    execute(session.connection(), sql::CREATE_MIGRATIONS, [])?;
    let own = Migrations { sqlite: sql::SCHEMA, ..Migrations::none("freehold-sqlite") };
    check(session.connection(), &own)?;
    for step in own.sqlite {
        run_once(session, own.context, step)?;
    }
    Ok(())
}

/// What was run must still be there and be the same.
fn check(connection: &Connection, migrations: &Migrations) -> Result<(), Stop<MigrationError>> {
    for (name, checksum) in known(connection, migrations.context)? {
        let context = migrations.context.to_owned();
        match migrations.sqlite.iter().find(|step| step.name == name) {
            None => return Err(Stop::Refused(MigrationError::Unknown { context, name })),
            Some(step) if self::checksum(step) != checksum => {
                return Err(Stop::Refused(MigrationError::Changed { context, name }));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Runs a step unless it was run, and says how many were.
fn run_once(session: &Session<'_>, context: &str, step: &Migration) -> Result<usize, Stop<MigrationError>> {
    let connection = session.connection();
    if known(connection, context)?.iter().any(|(name, _)| name == step.name) {
        return Ok(0);
    }
    let failed = |reason: String| {
        let (context, name) = (context.to_owned(), step.name.to_owned());
        Stop::Refused(MigrationError::Failed { context, name, reason })
    };
    connection.execute_batch(step.sql).map_err(|error| failed(error.to_string()))?;
    if session.is_lost() {
        return Err(failed(
            "it ends the transaction that it is run in; leave BEGIN, COMMIT and ROLLBACK out".into(),
        ));
    }
    execute(connection, sql::INSERT_MIGRATION, params![context, step.name, checksum(step)])?;
    Ok(1)
}

/// The steps of a context that were run, with their checksums.
fn known(connection: &Connection, context: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut statement = connection.prepare_cached(sql::MIGRATIONS_OF_CONTEXT)?;
    read_rows(&mut statement, [context], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Of the text, however its lines end.
fn checksum(step: &Migration) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, step.sql.replace("\r\n", "\n").as_bytes()).to_string()
}
