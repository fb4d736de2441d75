//! Schemas that no Rust type has, as people write them by hand: what is generated carries them along.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::structs::Plain;

macro_rules! foreign {
    ($($name:ident = |$generator:pat_param| $schema:expr;)+) => {
        $(
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub Value);

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                    $schema
                }
            }
        )+
    };
}

foreign! {
    ForeignInteger = |_| json_schema!({"type": "integer"});
    ForeignObject = |_| json_schema!({"type": "object", "properties": {"a": {"type": "integer"}}, "minProperties": 1});
    TwoTypes = |_| json_schema!({"type": ["string", "integer"]});
    Conditional = |generator| json_schema!({
        "type": "object",
        "properties": {"kind": {"type": "string"}, "plain": generator.subschema_for::<Plain>()},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "plain"}}},
        "then": {"required": ["plain"]}
    });
    Overlapping = |generator| json_schema!({
        "oneOf": [generator.subschema_for::<Plain>(), {"type": "string", "minLength": 3}]
    });
    Both = |generator| json_schema!({
        "allOf": [generator.subschema_for::<Plain>(), {"type": "object", "properties": {"more": {"type": "boolean"}}}]
    });
    SomePattern = |_| json_schema!({
        "type": "object",
        "patternProperties": {"^x-": {"type": "string"}},
        "additionalProperties": false
    });
    Numbers = |_| json_schema!({"type": "integer", "enum": [1, 2, 3]});
    Mixed = |_| json_schema!({"enum": ["a", 1, null]});
    Nothing = |_| json_schema!({"type": "array", "items": false});
    Negated = |_| json_schema!({"not": {"type": "string"}});
    Open = |_| json_schema!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"]});
    Narrow = |_| json_schema!({"type": "string", "const": "only"});
    Rows = |_| json_schema!({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "boolean"}});
    Ref = |generator| json_schema!({
        "$ref": generator.subschema_for::<Plain>().as_value()["$ref"].clone(),
        "properties": {"more": {"type": "string"}}
    });
    Unevaluated = |generator| json_schema!({
        "allOf": [generator.subschema_for::<Plain>()],
        "properties": {"x": {"type": "null"}},
        "unevaluatedProperties": false
    });
    Nullable = |_| json_schema!({"anyOf": [{"type": "string"}, {"type": "null"}], "default": null});
    Annotated = |_| json_schema!({"type": "string", "x-unit": {"name": "metre", "factors": [1, -2.5, 1e300]}, "examples": ["*/"]});
}

types! {
    /// Holds all of them. `"""` and `*/` are no harm, nor is \N.
    pub struct Foreign {
        pub integer: ForeignInteger,
        pub object: Option<ForeignObject>,
        /// */ """ \
        pub two: Vec<TwoTypes>,
        pub conditional: Conditional,
        #[serde(default)]
        pub overlapping: Option<Overlapping>,
        pub inline: Inline,
    }
}

/// A struct that is never referred to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inline(pub Value);

impl JsonSchema for Inline {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Inline".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "a": {"type": "object", "properties": {"b": {"type": "array", "items": {"enum": ["x", "y"], "type": "string"}}}},
                "plain": {"anyOf": [{"type": "null"}, generator.subschema_for::<Plain>()]},
                "required_null": {"type": ["string", "null"]},
                "either": {"type": ["integer", "null"], "format": "int32", "minimum": 1},
            },
            "required": ["required_null"]
        })
    }
}
