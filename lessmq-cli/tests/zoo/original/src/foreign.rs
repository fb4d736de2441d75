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
    OptionalParts = |generator| json_schema!({
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "number": {"type": "integer", "format": "int32"},
            "flag": {"type": "boolean"},
            "list": {"type": "array", "items": {"type": "string"}},
            "set": {"type": "array", "items": {"type": "string"}, "uniqueItems": true},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
            "object": {"type": "object", "properties": {"text": {"type": "string"}}},
            "choice": {"type": "string", "enum": ["a", "b"]},
            "plain": generator.subschema_for::<Plain>(),
            "text_by_default": {"type": "string", "default": "x"},
            "list_by_default": {"type": "array", "items": {"type": "string"}, "default": ["x"]},
            "empty_by_default": {"type": "string", "default": ""},
            "zero_by_default": {"type": "integer", "format": "int32", "default": 0}
        }
    });
    NullParts = |generator| json_schema!({
        "type": "object",
        "properties": {
            "text": {"type": ["string", "null"], "default": "x"},
            "list": {"type": ["array", "null"], "items": {"type": "string"}, "default": []},
            "any": true,
            "any_by_default": {"default": {"k": 1}},
            "number": {"anyOf": [{"type": "integer", "format": "int32"}, {"type": "null"}], "default": 5},
            "plain": {
                "anyOf": [generator.subschema_for::<Plain>(), {"type": "null"}],
                "default": {"number": 1, "text": "", "flag": true}
            },
            "named": generator.subschema_for::<Nullable>(),
            "nothing": {"type": "null"},
            "union": {"anyOf": [{"type": "string"}, {"type": "boolean"}, {"type": "null"}]},
            "mixed": generator.subschema_for::<Mixed>()
        }
    });
    Unions = |_| json_schema!({
        "type": "object",
        "properties": {
            "fields": {"anyOf": [
                {"type": "object", "properties": {"a": {"type": "integer", "format": "int32"}}, "required": ["a"]},
                {"type": "null"},
                {
                    "type": "object",
                    "properties": {
                        "a": {"type": "integer", "format": "int32"},
                        "b": {"type": "integer", "format": "int32"}
                    },
                    "required": ["a", "b"]
                },
                {
                    "type": "object",
                    "properties": {
                        "a": {"type": "integer", "format": "int32"},
                        "b": {"type": "integer", "format": "int32"},
                        "c": {"type": "string"}
                    },
                    "required": ["a", "b", "c"]
                }
            ]},
            "lists": {"anyOf": [
                {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                        "required": ["b"]
                    }
                }
            ]},
            "below": {"anyOf": [
                {
                    "type": "object",
                    "properties": {"in": {"type": "object", "properties": {"a": {"type": "string"}}}},
                    "required": ["in"]
                },
                {
                    "type": "object",
                    "properties": {
                        "in": {
                            "type": "object",
                            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                            "required": ["b"]
                        }
                    },
                    "required": ["in"]
                }
            ]},
            "numbers": {"anyOf": [
                {"type": "number", "format": "double"},
                {"type": "integer", "format": "int64"}
            ]}
        }
    });
    Wide = |_| {
        let names = (0..60).map(|number| (format!("p{number}"), serde_json::json!({"type": "string"})));
        let mut schema = json_schema!({"type": "object", "minProperties": 1});
        schema.insert("properties".to_owned(), names.collect());
        schema
    };
    WideChoice = |_| {
        let mut schema = json_schema!({});
        schema.insert("enum".to_owned(), (0..300).collect());
        schema
    };
    WideUnion = |generator| {
        let plain = generator.subschema_for::<Plain>().to_value();
        let mut schema = json_schema!({});
        let texts = (3..70).map(|length| serde_json::json!({"type": "string", "minLength": length}));
        schema.insert("oneOf".to_owned(), std::iter::once(plain).chain(texts).collect());
        schema
    };
    AllKeywords = |_| {
        let mut schema = json_schema!({"type": "object"});
        let names = KEYWORDS.map(|name| (name.to_owned(), serde_json::json!({"type": "string"})));
        schema.insert("properties".to_owned(), names.into_iter().collect());
        schema
    };
    Annotated = |_| json_schema!({"type": "string", "x-unit": {"name": "metre", "factors": [1, -2.5, 1e300]}, "examples": ["*/"]});
}

/// The keywords of Rust, TypeScript and Python.
pub const KEYWORDS: [&str; 100] = [
    "False",
    "None",
    "Self",
    "True",
    "abstract",
    "and",
    "any",
    "as",
    "assert",
    "async",
    "await",
    "become",
    "boolean",
    "box",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "constructor",
    "continue",
    "crate",
    "debugger",
    "declare",
    "def",
    "default",
    "del",
    "delete",
    "do",
    "dyn",
    "elif",
    "else",
    "enum",
    "except",
    "export",
    "extends",
    "extern",
    "false",
    "final",
    "finally",
    "fn",
    "for",
    "from",
    "function",
    "gen",
    "get",
    "global",
    "if",
    "impl",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "is",
    "lambda",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "module",
    "move",
    "mut",
    "new",
    "nonlocal",
    "not",
    "null",
    "number",
    "of",
    "or",
    "override",
    "package",
    "pass",
    "priv",
    "private",
    "protected",
    "pub",
    "public",
    "raise",
    "ref",
    "return",
    "self",
    "set",
    "static",
    "string",
    "struct",
    "super",
    "switch",
    "this",
    "throw",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "yield",
];

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
