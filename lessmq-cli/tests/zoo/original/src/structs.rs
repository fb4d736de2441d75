//! Structs.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

types! {
    /// A plain struct.
    ///
    /// With a second paragraph, a "quotation" and a `\backslash`.
    pub struct Plain {
        /// The number.
        pub number: u32,
        /// The text.
        pub text: String,
        pub flag: bool,
    }
    pub struct EmptyStruct {}
    pub struct UnitStruct;
    pub struct Newtype(pub u32);
    pub struct NewtypeOfStruct(pub Plain);
    pub struct NewtypeOfOption(pub Option<u32>);
    pub struct NewtypeOfVec(pub Vec<Plain>);
    pub struct NewtypeOfUuid(pub uuid::Uuid);
    pub struct NewtypeOfNewtype(pub NewtypeOfUuid);
    pub struct Pair(pub u32, pub String);
    pub struct EmptyTuple();
    #[serde(transparent)]
    pub struct Transparent {
        pub inner: String,
    }
    #[serde(transparent)]
    pub struct TransparentOfStruct {
        pub inner: Plain,
    }
    #[serde(deny_unknown_fields)]
    pub struct Closed {
        pub number: u32,
        pub text: Option<String>,
    }
    #[serde(deny_unknown_fields)]
    pub struct ClosedEmpty {}
    #[serde(rename_all = "camelCase")]
    pub struct Camel {
        pub first_name: String,
        pub last_name: String,
        pub e_mail_address: Option<String>,
    }
    #[serde(rename_all = "SCREAMING-KEBAB-CASE")]
    pub struct Screaming {
        pub first_name: String,
        pub x: i32,
    }
    #[serde(rename_all(serialize = "camelCase", deserialize = "camelCase"))]
    pub struct BothWays {
        pub some_field: String,
    }
    #[schemars(rename = "a renamed type")]
    pub struct Renamed {
        #[serde(rename = "the number")]
        pub number: u32,
        #[serde(rename = "größe")]
        pub size: u32,
        #[serde(rename = "日本")]
        pub country: String,
        #[serde(rename = "2nd")]
        pub second: u8,
        #[serde(rename = "a-b")]
        pub dash: u8,
        #[serde(rename = "a_b")]
        pub underscore: u8,
        #[serde(rename = "a.b")]
        pub dot: u8,
        #[serde(rename = "")]
        pub empty: u8,
        #[serde(rename = "$ref")]
        pub reference: u8,
    }
    pub struct Keywords {
        pub r#type: String,
        pub r#match: String,
        #[serde(rename = "self")]
        pub itself: u8,
        #[serde(rename = "Self")]
        pub type_itself: u8,
        #[serde(rename = "crate")]
        pub package: u8,
        #[serde(rename = "_")]
        pub underscore: u8,
        pub r#async: bool,
        pub class: u8,
        pub def: u8,
        pub function: u8,
        #[serde(rename = "None")]
        pub none: u8,
        pub constructor: u8,
        #[serde(rename = "__proto__")]
        pub proto: u8,
    }
    pub struct Pointers {
        pub boxed: Box<Plain>,
        pub shared: Arc<str>,
        pub counted: Arc<Plain>,
        pub cow: Cow<'static, str>,
        pub boxed_text: Box<str>,
        pub slice: Box<[u32]>,
    }
    pub struct Tree {
        pub value: i32,
        pub children: Vec<Tree>,
    }
    pub struct List {
        pub head: u32,
        pub tail: Option<Box<List>>,
    }
    /// One of two that hold each other.
    pub struct Ping {
        pub pong: Option<Box<Pong>>,
    }
    pub struct Pong {
        pub ping: Option<Box<Ping>>,
        pub pings: Vec<Ping>,
    }
    pub struct Page<T> {
        pub items: Vec<T>,
        pub next: Option<String>,
    }
    pub struct Both<A, B> {
        pub one: A,
        pub other: B,
    }
    pub struct Generics {
        pub plain: Page<Plain>,
        pub numbers: Page<u32>,
        pub nested: Page<Page<Plain>>,
        pub both: Both<Plain, Option<u64>>,
    }
    #[deprecated(note = "it is old")]
    pub struct Deprecated {
        #[deprecated]
        pub old: u32,
        pub new: u32,
    }
    pub struct Skipped {
        pub kept: u32,
        #[serde(skip)]
        pub ignored: u32,
    }
    pub struct WrittenOnly {
        pub kept: u32,
        #[serde(skip_deserializing)]
        pub written: u32,
    }
    pub struct ReadOnly {
        pub kept: u32,
        #[serde(skip_serializing, default)]
        pub read: u32,
    }
    pub struct Phantom {
        pub marker: std::marker::PhantomData<u32>,
        pub unit: (),
    }
    #[serde(try_from = "String", into = "String")]
    #[schemars(with = "String")]
    pub struct Parsed(pub String);
    #[schemars(inline)]
    pub struct Inline {
        pub number: u32,
    }
    pub struct HoldsInline {
        pub one: Inline,
        pub many: Vec<Inline>,
    }
    pub struct Examples {
        #[schemars(example = "ada@example.com", title = "E-mail")]
        pub address: String,
    }
    pub struct DifferentWays {
        pub inner: Asymmetric,
        pub many: Vec<Asymmetric>,
    }
}

/// Written as a number and read as a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asymmetric {
    pub value: u32,
}

impl schemars::JsonSchema for Asymmetric {
    fn schema_name() -> Cow<'static, str> {
        "Asymmetric".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let value = if generator.contract().is_serialize() {
            schemars::json_schema!({"type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32})
        } else {
            schemars::json_schema!({"type": ["integer"], "minimum": 0, "maximum": 4_294_967_295_u32})
        };
        schemars::json_schema!({"type": "object", "properties": {"value": value}, "required": ["value"]})
    }
}

impl TryFrom<String> for Parsed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(Self(text)) }
    }
}

impl From<Parsed> for String {
    fn from(parsed: Parsed) -> Self {
        parsed.0
    }
}
