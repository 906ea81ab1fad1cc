//! The laws of commands, with nodes that append over connections of their own.

use std::sync::Arc;

use freehold_postgres::Postgres;

use crate::server;

freehold_testkit::conformance::commands::suite!(4, {
    let Some(server) = server::url() else { return };
    async move || {
        let (first, database) = server::open(&server).await;
        let second = Postgres::open(database.url()).await.expect("the database can be opened");
        (vec![Arc::new(first) as _, Arc::new(second) as _], database)
    }
});
