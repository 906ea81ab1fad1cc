//! What names a database, and what is told of it.

use freehold_app::{DatabaseUrl, DatabaseUrlError, PostgresUrl};

fn read(text: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    text.parse()
}

#[test]
fn a_path_is_a_file_of_sqlite_with_and_without_its_scheme() {
    for (text, path) in [
        ("shop.db", "shop.db"),
        ("data/12:30.db", "data/12:30.db"),
        (r"C:\data\shop.db", r"C:\data\shop.db"),
        ("sqlite:data/shop.db", "data/shop.db"),
        ("sqlite://data/shop.db", "data/shop.db"),
        ("sqlite:/data/shop.db", "/data/shop.db"),
        ("sqlite:///data/shop.db", "/data/shop.db"),
    ] {
        assert_eq!(read(text), Ok(DatabaseUrl::Sqlite(path.into())), "{text}");
    }
}

#[test]
fn what_a_file_cannot_do_is_refused() {
    for text in ["sqlite::memory:", "sqlite:shop.db?mode=ro"] {
        assert_eq!(read(text), Err(DatabaseUrlError::Sqlite), "{text}");
    }
    for text in ["", "sqlite:", "sqlite://"] {
        assert_eq!(read(text), Err(DatabaseUrlError::Empty), "{text}");
    }
}

#[test]
fn a_url_of_postgresql_is_kept_as_it_is() {
    for text in ["postgres://shop:s%20cret@db:5433/shop?sslmode=require", "postgresql://db/shop"] {
        let Ok(DatabaseUrl::Postgres(url)) = read(text) else { panic!("{text}") };
        assert_eq!(url.reveal(), text);
    }
}

#[test]
fn another_scheme_is_named_and_nothing_behind_it() {
    let said = read("mysql://shop:secret@db/shop").unwrap_err().to_string();
    assert_eq!(
        said,
        "a database is `sqlite:data/name.db` or `postgres://user:password@host:5432/name`, and not `mysql://`"
    );
    for text in
        ["shop:secret@db/shop", "my_shop:secret@db", "postgres:secret@db", ":secret@db", "a-secret://db"]
    {
        assert_eq!(read(text), Err(DatabaseUrlError::Form), "{text}");
    }
}

#[test]
fn an_owner_is_one_of_postgresql() {
    assert!("postgres://owner@db/shop".parse::<PostgresUrl>().is_ok());
    assert_eq!("data/shop.db".parse::<PostgresUrl>(), Err(DatabaseUrlError::Form));
}

#[test]
fn no_password_is_shown_wherever_it_stands() {
    for (text, shown) in [
        ("postgres://shop:secret@db:5432/shop", "postgres://db:5432/shop"),
        ("postgres://shop:s@ecret@db/shop", "postgres://db/shop"),
        ("postgres://db/shop?password=secret", "postgres://db/shop"),
        ("postgres://db?password=secret", "postgres://db"),
        ("postgres://db/shop#secret", "postgres://db/shop"),
        ("postgres://shop:1/secret@db/shop", "postgres://.."),
        ("postgres://shop:1?secret@db/shop", "postgres://.."),
        ("postgres://shop:1#secret@db/shop", "postgres://.."),
    ] {
        let url = read(text).unwrap();
        assert_eq!(url.to_string(), shown);
        assert!(!format!("{url:?}").contains("secret"), "{text}");
    }
}

#[test]
fn a_configuration_that_names_none_is_told_without_what_it_says() {
    let told = serde_json::from_str::<DatabaseUrl>(r#""shop:secret@db""#).unwrap_err().to_string();
    assert!(told.contains("and this is neither") && !told.contains("secret"), "{told}");
    assert_eq!(serde_json::from_str::<DatabaseUrl>(r#""shop.db""#).unwrap(), read("shop.db").unwrap());
}
