//! Makes example messages from the examples, defaults, constants and names in a schema.

use serde_json::{Map, Value, json};

use super::hoist::{PREFIX, Types};
use super::reference_data::has_reference;
use crate::comparison;

/// The limit of values in an example. If types use each other twice, the number of values grows exponentially.
const MAX_VALUES: u32 = 400;
/// Below this level, examples have only required fields.
const MAX_OPTIONAL_DEPTH: u32 = 6;
/// The limit of levels in an example.
const BOTTOM: u32 = 24;

/// An example of the type `name`. It is checked with `schema`, so that only valid examples are shown.
pub(super) fn message(schema: &Value, name: &str, types: &Types) -> Option<Value> {
    let accepts = |value: &Value| {
        let message = lessmq::contract::Message { writes: schema.clone(), reads: Value::Bool(true) };
        message.check_written(value.to_string().as_bytes()).is_ok()
    };
    let mut sampler = Sampler { types, left: MAX_VALUES, inside: Vec::new() };
    let sampled = sampler.value(&json!({"$ref": format!("{PREFIX}{name}")}), "", 0);
    // The engine repeats a shared type at each use, which may take too long.
    let is_flat = schema.get("$defs").is_none() && schema.get("definitions").is_none();
    let found = || comparison::example(schema).filter(accepts);
    sampled.filter(accepts).or_else(|| is_flat.then(found).flatten()).filter(|value| !has_reference(value))
}

struct Sampler<'a> {
    types: &'a Types,
    /// How many more values may be made.
    left: u32,
    /// The types that contain the value.
    inside: Vec<String>,
}

impl Sampler<'_> {
    /// An example value for the schema of the field `name`. `None` if there is none within [`MAX_VALUES`] values and
    /// [`BOTTOM`] levels.
    fn value(&mut self, schema: &Value, name: &str, depth: u32) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let Value::Object(keywords) = schema else {
            return (*schema == Value::Bool(true)).then(|| json!({}));
        };
        if depth > BOTTOM {
            return None;
        }
        if let Some(value) = stated_value(keywords) {
            return Some(value.clone());
        }
        let reference = keywords.get("$ref").and_then(Value::as_str);
        if let Some(reference) = reference {
            // Empty lists, empty maps and absent optional fields end the recursion.
            if self.inside.iter().any(|outer| outer == reference) {
                return None;
            }
            self.inside.push(reference.to_owned());
        }
        let value = self.constructed_value(keywords, name, depth);
        if reference.is_some() {
            self.inside.pop();
        }
        value
    }

    /// A value for a schema without examples, defaults and constants.
    fn constructed_value(&mut self, keywords: &Map<String, Value>, name: &str, depth: u32) -> Option<Value> {
        let mut merged = Map::new();
        for part in self.parts(keywords) {
            if let Some(value) = self.value(&part, name, depth + 1) {
                match value {
                    Value::Object(fields) => merged.extend(fields),
                    other if !keywords.contains_key("properties") => return Some(other),
                    _ => {}
                }
            } else if !keywords.contains_key("properties") {
                return None;
            }
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(Value::Array(variants)) = keywords.get(choice) {
                match self.choice(variants, name, depth)? {
                    Value::Object(fields) => merged.extend(fields),
                    other => return Some(other),
                }
            }
        }
        match kind(keywords) {
            Some("object") => self.object(keywords, merged, depth),
            None if !merged.is_empty() || keywords.contains_key("properties") => {
                self.object(keywords, merged, depth)
            }
            Some("array") => self.array(keywords, name, depth),
            Some("string") => Some(text(keywords, name)),
            Some("integer") => Some(number(keywords, true)),
            Some("number") => Some(number(keywords, false)),
            Some("boolean") => Some(json!(true)),
            Some(_) => Some(Value::Null),
            None => Some(Value::Object(merged)),
        }
    }

    /// The schemas that a schema refers to or is composed of.
    fn parts(&self, keywords: &Map<String, Value>) -> Vec<Value> {
        let named = keywords.get("$ref").and_then(|reference| self.types.find(reference));
        let all = keywords.get("allOf").and_then(Value::as_array);
        named.into_iter().chain(all.into_iter().flatten()).cloned().collect()
    }

    fn choice(&mut self, variants: &[Value], name: &str, depth: u32) -> Option<Value> {
        let is_null = |schema: &&Value| schema["type"] == "null";
        let (empty, full): (Vec<&Value>, Vec<&Value>) = variants.iter().partition(is_null);
        // At a large depth, the smaller variant is taken, which ends a list or a tree.
        let order: Vec<&Value> = if depth > MAX_OPTIONAL_DEPTH {
            empty.into_iter().chain(full).collect()
        } else {
            full.into_iter().chain(empty).collect()
        };
        order.into_iter().find_map(|variant| self.value(variant, name, depth + 1))
    }

    fn object(
        &mut self,
        keywords: &Map<String, Value>,
        mut fields: Map<String, Value>,
        depth: u32,
    ) -> Option<Value> {
        let required = |name: &str| {
            let names = keywords.get("required").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|required| required == name))
        };
        for (name, schema) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let is_deprecated = schema["deprecated"] == true;
            if !required(name) && (depth > MAX_OPTIONAL_DEPTH || is_deprecated) {
                continue;
            }
            match self.value(schema, name, depth + 1) {
                Some(value) => drop(fields.insert(name.clone(), value)),
                None if required(name) => return None,
                None => {}
            }
        }
        let more = keywords.get("additionalProperties").filter(|schema| schema.is_object());
        if let Some(schema) = more.filter(|_| depth <= MAX_OPTIONAL_DEPTH)
            && let Some(value) = self.value(schema, "value", depth + 1)
        {
            fields.entry("key").or_insert(value);
        }
        Some(Value::Object(fields))
    }

    fn array(&mut self, keywords: &Map<String, Value>, name: &str, depth: u32) -> Option<Value> {
        let singular = name.strip_suffix('s').unwrap_or(name);
        let mut items = Vec::new();
        for schema in keywords.get("prefixItems").and_then(Value::as_array).into_iter().flatten() {
            items.push(self.value(schema, singular, depth + 1)?);
        }
        let at_least = keywords.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let wanted = at_least.max(u64::from(depth <= MAX_OPTIONAL_DEPTH));
        if let Some(schema) = keywords.get("items").filter(|schema| schema.is_object()) {
            while (items.len() as u64) < wanted.min(16) {
                match self.value(schema, singular, depth + 1) {
                    Some(item) => items.push(item),
                    None if (items.len() as u64) < at_least => return None,
                    None => break,
                }
            }
        }
        Some(Value::Array(items))
    }
}

/// The example, default or constant of a schema.
fn stated_value(keywords: &Map<String, Value>) -> Option<&Value> {
    let first = |keyword: &str| keywords.get(keyword).and_then(Value::as_array).and_then(|list| list.first());
    let default = keywords.get("default").filter(|value| !value.is_null() && **value != json!([]));
    first("examples").or(keywords.get("const")).or(default).or_else(|| first("enum"))
}

fn kind(keywords: &Map<String, Value>) -> Option<&str> {
    match keywords.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => {
            let mut names = kinds.iter().filter_map(Value::as_str);
            names.find(|kind| *kind != "null").or(Some("null"))
        }
        _ => None,
    }
}

fn text(keywords: &Map<String, Value>, name: &str) -> Value {
    let format = keywords.get("format").and_then(Value::as_str).unwrap_or_default();
    if let Some(formatted) = formatted(format) {
        return formatted.into();
    }
    if keywords.contains_key("pattern") {
        return comparison::example(&Value::Object(keywords.clone())).unwrap_or_default();
    }
    let lower = name.to_ascii_lowercase();
    let guess = match lower.as_str() {
        _ if lower.contains("email") => "ada@example.com",
        _ if lower.ends_with("url") || lower.ends_with("uri") => "https://example.com/",
        _ if lower.ends_with("name") => "Ada Lovelace",
        _ if lower.is_empty() || lower.chars().any(char::is_control) => "text",
        _ => &lower.replace('_', " "),
    };
    let bound = |keyword| keywords.get(keyword).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let mut text: String = guess.chars().take(bound("maxLength").unwrap_or(usize::MAX)).collect();
    let missing = bound("minLength").unwrap_or(0).min(200).saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n('x', missing));
    text.into()
}

fn formatted(format: &str) -> Option<&'static str> {
    Some(match format {
        "uuid" => "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "date-time" => "2026-03-01T12:30:00Z",
        "partial-date-time" => "2026-03-01T12:30:00",
        "date" => "2026-03-01",
        "time" => "12:30:00Z",
        "partial-time" => "12:30:00",
        "duration" => "PT15M",
        "email" | "idn-email" => "ada@example.com",
        "hostname" | "idn-hostname" => "example.com",
        "ip" | "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "uri" | "uri-reference" | "iri" | "iri-reference" | "url" => "https://example.com/",
        _ => return None,
    })
}

fn number(keywords: &Map<String, Value>, is_integer: bool) -> Value {
    let bound = |keyword| keywords.get(keyword).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    let least = bound("minimum").or(bound("exclusiveMinimum").map(|least| least + 1.0));
    let most = bound("maximum").or(bound("exclusiveMaximum").map(|most| most - 1.0));
    let usual: f64 = if is_integer { 42.0 } else { 1.5 };
    let mut value = usual.max(least.unwrap_or(f64::MIN)).min(most.unwrap_or(f64::MAX));
    if let Some(step) = step {
        value = (value / step).ceil() * step;
    }
    // If the bounds are beyond the exact range of floats, the check of the whole example detects a wrong number.
    let whole = format!("{value:.0}").parse::<i64>().ok().filter(|_| is_integer || value.fract() == 0.0);
    whole.map_or_else(|| json!(value), Value::from)
}
