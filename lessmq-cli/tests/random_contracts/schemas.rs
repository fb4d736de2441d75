//! Random schemas, in the forms in which people and tools write them.

use lessmq::contract::Message;
use serde_json::{Map, Value, json};

mod scalars;
mod words;

use self::words::{TYPES, WORDS};
use crate::random::Random;

/// The form of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Hand,
    Schemars,
    Pydantic,
    TypeScript,
}

/// Makes the schemas of one message.
pub(crate) struct Schemas<'r> {
    random: &'r mut Random,
    style: Style,
    definitions: Vec<&'static str>,
}

/// A random schema: what is written and what is read.
pub(crate) fn message(random: &mut Random, title: &str) -> Message {
    let style =
        *random.pick(&[Style::Hand, Style::Hand, Style::Schemars, Style::Pydantic, Style::TypeScript]);
    let mut definitions = TYPES.to_vec();
    random.shuffle(&mut definitions);
    definitions.truncate(*random.pick(&[0, 0, 1, 2, 3, 5]));
    let names = definitions.clone();
    let mut schemas = Schemas { random, style, definitions };
    let mut root = schemas.schema(4);
    // A definition that only refers to itself has no values.
    let mut definition = || match schemas.schema(3) {
        reference if reference.get("$ref").is_some() => {
            json!({"type": "object", "properties": {"next": reference}})
        }
        schema => schema,
    };
    let defined: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), definition())).collect();
    if let Value::Object(keywords) = &mut root {
        if schemas.random.chance(70) {
            let title = if schemas.random.chance(70) { title } else { schemas.random.pick(&TYPES) };
            keywords.insert("title".to_owned(), title.into());
        }
        if !defined.is_empty() {
            keywords.insert(schemas.definitions_keyword().to_owned(), defined.into());
        }
    }
    Message { writes: directed(&root, true), reads: directed(&root, false) }
}

/// The schemas of the arguments of a method.
pub(crate) fn arguments(random: &mut Random, title: &str) -> Message {
    let mut schemas = Schemas { random, style: Style::Schemars, definitions: Vec::new() };
    let all = [
        "id",
        "type",
        "message",
        "self_",
        "value2",
        "gen",
        "lambda",
        "event",
        "order_id",
        "first_name",
        "request",
    ];
    let names: Vec<String> =
        all.into_iter().filter(|_| schemas.random.chance(30)).map(str::to_owned).collect();
    let mut root = schemas.fields(&names, 3);
    root.insert("title".to_owned(), title.into());
    let root = Value::from(root);
    Message { writes: directed(&root, true), reads: directed(&root, false) }
}

/// The fields that writers always write, although readers do not require them.
const WRITTEN: &str = "x-written";

/// The schema for one direction.
fn directed(schema: &Value, writes: bool) -> Value {
    match schema {
        Value::Object(keywords) => {
            let mut made: Map<String, Value> =
                keywords.iter().map(|(name, below)| (name.clone(), directed(below, writes))).collect();
            if let Some(Value::Array(written)) = made.remove(WRITTEN)
                && writes
                && let Value::Array(required) = made.entry("required").or_insert_with(|| json!([]))
            {
                required.extend(written);
            }
            made.into()
        }
        Value::Array(items) => items.iter().map(|item| directed(item, writes)).collect(),
        other => other.clone(),
    }
}

impl Schemas<'_> {
    fn definitions_keyword(&self) -> &'static str {
        if self.style == Style::TypeScript { "definitions" } else { "$defs" }
    }

    fn schema(&mut self, depth: usize) -> Value {
        let mut schema = match self.random.below(if depth == 0 { 12 } else { 30 }) {
            0..=7 => self.scalar(),
            8..=9 => self.constants(),
            10 => self.reference().unwrap_or_else(|| json!({"type": "string"})),
            11 => self.odd(),
            12..=18 => self.object(depth),
            19..=20 => self.map(depth),
            21..=22 => self.list(depth),
            23 => self.tuple(depth),
            24..=26 => self.union(depth),
            27 => self.combined(depth),
            _ => {
                let schema = self.schema(depth.saturating_sub(1));
                self.nullable(schema)
            }
        };
        if let Value::Object(keywords) = &mut schema
            && !keywords.contains_key("$ref")
        {
            if self.random.chance(8) {
                keywords.insert("description".to_owned(), "What it is.".into());
            }
            if self.style == Style::Hand && self.random.chance(5) {
                keywords.insert("title".to_owned(), (*self.random.pick(&TYPES)).into());
            }
            if self.random.chance(2) {
                keywords.insert("deprecated".to_owned(), true.into());
            }
        }
        schema
    }

    fn reference(&mut self) -> Option<Value> {
        if self.definitions.is_empty() {
            return None;
        }
        let name =
            self.random.pick(&self.definitions).replace('~', "~0").replace('/', "~1").replace('%', "%25");
        let name = name.replace('<', "%3C").replace('>', "%3E").replace("größe", "gr%C3%B6%C3%9Fe");
        Some(json!({"$ref": format!("#/{}/{name}", self.definitions_keyword())}))
    }

    /// A schema that tools write seldom.
    fn odd(&mut self) -> Value {
        let odd = [
            json!(true),
            json!({}),
            json!({"type": "object"}),
            json!({"type": "array"}),
            json!({"type": ["string", "integer"]}),
            json!({"type": ["boolean", "null", "number"]}),
            json!({"not": {"type": "string"}}),
            json!({"properties": {"a": {"type": "integer"}}}),
            json!({"minimum": 1}),
            json!({"type": "object", "additionalProperties": false}),
            json!({"type": "object", "properties": {}}),
        ];
        self.random.pick(&odd).clone()
    }

    fn object(&mut self, depth: usize) -> Value {
        let count = self.random.below(6);
        let names = self.names(count);
        let mut schema = self.fields(&names, depth);
        let open = match self.random.below(if self.style == Style::TypeScript { 4 } else { 10 }) {
            0..=1 => Some(json!(false)),
            2 if depth > 1 => Some(self.schema(depth - 2)),
            3 => Some(json!(true)),
            _ => None,
        };
        schema.extend(open.map(|open| ("additionalProperties".to_owned(), open)));
        schema.into()
    }

    /// An object with these fields.
    fn fields(&mut self, names: &[String], depth: usize) -> Map<String, Value> {
        let (mut properties, mut required, mut written) = (Map::new(), Vec::new(), Vec::new());
        for name in names {
            let mut field = self.schema(depth.saturating_sub(1));
            let kind = self.random.below(10);
            if kind >= 7 && self.random.chance(60) {
                field = self.nullable(field);
            }
            if self.style == Style::Pydantic
                && let Value::Object(field) = &mut field
            {
                field.insert("title".to_owned(), name.clone().into());
            }
            match kind {
                0..=4 => required.push(name.clone()),
                5..=6 => {
                    let default = self.default(&field);
                    if let (Value::Object(field), Some(default)) = (&mut field, default) {
                        field.insert("default".to_owned(), default);
                        if self.random.chance(50) {
                            written.push(name.clone());
                        }
                    }
                }
                _ if self.style == Style::Schemars && self.random.chance(60) => written.push(name.clone()),
                _ => {}
            }
            properties.insert(name.clone(), field);
        }
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        if !names.is_empty() || self.random.chance(50) {
            schema.insert("properties".to_owned(), properties.into());
        }
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
        if !written.is_empty() {
            schema.insert(WRITTEN.to_owned(), written.into());
        }
        schema
    }

    /// A default for a field of that schema.
    fn default(&mut self, schema: &Value) -> Option<Value> {
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return Some(self.random.pick(values).clone());
        }
        let (ty, is_nullable) = match schema.get("type")? {
            Value::Array(types) => (types[0].as_str()?, types.contains(&json!("null"))),
            ty => (ty.as_str()?, false),
        };
        if is_nullable && self.random.chance(40) {
            return Some(Value::Null);
        }
        let has = |keyword: &str| schema.get(keyword).is_some();
        Some(match ty {
            "string" if !has("format") && !has("pattern") && !has("const") => {
                json!(*self.random.pick(&["a", "x"]))
            }
            "string" if !has("format") && !has("pattern") && !has("minLength") && !has("const") => json!(""),
            "integer" if !has("const") => json!(5),
            "number" => json!(0.5),
            "boolean" => json!(self.random.chance(50)),
            "array" if !has("minItems") => json!([]),
            "object" if !has("required") && !has(WRITTEN) && !has("minProperties") => json!({}),
            "null" => Value::Null,
            _ => return None,
        })
    }

    fn nullable(&mut self, schema: Value) -> Value {
        let is_short = schema.get("type").is_some_and(Value::is_string)
            && schema.get("enum").is_none()
            && schema.get("const").is_none();
        if is_short && self.style != Style::Pydantic && self.random.chance(70) {
            let mut schema = schema;
            if schema["type"] != "null" {
                schema["type"] = json!([schema["type"], "null"]);
            }
            return schema;
        }
        match self.random.below(if self.style == Style::Hand { 4 } else { 1 }) {
            3 => json!({"oneOf": [{"type": "null"}, schema]}),
            _ => json!({"anyOf": [schema, {"type": "null"}]}),
        }
    }

    fn map(&mut self, depth: usize) -> Value {
        let values = self.schema(depth.saturating_sub(1));
        match self.random.below(6) {
            // Not a map of numbers: serde does not read one inside of a union.
            0..=1 => json!({"type": "object", "patternProperties": {"^x-": values}}),
            2 => {
                json!({"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": values})
            }
            _ => json!({"type": "object", "additionalProperties": values}),
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let items = self.schema(depth.saturating_sub(1));
        match self.random.below(8) {
            0 => json!({"type": "array", "items": items, "minItems": 1}),
            1 => json!({"type": "array", "items": items, "minItems": 2, "maxItems": 2}),
            2 => json!({"type": "array", "items": items, "uniqueItems": true}),
            _ => json!({"type": "array", "items": items}),
        }
    }

    fn tuple(&mut self, depth: usize) -> Value {
        let count = 1 + self.random.below(3);
        let items: Vec<Value> = (0..count).map(|_| self.schema(depth.saturating_sub(1))).collect();
        match self.random.below(4) {
            0 => json!({"type": "array", "prefixItems": items}),
            1 => json!({"type": "array", "prefixItems": items, "items": false, "minItems": count}),
            _ => json!({"type": "array", "prefixItems": items, "minItems": count, "maxItems": count}),
        }
    }

    fn union(&mut self, depth: usize) -> Value {
        let count = 1 + self.random.below(4);
        let keyword = *self.random.pick(&["oneOf", "anyOf"]);
        let mut words: Vec<&str> = WORDS.to_vec();
        self.random.shuffle(&mut words);
        let tag = self.random.pick(&["type", "kind", "t", "$type", "tag"]);
        let closed = self.random.chance(20);
        let kind = self.random.below(6);
        let mut variants = Vec::new();
        for word in words.into_iter().take(count) {
            let mut variant = match kind {
                0 => {
                    // Internally tagged.
                    let count = self.random.below(4);
                    let names: Vec<String> =
                        self.names(count).into_iter().filter(|name| name != tag).collect();
                    let mut variant = self.fields(&names, depth.saturating_sub(1));
                    let constant = if self.random.chance(70) {
                        json!({"type": "string", "const": word})
                    } else {
                        json!({"const": word})
                    };
                    variant.entry("properties").or_insert_with(|| json!({}))[tag] = constant;
                    let required = variant.entry("required").or_insert_with(|| json!([]));
                    required.as_array_mut().unwrap().push(json!(tag));
                    Value::Object(variant)
                }
                1 => {
                    let mut variant = json!({"type": "object", "properties": {*tag: {"type": "string", "const": word}}, "required": [tag]});
                    if self.random.chance(80) {
                        variant["properties"]["content"] = self.schema(depth.saturating_sub(1));
                        variant["required"] = json!([tag, "content"]);
                    }
                    variant
                }
                2 if self.random.chance(30) => json!({"type": "string", "const": word}),
                2 => {
                    json!({"type": "object", "properties": {word: self.schema(depth.saturating_sub(1))}, "required": [word], "additionalProperties": false})
                }
                3 => {
                    // Objects that overlap.
                    let count = 1 + self.random.below(3);
                    let names: Vec<String> =
                        ["a", "b", "c"].into_iter().take(count).map(str::to_owned).collect();
                    Value::Object(self.fields(&names, 1))
                }
                _ => self.schema(depth.saturating_sub(1)),
            };
            if closed
                && kind < 4
                && let Value::Object(variant) = &mut variant
                && variant.get("type") == Some(&json!("object"))
            {
                variant.insert("additionalProperties".to_owned(), false.into());
            }
            variants.push(variant);
        }
        json!({keyword: variants})
    }

    fn combined(&mut self, depth: usize) -> Value {
        let reference = self.reference();
        let (one, other) =
            (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned(), "first-name".to_owned()]);
        let one = reference.unwrap_or_else(|| self.fields(&one, depth.saturating_sub(1)).into());
        match self.random.below(4) {
            0 => json!({"allOf": [one]}),
            1 => json!({"allOf": [one, self.fields(&other, depth.saturating_sub(1))]}),
            2 => {
                let mut schema = self.fields(&other, depth.saturating_sub(1));
                schema.insert("allOf".to_owned(), json!([one]));
                schema.into()
            }
            _ => {
                let mut schema = self.fields(&other, depth.saturating_sub(1));
                let union = self.union(depth.saturating_sub(1));
                schema.extend(union.as_object().unwrap().clone());
                schema.into()
            }
        }
    }
}

/// Values without repetitions, or sometimes with one.
fn distinct(values: Vec<Value>, random: &mut Random) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for value in values {
        if !found.contains(&value) || random.chance(5) {
            found.push(value);
        }
    }
    found
}
