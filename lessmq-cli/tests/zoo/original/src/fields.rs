//! Fields that may be absent, and what stands for them.

use std::collections::BTreeMap;

use crate::enums::Direction;
use crate::structs::Plain;

types! {
    pub struct Optional {
        pub number: Option<u32>,
        pub plain: Option<Plain>,
        pub direction: Option<Direction>,
        pub list: Option<Vec<u32>>,
        pub unit: Option<()>,
    }
    pub struct OptionalSkipped {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub number: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub plain: Option<Plain>,
    }
    pub struct Defaults {
        #[serde(default)]
        pub number: u32,
        #[serde(default)]
        pub text: String,
        #[serde(default)]
        pub flag: bool,
        #[serde(default)]
        pub list: Vec<Plain>,
        #[serde(default)]
        pub map: BTreeMap<String, u32>,
        #[serde(default)]
        pub optional: Option<u32>,
        #[serde(default)]
        pub float: f64,
        pub required: u8,
    }
    pub struct DefaultValues {
        #[serde(default = "seven")]
        pub number: u32,
        #[serde(default = "hello")]
        pub text: String,
        #[serde(default = "yes")]
        pub flag: bool,
        #[serde(default = "some")]
        pub optional: Option<i64>,
        #[serde(default = "half")]
        pub ratio: f64,
        #[serde(default = "up")]
        pub direction: Direction,
        #[serde(default = "plain")]
        pub plain: Plain,
        #[serde(default = "numbers")]
        pub numbers: Vec<u32>,
        #[serde(default = "large")]
        pub large: u64,
    }
    pub struct DefaultsSkipped {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub list: Vec<u32>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub text: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub map: BTreeMap<String, Plain>,
        #[serde(default, skip_serializing_if = "is_zero")]
        pub number: u32,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub flag: bool,
        #[serde(skip_serializing_if = "Vec::is_empty", default = "numbers")]
        pub numbers: Vec<u32>,
    }
    #[derive(Default)]
    #[serde(default)]
    pub struct ContainerDefault {
        pub number: u32,
        pub text: String,
        pub list: Vec<u32>,
        pub inner: ContainerDefaultInner,
    }
    #[serde(default)]
    pub struct ContainerDefaultInner {
        pub size: u32,
        pub name: Option<String>,
    }
    #[serde(default, rename_all = "camelCase")]
    pub struct Settings {
        pub page_size: u32,
        pub dark_mode: bool,
        pub language: String,
    }
    pub struct Aliased {
        #[serde(alias = "old_name", alias = "older")]
        pub name: String,
        #[serde(alias = "n", default)]
        pub number: u32,
    }
    pub struct RequiredNullable {
        #[schemars(required)]
        pub always: Option<u32>,
        #[serde(deserialize_with = "Option::deserialize")]
        #[schemars(required)]
        pub present: Option<String>,
    }
    pub struct Represented {
        #[schemars(with = "String")]
        #[serde(with = "as_text")]
        pub number: u64,
        #[serde(with = "as_text")]
        #[schemars(with = "Option<String>")]
        pub other: u32,
    }
    pub struct Documented {
        /// A default with docs.
        #[serde(default = "seven")]
        pub number: u32,
        /// An old one.
        #[deprecated]
        #[serde(default)]
        pub old: Option<Plain>,
        /// A reference with docs.
        pub plain: Plain,
    }
}

impl Default for ContainerDefaultInner {
    fn default() -> Self {
        Self { size: 10, name: Some("inner".to_owned()) }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { page_size: 25, dark_mode: true, language: "en".to_owned() }
    }
}

fn seven() -> u32 {
    7
}

fn hello() -> String {
    "hello \"world\"".to_owned()
}

fn yes() -> bool {
    true
}

fn some() -> Option<i64> {
    Some(-3)
}

fn half() -> f64 {
    0.5
}

fn up() -> Direction {
    Direction::Up
}

fn plain() -> Plain {
    Plain { number: 1, text: "one".to_owned(), flag: true }
}

fn numbers() -> Vec<u32> {
    vec![1, 2, 3]
}

fn large() -> u64 {
    u64::MAX
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|_| D::Error::custom("no number"))
    }
}
