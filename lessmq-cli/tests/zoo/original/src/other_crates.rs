//! Dates, decimals and ids of other crates. Without a macro, because `lessmq-cli` reads the types of fields in the source
//! code.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dates {
    pub at: DateTime<Utc>,
    pub offset: DateTime<FixedOffset>,
    pub day: NaiveDate,
    pub time: NaiveTime,
    pub local: NaiveDateTime,
    pub optional: Option<DateTime<Utc>>,
    pub many: Vec<NaiveDate>,
    pub by_name: BTreeMap<String, NaiveDate>,
    pub pair: (NaiveDate, NaiveDate),
    #[serde(default)]
    pub missing: Option<NaiveDate>,
}

/// Of two crates in one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedDates {
    pub chrono: DateTime<Utc>,
    pub jiff: jiff::Timestamp,
    pub civil: jiff::civil::DateTime,
    pub day: jiff::civil::Date,
    /// An RFC 3339 text.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: OffsetDateTime,
    /// No type at all.
    #[schemars(extend("format" = "date-time"))]
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Amounts {
    pub amount: Decimal,
    #[serde(default)]
    pub tax: Decimal,
    pub optional: Option<Decimal>,
    pub many: Vec<Decimal>,
    pub by_account: BTreeMap<Uuid, Decimal>,
    pub by_shop: BTreeMap<ShopId, BTreeMap<NaiveDate, Decimal>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Decimal>,
}

/// The schema of no message refers to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ShopId(pub Uuid);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Price(pub Decimal);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DueDate(pub NaiveDate);

/// An instant as text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stamp(
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub OffsetDateTime,
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoldsNamed {
    pub price: Price,
    pub due: Option<DueDate>,
    pub stamps: Vec<Stamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum When {
    Never,
    Day(NaiveDate),
    Between { from: NaiveDate, to: Option<NaiveDate> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DayOrPrice {
    Day(NaiveDate),
    Price(Decimal),
}

/// A type with a separate implementation of `JsonSchema`, which names its crate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-rust-type" = {"crate": "semver", "version": "1", "path": "semver::Version"}))]
pub struct Release(pub String);
