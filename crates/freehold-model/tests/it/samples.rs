//! The models that the repository ships read without a word.

use freehold_model::read;

fn clean(path: &str, text: &str) {
    match read(path, text) {
        Ok(model) => assert!(model.warnings.is_empty(), "{}", model.warnings),
        Err(mistakes) => panic!("{mistakes}"),
    }
}

#[test]
fn the_shipping_model_reads_cleanly() {
    clean("models/shipping.toml", include_str!("../../../../models/shipping.toml"));
}

#[test]
fn the_broker_account_model_reads_cleanly() {
    clean("models/broker_account.toml", include_str!("../../../../models/broker_account.toml"));
}

#[test]
fn the_hello_model_reads_cleanly() {
    clean("models/hello.toml", include_str!("../../../../models/hello.toml"));
}

#[test]
fn the_model_of_the_other_tests_reads_cleanly() {
    clean(crate::support::PATH, crate::support::RIGHT);
}
