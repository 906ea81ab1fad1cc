//! Statements that are put together before anything is sent: a value that cannot be told to the server is found out while
//! nothing is under way.

use std::error::Error;

use bytes::BytesMut;
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Row, Statement};

use crate::fault::Fault;

/// What a parameter is given as.
pub(crate) type Param<'p> = &'p (dyn ToSql + Sync);

/// A statement with its parameters: it needs nothing any more but a connection.
pub(crate) struct Call {
    statement: Statement,
    params: Vec<Encoded>,
}

/// A parameter as the server reads it; absent, if there is nothing.
#[derive(Debug)]
struct Encoded(Option<BytesMut>);

impl Call {
    pub(crate) fn new(statement: &Statement, params: &[Param<'_>]) -> Result<Self, Fault> {
        let encoded = statement.params().iter().zip(params).map(|(ty, param)| Encoded::new(*param, ty));
        Ok(Self { params: encoded.collect::<Result<_, _>>()?, statement: statement.clone() })
    }

    /// Its one row.
    pub(crate) async fn row(&self, client: &Client) -> Result<Row, Fault> {
        Ok(client.query_one(&self.statement, &self.params()).await?)
    }

    /// What it does, where it gives no rows.
    pub(crate) async fn run(&self, client: &Client) -> Result<(), Fault> {
        client.execute(&self.statement, &self.params()).await?;
        Ok(())
    }

    fn params(&self) -> Vec<Param<'_>> {
        self.params.iter().map(|param| param as Param<'_>).collect()
    }
}

impl Encoded {
    fn new(param: Param<'_>, ty: &Type) -> Result<Self, Fault> {
        let mut bytes = BytesMut::new();
        match param.to_sql_checked(ty, &mut bytes) {
            Ok(IsNull::Yes) => Ok(Self(None)),
            Ok(IsNull::No) => Ok(Self(Some(bytes))),
            Err(error) => Err(Fault::Unstorable(format!("a value cannot be told to PostgreSQL: {error}"))),
        }
    }
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Some(bytes) = &self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    /// It was encoded for the place that it has.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
