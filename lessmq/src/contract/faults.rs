//! Validates the keywords of a JSON Schema, as the meta-schemas of the drafts do.
//!
//! Patterns and references are not checked here.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::schema::{Content, content, join};
use crate::compat::options::Draft;

/// How many faults of one schema are reported.
const MAX_FAULTS: usize = 8;

/// An invalid value in a JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaFault {
    /// A JSON pointer into the schema.
    pub pointer: String,
    /// What was expected there.
    pub expected: &'static str,
    /// What was found there, shortened.
    pub found: String,
}

impl std::fmt::Display for SchemaFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pointer, expected, found } = self;
        write!(f, "{}: expected {expected}, found {found}", place(pointer))
    }
}

/// The first faults of a schema.
pub(crate) fn faults(schema: &Value, draft: Draft) -> Vec<SchemaFault> {
    let mut search = Search { draft, remaining: vec![(schema, String::new())], faults: Vec::new() };
    while let Some((schema, pointer)) = search.remaining.pop() {
        if search.faults.len() == MAX_FAULTS {
            break;
        }
        match schema {
            Value::Bool(_) => {}
            Value::Object(members) => search.keywords(members, &pointer),
            other => search.fault(pointer, "a schema: an object, `true` or `false`", other),
        }
    }
    search.faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    search.faults
}

/// The faults, one per line and at most [`MAX_FAULTS`] of them. `None` if there are no faults.
pub(crate) fn listed(faults: &[SchemaFault]) -> Option<String> {
    let shown: Vec<String> = faults.iter().take(MAX_FAULTS).map(ToString::to_string).collect();
    let more = (faults.len() > shown.len()).then(|| format!("\nand {} more", faults.len() - shown.len()));
    (!shown.is_empty()).then(|| shown.join("\n") + &more.unwrap_or_default())
}

/// The valid values of a keyword.
enum Shape {
    Text,
    Boolean,
    List,
    Number,
    Positive,
    Count,
    TypeNames,
    Names,
    NamedLists,
    Schema,
    Schemas,
    NamedSchemas,
    /// A schema or a list of schemas.
    Items,
    /// Schemas or lists of names, by name.
    Dependencies,
}

fn shape(keyword: &str, draft: Draft) -> Option<Shape> {
    if !draft.has(keyword) {
        return None;
    }
    Some(match keyword {
        "$schema" | "$id" | "id" | "$ref" | "$recursiveRef" | "$comment" | "title" | "description"
        | "format" | "pattern" | "contentEncoding" | "contentMediaType" => Shape::Text,
        "$anchor" | "$dynamicRef" | "$dynamicAnchor" => Shape::Text,
        "$recursiveAnchor" | "deprecated" | "readOnly" | "uniqueItems" | "writeOnly" => Shape::Boolean,
        "exclusiveMinimum" | "exclusiveMaximum" if draft.has_exclusive_flags() => Shape::Boolean,
        "enum" | "examples" => Shape::List,
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => Shape::Number,
        "multipleOf" => Shape::Positive,
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            Shape::Count
        }
        "minContains" | "maxContains" => Shape::Count,
        "type" => Shape::TypeNames,
        "required" => Shape::Names,
        "dependentRequired" => Shape::NamedLists,
        "items" if draft.first_items() == "items" => Shape::Items,
        "dependencies" => Shape::Dependencies,
        _ => match content(keyword) {
            Content::Schema => Shape::Schema,
            Content::SchemaList => Shape::Schemas,
            Content::SchemaMap => Shape::NamedSchemas,
            Content::Data => return None,
        },
    })
}

struct Search<'s> {
    draft: Draft,
    /// Schemas that were not checked yet, with their pointers.
    remaining: Vec<(&'s Value, String)>,
    faults: Vec<SchemaFault>,
}

impl<'s> Search<'s> {
    fn fault(&mut self, pointer: String, expected: &'static str, value: &Value) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(SchemaFault { pointer, expected, found: shorten(value) });
        }
    }

    fn keywords(&mut self, members: &'s Map<String, Value>, pointer: &str) {
        for (keyword, value) in members {
            if let Some(shape) = shape(keyword, self.draft) {
                self.keyword(&shape, value, join(pointer, keyword));
            }
        }
    }

    fn keyword(&mut self, shape: &Shape, value: &'s Value, at: String) {
        let is_count = |number: &Value| number.as_f64().is_some_and(|n| n >= 0.0 && n.fract() == 0.0);
        let expected = match (shape, value) {
            (Shape::Text, Value::String(_))
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::List, Value::Array(_))
            | (Shape::Number, Value::Number(_)) => return,
            (Shape::Positive, number) if number.as_f64().is_some_and(|number| number > 0.0) => return,
            (Shape::Count, number) if is_count(number) => return,
            (Shape::TypeNames, value) => return self.type_names(value, at),
            (Shape::Names, Value::Array(names)) => return self.names(names, &at),
            (Shape::NamedLists, Value::Object(lists)) => {
                return lists.iter().for_each(|(name, list)| {
                    self.keyword(&Shape::Names, list, join(&at, name));
                });
            }
            (Shape::Items, Value::Array(schemas)) => return self.listed(schemas, &at),
            (Shape::Schemas, Value::Array(schemas)) if !schemas.is_empty() => {
                return self.listed(schemas, &at);
            }
            (Shape::Dependencies, Value::Object(named)) => {
                return named.iter().for_each(|(name, value)| {
                    let shape = if value.is_array() { Shape::Names } else { Shape::Schema };
                    self.keyword(&shape, value, join(&at, name));
                });
            }
            (Shape::NamedSchemas, Value::Object(schemas)) => {
                return self.remaining.extend(schemas.iter().map(|(name, schema)| (schema, join(&at, name))));
            }
            (Shape::Schema | Shape::Items, schema) => return self.remaining.push((schema, at)),
            (Shape::Text, _) => "a string",
            (Shape::Boolean, _) => "`true` or `false`",
            (Shape::List, _) => "a list",
            (Shape::Number, _) => "a number",
            (Shape::Positive, _) => "a number above 0",
            (Shape::Count, _) => "an integer of at least 0",
            (Shape::Names, _) => "a list of property names",
            (Shape::NamedLists, _) => "an object with a list of property names for each name",
            (Shape::Schemas, _) => "a list of one or more schemas",
            (Shape::NamedSchemas, _) => "an object with a schema for each name",
            (Shape::Dependencies, _) => "an object with a schema or a list of names for each name",
        };
        self.fault(at, expected, value);
    }

    fn listed(&mut self, schemas: &'s [Value], at: &str) {
        let numbered = schemas.iter().enumerate();
        self.remaining.extend(numbered.map(|(index, schema)| (schema, format!("{at}/{index}"))));
    }

    fn names(&mut self, names: &[Value], at: &str) {
        let mut seen = HashSet::new();
        for (index, name) in names.iter().enumerate() {
            let expected = match name {
                Value::String(name) if seen.insert(name) => continue,
                Value::String(_) => "a name that is not repeated",
                _ => "a property name",
            };
            self.fault(format!("{at}/{index}"), expected, name);
        }
    }

    fn type_names(&mut self, value: &Value, at: String) {
        let is_type = |name: &Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
        let Value::Array(names) = value else {
            if !is_type(value) {
                self.fault(at, EXPECTED_TYPE, value);
            }
            return;
        };
        if names.is_empty() {
            self.fault(at, "at least one type", value);
            return;
        }
        for (index, name) in names.iter().enumerate() {
            if !is_type(name) {
                self.fault(format!("{at}/{index}"), EXPECTED_TYPE, name);
            } else if names[..index].contains(name) {
                self.fault(format!("{at}/{index}"), "a type that is not repeated", name);
            }
        }
    }
}

const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
const EXPECTED_TYPE: &str = "a type: `null`, `boolean`, `integer`, `number`, `string`, `array` or `object`";

/// A JSON pointer for people.
pub(super) fn place(pointer: &str) -> String {
    if pointer.is_empty() { "at the top".to_owned() } else { format!("at `{pointer}`") }
}

/// The longest part of a value that an error quotes.
const MAX_VALUE_CHARS: usize = 60;

fn shorten(value: &Value) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => {
            let text = other.to_string();
            if text.chars().count() <= MAX_VALUE_CHARS {
                return text;
            }
            text.chars().take(MAX_VALUE_CHARS).chain(['…']).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LATEST: Draft = Draft::Draft202012;

    /// Compares the pointers of the faults and the values that were found.
    fn check(schema: Value, draft: Draft, expected: &[(&str, &str)]) {
        let found = faults(&schema, draft);
        let found: Vec<(&str, &str)> =
            found.iter().map(|fault| (fault.pointer.as_str(), fault.found.as_str())).collect();
        assert_eq!(found, expected, "{schema}");
    }

    #[test]
    fn every_fault_is_reported_with_its_pointer() {
        check(
            json!({
                "type": "strin",
                "properties": {"a/b": {"minLength": -1}},
                "required": "a",
                "anyOf": [],
                "items": [true],
                "$defs": {"T": {"$ref": 5, "enum": "a", "multipleOf": 0}},
            }),
            LATEST,
            &[
                ("/$defs/T/$ref", "5"),
                ("/$defs/T/enum", "\"a\""),
                ("/$defs/T/multipleOf", "0"),
                ("/anyOf", "an empty list"),
                ("/items", "a list"),
                ("/properties/a~1b/minLength", "-1"),
                ("/required", "\"a\""),
                ("/type", "\"strin\""),
            ],
        );
    }

    #[test]
    fn repeated_names_and_types_are_faults() {
        check(json!({"required": ["x", "x", 1]}), LATEST, &[("/required/1", "\"x\""), ("/required/2", "1")]);
        check(
            json!({"type": ["null", "null", "nil"]}),
            LATEST,
            &[("/type/1", "\"null\""), ("/type/2", "\"nil\"")],
        );
        check(json!({"type": []}), LATEST, &[("/type", "an empty list")]);
    }

    #[test]
    fn data_and_unknown_keywords_are_not_checked() {
        let data = json!({"type": "strin", "properties": 5});
        check(
            json!({"const": data, "enum": [data], "default": data, "examples": [data], "x-mine": data}),
            LATEST,
            &[],
        );
        check(json!({"properties": {"type": {"type": "string"}, "required": true}}), LATEST, &[]);
    }

    #[test]
    fn each_draft_has_different_keywords() {
        let tuple = json!({"items": [{"type": "string"}, 5]});
        check(tuple.clone(), Draft::Draft7, &[("/items/1", "5")]);
        check(tuple, LATEST, &[("/items", "a list")]);
        let newer = json!({"prefixItems": 5, "dependentRequired": {"a": [1]}});
        check(newer.clone(), Draft::Draft7, &[]);
        check(newer, LATEST, &[("/dependentRequired/a/0", "1"), ("/prefixItems", "5")]);
        let flag = json!({"minimum": 1, "exclusiveMinimum": true, "id": 5, "const": 1, "if": 5});
        check(flag.clone(), Draft::Draft4, &[("/id", "5")]);
        check(flag.clone(), Draft::Draft6, &[("/exclusiveMinimum", "true")]);
        check(flag, Draft::Draft201909, &[("/exclusiveMinimum", "true"), ("/if", "5")]);
        check(
            json!({"items": [5], "dependentRequired": 5}),
            Draft::Draft201909,
            &[("/dependentRequired", "5"), ("/items/0", "5")],
        );
        check(
            json!({"dependencies": {"a": ["b"], "c": true, "d": 1}}),
            Draft::Draft7,
            &[("/dependencies/d", "1")],
        );
    }

    #[test]
    fn counts_may_be_fractions_and_the_number_of_faults_is_limited() {
        check(json!({"minLength": 3.0, "maxItems": 1e3, "multipleOf": 0.1}), LATEST, &[]);
        check(json!({"maxItems": 1.5}), LATEST, &[("/maxItems", "1.5")]);
        let many: Vec<i32> = (0..100).collect();
        assert_eq!(faults(&json!({"anyOf": many}), LATEST).len(), MAX_FAULTS);
    }
}
