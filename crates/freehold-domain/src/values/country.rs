//! Countries, by their ISO 3166-1 alpha-2 codes.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A country of ISO 3166-1, written as its alpha-2 code: `Country::DE`, `"DE".parse()`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    description = "A country, as its two letters in ISO 3166-1.",
    example = &"DE",
    extend("pattern" = "^[A-Z]{2}$")
)]
pub struct Country(rust_iso3166::CountryCode);

/// Why a text is no country.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the two upper-case letters of a country in ISO 3166-1, such as `DE`")]
pub struct UnknownCountry;

impl Country {
    /// Its alpha-2 code.
    pub fn code(&self) -> &'static str {
        self.0.alpha2
    }

    /// Its short name in English.
    pub fn name(&self) -> &'static str {
        self.0.name
    }
}

macro_rules! countries {
    ($($code:ident)+) => {
        #[expect(missing_docs, reason = "the code says which country it is")]
        impl Country {
            $(pub const $code: Self = Self(rust_iso3166::$code);)+
        }
    };
}

countries! {
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        rust_iso3166::from_alpha2(text).map(Self).ok_or(UnknownCountry)
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownCountry;

    fn try_from(text: String) -> Result<Self, UnknownCountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.code().into()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
