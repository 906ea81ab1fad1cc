//! Money and decimals.

use freehold::{CurrencyMismatch, prelude::*};
use proptest::prelude::{prop_assert_eq, proptest};
use serde_json::json;

fn euros(amount: Decimal) -> Money {
    Money::new(amount, Currency::EUR)
}

#[test]
fn amounts_of_one_currency_are_added_and_subtracted_exactly() {
    assert_eq!(euros(dec!(0.1)).checked_add(euros(dec!(0.2))), Ok(euros(dec!(0.3))));
    assert_eq!(euros(dec!(1)).checked_sub(euros(dec!(2.5))), Ok(euros(dec!(-1.5))));
    assert_eq!(Money::zero(Currency::EUR).checked_add(euros(dec!(7))), Ok(euros(dec!(7))));
}

#[test]
fn amounts_of_two_currencies_are_never_combined() {
    let dollars = Money::zero(Currency::USD);
    let mismatch = CurrencyMismatch::Currencies(Currency::EUR, Currency::USD);
    assert_eq!(euros(dec!(1)).checked_add(dollars), Err(mismatch));
    assert_eq!(euros(dec!(1)).checked_sub(dollars), Err(mismatch));
    assert_eq!(mismatch.to_string(), "EUR cannot be combined with USD");
}

#[test]
fn an_amount_without_room_is_an_error_and_no_panic() {
    assert_eq!(euros(Decimal::MAX).checked_add(euros(Decimal::MAX)), Err(CurrencyMismatch::Overflow));
    assert_eq!(euros(Decimal::MIN).checked_sub(euros(Decimal::MAX)), Err(CurrencyMismatch::Overflow));
}

#[test]
fn money_is_its_amount_as_text_and_its_currency() {
    let price = euros(dec!(12.50));
    assert_eq!(serde_json::to_value(price).unwrap(), json!({ "amount": "12.50", "currency": "EUR" }));
    assert_eq!(price.to_string(), "12.50 EUR");
    let unknown = json!({ "amount": "1", "currency": "EUR", "tax": "2" });
    assert!(serde_json::from_value::<Money>(unknown).is_err());
}

#[test]
fn a_decimal_is_read_from_text_and_never_from_a_number() {
    assert_eq!(serde_json::from_value::<Decimal>(json!("0.10")).unwrap().to_string(), "0.10");
    for number in ["0.1", "1", "1e3"] {
        assert!(serde_json::from_str::<Decimal>(number).is_err(), "{number}");
    }
}

proptest! {
    #[test]
    fn what_was_added_can_be_taken_away(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000, scale in 0u32..10) {
        let (a, b) = (euros(Decimal::new(a, scale)), euros(Decimal::new(b, scale)));
        prop_assert_eq!(a.checked_add(b).and_then(|sum| sum.checked_sub(b)), Ok(a));
    }

    #[test]
    fn money_survives_json(amount: i64, scale in 0u32..28) {
        let money = euros(Decimal::new(amount, scale));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }
}
