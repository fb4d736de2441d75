//! JSON Schema as data: JSON pointers, the meaning of keywords, and the subschemas of a schema.
//!
//! All code of the workspace that walks through a schema uses this module, so that a property named `title` is never
//! taken for an annotation and a constant is never taken for a schema. It knows the keywords of all
//! drafts since draft-04. Values of other keywords are data.
//!
//! ```
//! use lessmq::contract::schema;
//! use serde_json::json;
//!
//! let order = json!({"properties": {"a/b": {"type": "string"}}, "const": {"not": "a schema"}});
//! let found: Vec<_> = schema::subschemas(&order).collect();
//! assert_eq!(found, [("/properties/a~1b".to_owned(), &json!({"type": "string"}))]);
//! ```

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Encodes a name as one step of a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)).
#[must_use]
pub fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1").into() } else { name.into() }
}

/// Decodes one step of a JSON pointer.
#[must_use]
pub fn unescape(step: &str) -> Cow<'_, str> {
    if step.contains('~') { step.replace("~1", "/").replace("~0", "~").into() } else { step.into() }
}

/// The decoded steps of a JSON pointer. A pointer to the whole document has none.
pub fn steps(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape)
}

/// The pointer to the value around the one that `pointer` points to, and the decoded last step. `None` for a pointer to the whole
/// document.
#[must_use]
pub fn split_last(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    let (parent, step) = pointer.rsplit_once('/')?;
    Some((parent, unescape(step)))
}

/// The pointer to the member `name` of the value that `pointer` points to.
#[must_use]
pub fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", escape(name))
}

/// The member that one decoded step of a JSON pointer leads to: a field of an object or an item of a list.
#[must_use]
pub fn member<'v>(value: &'v Value, step: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The keyword for the Rust type of a value. Its value is an object with `crate`, `version` (a requirement), `path` and, for
/// a generic type, `parameters`: the form of [typify](https://docs.rs/typify/latest/typify/#rust---schema---rust).
///
/// It is an annotation: it has no effect on messages, on the comparison of contracts, and on fingerprints.
pub const RUST_TYPE: &str = "x-rust-type";

/// The keyword for the Rust type of the keys of a map, which are text in JSON. Its value has the form of that of
/// [`RUST_TYPE`], with `newtype` for the name of a type that only contains such a value, and `description` for its docs. If the
/// keys are an enum of the contract, it is an object with `enum` (the name of the enum) and `description`. It is an annotation
/// too.
pub const RUST_KEY_TYPE: &str = "x-rust-key-type";

/// The keyword for the order of the arguments of a method: a list of the names of all properties of its request. The clients
/// of contract crates have their arguments in this order. A request without it lists its required arguments in `required`,
/// and the others follow by name.
///
/// It is an annotation: JSON objects have no order, so it has no effect on messages, on the comparison of contracts, and on
/// fingerprints.
pub const ARGUMENT_ORDER: &str = "x-order";

/// The keyword in the schema of the variant that is read for every name that no variant has: a variant with
/// `#[serde(other)]` in an enum with `#[lessmq::reads]`. Its value is `true`, or the name of the content field of an
/// adjacently tagged enum.
pub const OTHER_VARIANT: &str = "x-other-variant";

/// What the value of a keyword contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A schema, such as in `not`. Before draft 2020-12, `items` may also be a list of schemas.
    Schema,
    /// A list of schemas, such as in `anyOf`.
    SchemaList,
    /// Schemas by name, such as in `properties`. A member of `dependencies` may also be a list of names.
    SchemaMap,
    /// Data without schemas, such as in `const`, `required` and unknown keywords.
    Data,
}

/// What the value of `keyword` contains.
#[must_use]
pub fn content(keyword: &str) -> Content {
    match keyword {
        "additionalItems"
        | "additionalProperties"
        | "contains"
        | "contentSchema"
        | "else"
        | "if"
        | "items"
        | "not"
        | "propertyNames"
        | "then"
        | "unevaluatedItems"
        | "unevaluatedProperties" => Content::Schema,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Content::SchemaList,
        "$defs" | "definitions" | "dependencies" | "dependentSchemas" | "patternProperties"
        | "properties" => Content::SchemaMap,
        _ => Content::Data,
    }
}

/// Whether `keyword` has no effect on which values are valid (Validation, section 9). `default` is not one of these: it
/// says how a provider handles an absent field.
#[must_use]
pub fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "$comment"
            | "$schema"
            | "deprecated"
            | "description"
            | "examples"
            | "readOnly"
            | "title"
            | "writeOnly"
            | RUST_TYPE
            | RUST_KEY_TYPE
            | ARGUMENT_ORDER
    )
}

/// Whether the order of the list in `keyword` has no meaning.
#[must_use]
pub fn is_set(keyword: &str) -> bool {
    matches!(keyword, "required" | "type")
}

/// Whether `keyword` holds the definitions that references point to.
#[must_use]
pub fn is_definitions(keyword: &str) -> bool {
    matches!(keyword, "$defs" | "definitions")
}

/// The direct subschemas of a schema, each with a JSON pointer from the schema to it.
pub fn subschemas(schema: &Value) -> impl Iterator<Item = (String, &Value)> {
    let keywords = schema.as_object().into_iter().flatten();
    keywords.flat_map(|(keyword, value)| subschemas_of(keyword, value))
}

/// The schemas in the value of one keyword, each with a JSON pointer from the keyword's schema to it.
pub fn subschemas_of<'v>(
    keyword: &str,
    value: &'v Value,
) -> impl Iterator<Item = (String, &'v Value)> + use<'v> {
    let at = join("", keyword);
    let found: Vec<(String, &Value)> = match (content(keyword), value) {
        (Content::Data, _) => Vec::new(),
        (Content::SchemaMap, Value::Object(schemas)) => {
            schemas.iter().map(|(name, schema)| (join(&at, name), schema)).collect()
        }
        (Content::Schema | Content::SchemaList, Value::Array(schemas)) => {
            schemas.iter().enumerate().map(|(index, schema)| (format!("{at}/{index}"), schema)).collect()
        }
        (Content::Schema, schema) => vec![(at, schema)],
        (Content::SchemaMap | Content::SchemaList, _) => Vec::new(),
    };
    found.into_iter().filter(|(_, schema)| is_schema(schema))
}

/// Calls `visit` with every keyword of a schema and of every schema inside it, in no particular order.
pub(crate) fn each_keyword<'v>(root: &'v Value, mut visit: impl FnMut(&'v str, &'v Value)) {
    let mut remaining = vec![root];
    while let Some(schema) = remaining.pop() {
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            visit(keyword, value);
            match (content(keyword), value) {
                (Content::SchemaMap, Value::Object(schemas)) => remaining.extend(schemas.values()),
                (Content::Schema | Content::SchemaList, Value::Array(schemas)) => remaining.extend(schemas),
                (Content::Schema, schema) => remaining.push(schema),
                _ => {}
            }
        }
    }
}

/// Calls `visit` with the keywords of a schema and of every schema inside it, the outer before the inner.
///
/// Changes that `visit` makes are visited as well. Booleans are not visited. Needs little stack, however deep the
/// schema is.
///
/// # Errors
/// The first error of `visit`.
pub fn visit_mut<E>(
    schema: &mut Value,
    mut visit: impl FnMut(&mut Map<String, Value>) -> Result<(), E>,
) -> Result<(), E> {
    let mut remaining = vec![schema];
    while let Some(schema) = remaining.pop() {
        let Value::Object(keywords) = schema else { continue };
        visit(keywords)?;
        let first = remaining.len();
        for (keyword, value) in keywords {
            match (content(keyword), value) {
                (Content::SchemaMap, Value::Object(schemas)) => remaining.extend(schemas.values_mut()),
                (Content::Schema | Content::SchemaList, Value::Array(schemas)) => remaining.extend(schemas),
                (Content::Schema, schema) => remaining.push(schema),
                _ => {}
            }
        }
        remaining[first..].reverse();
    }
    Ok(())
}

fn is_schema(value: &Value) -> bool {
    value.is_object() || value.is_boolean()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_escaped_and_unescaped() {
        for (name, step) in [("a", "a"), ("a/b", "a~1b"), ("~1", "~01"), ("", ""), ("~/", "~0~1")] {
            assert_eq!(escape(name), step);
            assert_eq!(unescape(step), name);
        }
        assert_eq!(steps("/a~1b/0/~01").collect::<Vec<_>>(), ["a/b", "0", "~1"]);
        assert_eq!(steps("").count(), 0);
        assert_eq!(join("/properties", "a/b"), "/properties/a~1b");
    }

    #[test]
    fn subschemas_are_found_where_keywords_have_them() {
        let schema = json!({
            "not": true,
            "items": [{"title": "a"}, 5],
            "anyOf": [{"title": "b"}],
            "properties": {"const": {"title": "c"}},
            "dependencies": {"d": {"title": "d"}, "e": ["d"]},
            "const": {"properties": {"f": {}}},
            "x-mine": {"not": {}},
        });
        let mut found: Vec<String> = subschemas(&schema).map(|(pointer, _)| pointer).collect();
        found.sort_unstable();
        assert_eq!(found, ["/anyOf/0", "/dependencies/d", "/items/0", "/not", "/properties/const"]);
        for (pointer, subschema) in subschemas(&schema) {
            assert_eq!(schema.pointer(&pointer), Some(subschema));
        }
    }

    #[test]
    fn every_schema_is_visited_once_the_outer_before_the_inner() {
        let mut schema = json!({
            "title": "1",
            "properties": {"title": {"title": "2", "items": {"title": "3"}}, "x": {"title": "4"}},
            "enum": [{"title": "no schema"}],
        });
        let mut seen = Vec::new();
        let visited: Result<(), ()> = visit_mut(&mut schema, |keywords| {
            seen.push(keywords.remove("title"));
            Ok(())
        });
        visited.expect("the visitor does not fail");
        assert_eq!(seen, ["1", "2", "3", "4"].map(|title| Some(json!(title))));
        assert_eq!(visit_mut(&mut schema, |_| Err("stop")), Err("stop"));
    }

    #[test]
    fn deep_schemas_are_visited_on_a_small_stack() {
        let mut schema = (0..1_000).fold(json!({}), |inner, _| json!({"items": inner}));
        let mut count = 0;
        let visited: Result<(), ()> = visit_mut(&mut schema, |_| {
            count += 1;
            Ok(())
        });
        assert_eq!((visited, count), (Ok(()), 1_001));
    }
}
