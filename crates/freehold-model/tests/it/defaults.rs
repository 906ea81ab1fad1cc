//! Defaults are checked when the model is read.

use freehold_model::Literal;
use insta::assert_snapshot;

use crate::support::{accepted, changed, wrong};

fn said_of(fields: &str) -> String {
    wrong("fields  = \"carrier:Carrier\"", &format!("fields  = \"carrier:Carrier {fields}\""))
}

#[test]
fn a_default_is_read_by_its_type() {
    let to = "fields  = \"carrier:Carrier a:Int=100 b:Bool=true c:Decimal(>=0)=0.50 d:Currency='USD' e:Text='it''s a box' \
              f:Carrier='dhl' g:TrackingNumber='AB123456789' h:Duration='72h' i:Country='DE' j:Date='2025-01-31' \
              k:Phone='+4930123456' l:Json='[]'\"";
    let model = accepted(&changed(&[("fields  = \"carrier:Carrier\"", to)]));
    let defaults: Vec<_> = model.aggregates[0].commands[1].fields[1..]
        .iter()
        .filter_map(|field| field.default.clone())
        .collect();
    let text = |text: &str| Literal::Text(text.to_owned());
    assert_eq!(
        defaults,
        [
            Literal::Int(100),
            Literal::Bool(true),
            Literal::Decimal("0.50".parse().unwrap()),
            text("USD"),
            text("it's a box"),
            text("Dhl"),
            text("AB123456789"),
            text("72h"),
            text("DE"),
            text("2025-01-31"),
            text("+4930123456"),
            text("[]"),
        ]
    );
}

#[test]
fn a_default_must_be_of_its_type() {
    assert_snapshot!(said_of(
        "a:Int=x b:Bool='true' c:Decimal=,5 d:Currency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now' \
         h:Duration='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:Int="
    ), @r#"
    error: the default of `a` must be a whole number
      --> models/shipping.toml:21:34
       |
    21 | fields  = "carrier:Carrier a:Int=x b:Bool='true' c:Decimal=,5 d:Currency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now'...
       |                                  ^
       |
       = help: as in `=100`

    error: the default of `b` must be `true` or `false`
      --> models/shipping.toml:21:43
       |
    21 | fields  = "carrier:Carrier a:Int=x b:Bool='true' c:Decimal=,5 d:Currency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now'...
       |                                           ^^^^^^

    error: the default of `c` must be a decimal number
      --> models/shipping.toml:21:60
       |
    21 | fields  = "carrier:Carrier a:Int=x b:Bool='true' c:Decimal=,5 d:Currency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now'...
       |                                                            ^^
       |
       = help: as in `=0.5`

    error: the default of `d` must be a currency of ISO 4217, as in `='EUR'`
      --> models/shipping.toml:21:74
       |
    21 | fields  = "carrier:Carrier a:Int=x b:Bool='true' c:Decimal=,5 d:Currency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now'...
       |                                                                          ^^^^^^

    error: the default of `e` must be a country of ISO 3166-1 in two letters, as in `='DE'`
      --> models/shipping.toml:21:91
       |
    21 | fields  = "carrier:Carrier a:Int=x b:Bool='true' c:Decimal=,5 d:Currency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now'...
       |                                                                                           ^^^^

    error: the default of `f` must be a date, as in `='2025-12-31'`
      --> models/shipping.toml:21:103
       |
    21 | fields  = "carrier:Carrier a:Int=x b:Bool='true' c:Decimal=,5 d:Currency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now'...
       |                                                                                                       ^^^^^^^^^^^^

    error: the default of `g` must be a moment, as in `='2025-12-31T12:00:00Z'`
      --> models/shipping.toml:21:128
       |
    21 | ...urrency='EURO' e:Country='XX' f:Date='2025-02-30' g:Timestamp='now' h:Duration='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url=...
       |                                                                  ^^^^^

    error: the default of `h` must be a length of time, as in `='72h'`
      --> models/shipping.toml:21:145
       |
    21 | ...ountry='XX' f:Date='2025-02-30' g:Timestamp='now' h:Duration='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:T...
       |                                                                 ^^^^^^

    error: the default of `i` must be a UUID
      --> models/shipping.toml:21:159
       |
    21 | ...f:Date='2025-02-30' g:Timestamp='now' h:Duration='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:...
       |                                                                   ^^^

    error: the default of `j` must be an e-mail address
      --> models/shipping.toml:21:171
       |
    21 | ...-02-30' g:Timestamp='now' h:Duration='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:Int="
       |                                                                   ^^^

    error: the default of `k` must be a telephone number in E.164, as in `='+4930123456'`
      --> models/shipping.toml:21:183
       |
    21 | ...estamp='now' h:Duration='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:Int="
       |                                                                  ^^^^^

    error: the default of `l` must be an absolute URL, as in `='https://example.com/'`
      --> models/shipping.toml:21:195
       |
    21 | ...' h:Duration='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:Int="
       |                                                                   ^^^

    error: the default of `m` must be JSON, as in `='{}'`
      --> models/shipping.toml:21:206
       |
    21 | ...n='soon' i:Uuid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:Int="
       |                                                                   ^^^

    error: the default of `n` must stand in quotes
      --> models/shipping.toml:21:217
       |
    21 | ...uid='1' j:Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:Int="
       |                                                                  ^^^^^
       |
       = help: write `='hello'`

    error: the default of `o` must be a whole number
      --> models/shipping.toml:21:229
       |
    21 | ...Email='x' k:Phone='030' l:Url='x' m:Json='{' n:Text=hello o:Int="
       |                                                                    ^
       |
       = help: as in `=100`

    error: 15 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_default_must_lie_within_the_bounds() {
    assert_snapshot!(said_of("a:Int(1..5)=6 b:Decimal(>0)=0 c:Text(3..)='ab'"), @r#"
    error: the default of `a` lies outside of its own bounds
      --> models/shipping.toml:21:40
       |
    21 | fields  = "carrier:Carrier a:Int(1..5)=6 b:Decimal(>0)=0 c:Text(3..)='ab'"
       |                                        ^

    error: the default of `b` lies outside of its own bounds
      --> models/shipping.toml:21:56
       |
    21 | fields  = "carrier:Carrier a:Int(1..5)=6 b:Decimal(>0)=0 c:Text(3..)='ab'"
       |                                                        ^

    error: the default of `c` lies outside of its own bounds
      --> models/shipping.toml:21:70
       |
    21 | fields  = "carrier:Carrier a:Int(1..5)=6 b:Decimal(>0)=0 c:Text(3..)='ab'"
       |                                                                      ^^^^

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_default_must_be_a_variant_or_fit_the_pattern() {
    assert_snapshot!(said_of("a:Carrier='Fedex' b:TrackingNumber='12' c:TrackingNumber=12"), @r#"
    error: the default of `a` is not a variant of `Carrier`
      --> models/shipping.toml:21:38
       |
    21 | fields  = "carrier:Carrier a:Carrier='Fedex' b:TrackingNumber='12' c:TrackingNumber=12"
       |                                      ^^^^^^^
       |
       = help: there are `Dhl` and `Ups`

    error: the default of `b` does not match the pattern of `TrackingNumber`
      --> models/shipping.toml:21:63
       |
    21 | fields  = "carrier:Carrier a:Carrier='Fedex' b:TrackingNumber='12' c:TrackingNumber=12"
       |                                                               ^^^^

    error: the default of `c` must stand in quotes
      --> models/shipping.toml:21:85
       |
    21 | fields  = "carrier:Carrier a:Carrier='Fedex' b:TrackingNumber='12' c:TrackingNumber=12"
       |                                                                                     ^^
       |
       = help: write `='12'`

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn some_types_have_no_defaults() {
    assert_snapshot!(said_of("a:Money='1 EUR' b:Shipment='x' c:Int?=1 d:Int[]=1"), @r#"
    error: the default of `a` cannot be given: `Money` has none
      --> models/shipping.toml:21:36
       |
    21 | fields  = "carrier:Carrier a:Money='1 EUR' b:Shipment='x' c:Int?=1 d:Int[]=1"
       |                                    ^^^^^^^
       |
       = help: make the field optional

    error: the default of `b` cannot be given: an id has none
      --> models/shipping.toml:21:55
       |
    21 | fields  = "carrier:Carrier a:Money='1 EUR' b:Shipment='x' c:Int?=1 d:Int[]=1"
       |                                                       ^^^
       |
       = help: make the field optional

    error: `c` is optional and has a default
      --> models/shipping.toml:21:66
       |
    21 | fields  = "carrier:Carrier a:Money='1 EUR' b:Shipment='x' c:Int?=1 d:Int[]=1"
       |                                                                  ^
       |
       = help: leave out the `?`, or the default

    error: the list `d` has a default
      --> models/shipping.toml:21:76
       |
    21 | fields  = "carrier:Carrier a:Money='1 EUR' b:Shipment='x' c:Int?=1 d:Int[]=1"
       |                                                                            ^
       |
       = help: a list starts empty; leave it out

    error: 4 mistakes in models/shipping.toml
    "#);
}
