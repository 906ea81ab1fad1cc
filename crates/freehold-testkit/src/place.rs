//! Where a test keeps its data: a folder of its own, or a database of its own on a server.

use freehold_app::{Builder, Host};
use freehold_sqlite::Sqlite;
use tempfile::TempDir;

#[cfg(feature = "postgres")]
use crate::postgres::{self, TestDatabase};

/// What has to outlive a test's database.
pub(crate) enum Place {
    Folder {
        _folder: TempDir,
    },
    #[cfg(feature = "postgres")]
    Server {
        _database: TestDatabase,
    },
}

impl Place {
    /// A new place, and the beginning of a service over it.
    pub(crate) async fn host() -> (Builder, Self) {
        #[cfg(feature = "postgres")]
        if let Some(server) = postgres::server() {
            return Self::on_server(&server).await;
        }
        Self::in_folder().await
    }

    async fn in_folder() -> (Builder, Self) {
        let folder = tempfile::tempdir().expect("a folder for the database");
        let database = Sqlite::open(folder.path().join("test.db")).await.expect("the database opens");
        (Host::builder(database), Self::Folder { _folder: folder })
    }

    #[cfg(feature = "postgres")]
    async fn on_server(server: &str) -> (Builder, Self) {
        let database = TestDatabase::create(server).await;
        let open = freehold_postgres::Postgres::open(database.url()).await.expect("the database opens");
        (Host::builder(open), Self::Server { _database: database })
    }
}
