//! Migrations: each step is run once, whole or not at all, and held to what it was.

use async_trait::async_trait;
use freehold_ports::{Migration, MigrationError, Migrations, Migrator, StoreError};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Statement, Transaction};
use uuid::Uuid;

use crate::{
    Postgres,
    connection::{Address, Purpose},
    fault::{Fault, Stop, chain, other},
    rows::Prepares,
    sql,
};

#[async_trait]
impl Migrator for Postgres {
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError> {
        let (owner, service) = self.owner();
        let mut session = Session::open(owner).await?;
        session.migrate(migrations, service).await.map_err(Stop::told)
    }
}

/// Brings the adapter's own tables up to date.
pub(crate) async fn prepare(owner: &Address, service: Option<&str>) -> Result<(), StoreError> {
    let own = Migrations { context: "freehold-postgres", sqlite: &[], postgres: sql::SCHEMA };
    let mut session = Session::open(owner).await?;
    match session.prepare(&own, service).await {
        Ok(()) => Ok(()),
        Err(Stop::Refused(MigrationError::Store(error))) => Err(error),
        Err(Stop::Refused(error)) => Err(other(error.to_string())),
        Err(Stop::Fault(fault)) => Err(fault.into()),
    }
}

/// Whoever owns the tables: a connection that may change them, with what it does in one transaction.
pub(crate) struct Owner<'s> {
    session: Session,
    service: Option<&'s str>,
}

impl<'s> Owner<'s> {
    /// Connects.
    pub(crate) async fn connect((owner, service): (&Address, Option<&'s str>)) -> Result<Self, StoreError> {
        Ok(Self { session: Session::open(owner).await?, service })
    }

    /// A transaction in which nobody else changes tables.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>, Fault> {
        self.session.begin().await
    }

    /// Opens what there is to the role of the service.
    pub(crate) async fn grant(&mut self) -> Result<(), Fault> {
        match self.service {
            Some(service) => self.session.grant(service).await,
            None => Ok(()),
        }
    }
}

impl Prepares for Transaction<'_> {
    async fn prepared(&self, sql: &str) -> Result<Statement, Fault> {
        Ok(self.prepare(sql).await?)
    }

    fn client(&self) -> &Client {
        tokio_postgres::GenericClient::client(self)
    }
}

/// A connection that may change tables. It ends with it.
struct Session {
    client: Client,
    wire: JoinHandle<()>,
}

impl Session {
    async fn open(owner: &Address) -> Result<Self, StoreError> {
        let (client, wire) = owner.connect(Purpose::Migrate).await?;
        // That the connection is lost is told by whatever uses it.
        let wire = tokio::spawn(async move { _ = wire.await });
        Ok(Self { client, wire })
    }

    async fn prepare(&mut self, own: &Migrations, service: Option<&str>) -> Result<(), Stop<MigrationError>> {
        let transaction = self.begin().await?;
        // Where all is up to date, a role that may create nothing can open the database.
        if transaction.query_one(sql::LACKS_MIGRATIONS, &[]).await?.try_get(0)? {
            transaction.batch_execute(sql::CREATE_MIGRATIONS).await?;
        }
        transaction.commit().await?;
        self.migrate(std::slice::from_ref(own), service).await?;
        Ok(())
    }

    /// What was run is checked first, of every context, before anything is run.
    async fn migrate(
        &mut self,
        migrations: &[Migrations],
        service: Option<&str>,
    ) -> Result<usize, Stop<MigrationError>> {
        let transaction = self.begin().await?;
        for context in migrations {
            check(&transaction, context).await?;
        }
        transaction.commit().await?;
        let mut run = 0;
        for &Migrations { context, postgres, .. } in migrations {
            for step in postgres {
                let transaction = self.begin().await?;
                run += run_once(&transaction, context, step).await?;
                transaction.commit().await?;
            }
        }
        if let Some(service) = service {
            self.grant(service).await?;
        }
        Ok(run)
    }

    /// A transaction in which nobody else migrates.
    async fn begin(&mut self) -> Result<Transaction<'_>, Fault> {
        let transaction = self.client.transaction().await?;
        transaction.execute(sql::LOCK_MIGRATIONS, &[]).await?;
        Ok(transaction)
    }

    /// Opens what there is to the role of the service.
    async fn grant(&mut self, service: &str) -> Result<(), Fault> {
        let transaction = self.begin().await?;
        transaction.query("SELECT set_config('freehold.service', $1, true)", &[&service]).await?;
        transaction.batch_execute(sql::GRANT).await?;
        Ok(transaction.commit().await?)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.wire.abort();
    }
}

/// What was run must still be there and be the same.
async fn check(transaction: &Transaction<'_>, migrations: &Migrations) -> Result<(), Stop<MigrationError>> {
    for (name, checksum) in known(transaction, migrations.context).await? {
        let context = migrations.context.to_owned();
        match migrations.postgres.iter().find(|step| step.name == name) {
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
async fn run_once(
    transaction: &Transaction<'_>,
    context: &str,
    step: &Migration,
) -> Result<usize, Stop<MigrationError>> {
    if known(transaction, context).await?.iter().any(|(name, _)| name == step.name) {
        return Ok(0);
    }
    let failed = |reason: String| {
        let (context, name) = (context.to_owned(), step.name.to_owned());
        Stop::Refused(MigrationError::Failed { context, name, reason })
    };
    let before = transaction_id(transaction).await?;
    let run = transaction.batch_execute(step.sql).await;
    run.map_err(|error| failed(error.as_db_error().map_or_else(|| chain(&error), ToString::to_string)))?;
    if transaction_id(transaction).await? != before {
        return Err(failed(
            "it ends the transaction that it is run in; leave BEGIN, COMMIT and ROLLBACK out".into(),
        ));
    }
    transaction.execute(sql::INSERT_MIGRATION, &[&context, &step.name, &checksum(step)]).await?;
    Ok(1)
}

async fn transaction_id(transaction: &Transaction<'_>) -> Result<String, Fault> {
    Ok(transaction.query_one("SELECT pg_current_xact_id()::text", &[]).await?.try_get(0)?)
}

/// The steps of a context that were run, with their checksums.
async fn known(transaction: &Transaction<'_>, context: &str) -> Result<Vec<(String, String)>, Fault> {
    let rows = transaction.query(sql::MIGRATIONS_OF_CONTEXT, &[&context]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Of the text, however its lines end.
fn checksum(step: &Migration) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, step.sql.replace("\r\n", "\n").as_bytes()).to_string()
}
