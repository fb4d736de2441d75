//! Enums with a tag.

use crate::enums::{Direction, Untagged};
use crate::structs::{Closed, Plain, UnitStruct};

types! {
    #[serde(tag = "type")]
    pub enum Internal {
        Unit,
        Struct { number: u32, text: Option<String> },
        EmptyStruct {},
    }
    #[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
    pub enum InternalRenamed {
        /// The first.
        FirstOne,
        /// The second.
        SecondOne {
            /// Its field.
            some_field: String,
        },
    }
    #[serde(tag = "type")]
    pub enum InternalNewtype {
        Plain(Plain),
        Boxed(Box<Plain>),
        Unit(UnitStruct),
        Other { number: u32 },
    }
    #[serde(tag = "type", deny_unknown_fields)]
    pub enum InternalClosed {
        Unit,
        Struct { number: u32 },
    }
    #[serde(tag = "type")]
    pub enum InternalNested {
        Inner(Internal2),
        Plain(Plain),
    }
    #[serde(tag = "kind")]
    pub enum Internal2 {
        A { number: u32 },
        B,
    }
    #[serde(tag = "type")]
    pub enum InternalOfClosed {
        Closed(Closed),
        Unit,
    }
    #[serde(tag = "op")]
    pub enum InternalRecursive {
        Leaf { value: i32 },
        Node { left: Box<InternalRecursive>, right: Box<InternalRecursive> },
    }
    #[serde(tag = "t", content = "c")]
    pub enum Adjacent {
        Unit,
        Newtype(u32),
        OfStruct(Plain),
        Tuple(u32, String),
        Struct { number: u32, text: Option<String> },
        List(Vec<u32>),
    }
    #[serde(tag = "code", content = "details", rename_all = "snake_case", deny_unknown_fields)]
    pub enum AdjacentClosed {
        NotFound,
        Invalid { reason: String },
    }
    #[serde(tag = "t", content = "c")]
    pub enum AdjacentOptional {
        Maybe(Option<u32>),
        Nothing,
    }
    /// An error as services have it.
    #[serde(tag = "code", rename_all = "snake_case")]
    pub enum SomeError {
        /// There is none.
        NotFound,
        /// It is too large.
        TooLarge {
            /// How large it may be.
            limit: u64,
        },
    }
    #[serde(tag = "type")]
    pub struct TaggedStruct {
        pub number: u32,
    }
    pub struct HoldsTagged {
        pub internal: Internal,
        pub adjacent: Option<Adjacent>,
        pub untagged: Vec<Untagged>,
        pub direction: Direction,
    }
    #[serde(tag = "version")]
    pub enum Versioned {
        #[serde(rename = "1")]
        V1 { name: String },
        #[serde(rename = "2")]
        V2 { first_name: String, last_name: String },
    }
}

#[lessmq::reads]
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "type")]
pub enum InternalOther {
    Known {
        number: u32,
    },
    #[serde(other)]
    Unknown,
}

#[lessmq::reads]
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "t", content = "c")]
pub enum AdjacentOther {
    Known(u32),
    #[serde(other)]
    Unknown,
}
