//! Structs with others inside.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::enums::{Direction, External, Untagged};
use crate::structs::Plain;
use crate::tagged::{Adjacent, Internal};

types! {
    pub struct FlattenStruct {
        pub id: u32,
        #[serde(flatten)]
        pub plain: Plain,
    }
    pub struct FlattenOption {
        pub id: u32,
        #[serde(flatten)]
        pub plain: Option<Plain>,
    }
    pub struct FlattenMap {
        pub id: u32,
        #[serde(flatten)]
        pub rest: BTreeMap<String, Value>,
    }
    pub struct FlattenTypedMap {
        pub id: String,
        #[serde(flatten)]
        pub rest: BTreeMap<String, String>,
    }
    pub struct FlattenValue {
        pub id: u32,
        #[serde(flatten)]
        pub rest: Value,
    }
    pub struct FlattenInternal {
        pub id: u32,
        #[serde(flatten)]
        pub kind: Internal,
    }
    pub struct FlattenExternal {
        pub id: u32,
        #[serde(flatten)]
        pub kind: Choice,
    }
    pub enum Choice {
        Number(u32),
        Struct { a: u8 },
    }
    pub struct FlattenAdjacent {
        pub id: u32,
        #[serde(flatten)]
        pub kind: Adjacent,
    }
    pub struct FlattenTwo {
        pub id: u32,
        #[serde(flatten)]
        pub one: Internal,
        #[serde(flatten)]
        pub two: Choice,
    }
    pub struct FlattenOptionalEnum {
        pub id: u32,
        #[serde(flatten)]
        pub kind: Option<Internal>,
    }
    pub struct FlattenUntagged {
        pub id: u32,
        #[serde(flatten)]
        pub shape: Shape,
    }
    #[serde(untagged)]
    pub enum Shape {
        Circle { radius: f64 },
        Square { side: f64 },
    }
    pub struct FlattenNested {
        pub id: u32,
        #[serde(flatten)]
        pub inner: FlattenStructDefaults,
    }
    pub struct FlattenStructDefaults {
        #[serde(default)]
        pub size: u32,
        #[serde(flatten)]
        pub rest: BTreeMap<String, u32>,
    }
    #[serde(tag = "type")]
    pub enum VariantFlatten {
        Flat {
            id: u32,
            #[serde(flatten)]
            plain: Plain,
        },
        Unit,
    }
    pub struct HoldsFlattened {
        pub many: Vec<FlattenStruct>,
        pub map: FlattenMap,
        pub external: External,
        pub untagged: Untagged,
        pub direction: Direction,
    }
}
