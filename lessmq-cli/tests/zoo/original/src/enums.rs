//! Enums without a tag beside their content.

use std::collections::BTreeMap;

use crate::structs::{Plain, UnitStruct};

types! {
    #[derive(Copy, Eq, PartialOrd, Ord)]
    pub enum Direction {
        Up,
        Down,
    }
    /// An enum whose variants have docs.
    pub enum Documented {
        /// The first.
        First,
        Second,
        /// The third.
        #[deprecated]
        Third,
    }
    pub enum Single {
        Only,
    }
    #[serde(rename_all = "snake_case")]
    pub enum Renamed {
        FirstOne,
        SecondOne,
        #[serde(rename = "2.0")]
        Version,
        #[serde(rename = "🦀")]
        Crab,
        #[serde(rename = "")]
        Empty,
        #[serde(rename = "Self")]
        Itself,
    }
    pub enum External {
        Unit,
        Newtype(u32),
        Optional(Option<String>),
        OfStruct(Plain),
        Tuple(u32, String),
        Struct { number: u32, text: Option<String> },
        EmptyTuple(),
        EmptyStruct {},
    }
    pub enum ExternalDocumented {
        /// The unit.
        Unit,
        Other,
        /// A number.
        Number(u32),
        /// A struct.
        Struct {
            /// Its field.
            field: u32,
        },
    }
    #[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
    pub enum ExternalRenamed {
        SomeUnit,
        SomeStruct { first_field: u32 },
    }
    #[serde(deny_unknown_fields)]
    pub enum ExternalClosed {
        Struct { number: u32 },
        Other(u8),
    }
    #[serde(untagged)]
    pub enum Untagged {
        Number(u32),
        Text(String),
        Plain(Plain),
        Pair(u8, u8, u8),
        Struct { only: bool },
        Nothing,
    }
    #[serde(untagged)]
    pub enum Overlapping {
        Small(u8),
        Large(u64),
        Signed(i64),
        Point { x: i32, y: i32 },
        Line { x: i32 },
    }
    #[serde(untagged)]
    pub enum UntaggedStructs {
        One(Plain),
        Two { number: u32, other: bool },
    }
    #[serde(untagged)]
    pub enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    pub enum WithSkipped {
        Kept,
        #[serde(skip)]
        Gone,
        Number(u8),
    }
    pub enum WithUntagged {
        Known,
        Number(u8),
        #[serde(untagged)]
        Other(String),
    }
    /// A recursive expression.
    pub enum Expression {
        Number(f64),
        Negated(Box<Expression>),
        Sum(Vec<Expression>),
        Product { left: Box<Expression>, right: Box<Expression> },
    }
    pub enum ExternalNested {
        Direction(Direction),
        External(Box<External>),
        Map(BTreeMap<String, u32>),
        List(Vec<Direction>),
        Unit(UnitStruct),
        Nothing(()),
        Array([u8; 2]),
        Pair((u8, String)),
    }
    pub enum Either<L, R> {
        Left(L),
        Right(R),
    }
    pub struct Eithers {
        pub one: Either<u32, String>,
        pub two: Either<Plain, Direction>,
        pub optional: Option<Either<u32, String>>,
        pub direction: Option<Direction>,
        pub single: Option<Single>,
        pub untagged: Option<Untagged>,
    }
    pub enum VariantDefaults {
        Struct {
            #[serde(default)]
            number: u32,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            text: Option<String>,
        },
        Other {
            number: u32,
        },
    }
    #[serde(rename_all = "UPPERCASE")]
    pub enum NumberEnum {
        One = 1,
        Two = 2,
    }
    #[serde(untagged)]
    pub enum Json {
        Null,
        Bool(bool),
        Number(f64),
        Text(String),
        List(Vec<Json>),
        Map(BTreeMap<String, Json>),
    }
}

#[lessmq::reads]
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub enum WithOther {
    Known,
    Also,
    #[serde(other)]
    Unknown,
}
