//! Random values of a schema.

use jsonschema::Validator;
use lessmq::contract::Message;
use serde_json::{Map, Value, json};

use crate::random::Random;

/// Up to `count` values that both schemas of a message allow.
pub(crate) fn values(random: &mut Random, message: &Message, count: usize) -> Vec<Value> {
    let validators: Vec<Validator> = [&message.writes, &message.reads].into_iter().map(validator).collect();
    let mut found = Vec::new();
    for _ in 0..count * 2 {
        let mut sampler = Sampler { random: &mut *random, root: &message.writes, budget: 200 };
        let Some(value) = sampler.value(&message.writes, 8) else { continue };
        if validators.iter().all(|validator| validator.is_valid(&value)) {
            found.push(value);
        }
        if found.len() == count {
            break;
        }
    }
    found
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::options().build(schema).unwrap_or_else(|error| panic!("{error}: {schema}"))
}

struct Sampler<'a> {
    random: &'a mut Random,
    root: &'a Value,
    /// How many schemas may still be visited.
    budget: usize,
}

const TEXTS: [&str; 14] = [
    "",
    "a",
    "b",
    "abc",
    "A",
    " ",
    "日本",
    "🦀",
    "\"\\/\n\t\u{0}",
    "null",
    "1",
    "x",
    "\u{2028}",
    "__proto__",
];

impl<'a> Sampler<'a> {
    /// A value that is probably valid.
    fn value(&mut self, schema: &'a Value, depth: usize) -> Option<Value> {
        self.budget = self.budget.checked_sub(1)?;
        if depth == 0 {
            return None;
        }
        let keywords = match schema {
            Value::Object(keywords) => keywords,
            Value::Bool(false) => return None,
            _ => return Some(self.anything()),
        };
        let mut value = None;
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            let pointer = percent_decoded(&reference[1..]);
            value = Some(self.value(self.root.pointer(&pointer)?, depth - 1)?);
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(variants) = keywords.get(keyword).and_then(Value::as_array) {
                let variant = if depth < 4 { self.simplest(variants) } else { self.random.pick(variants) };
                value = merged(value, self.value(variant, depth - 1)?);
            }
        }
        for part in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            value = merged(value, self.value(part, depth - 1)?);
        }
        if let Some(constant) = keywords.get("const") {
            return Some(constant.clone());
        }
        if let Some(values) = keywords.get("enum").and_then(Value::as_array) {
            return Some(self.random.pick(values).clone());
        }
        let ty = match keywords.get("type") {
            Some(Value::String(ty)) => ty.as_str(),
            Some(Value::Array(types)) => self.random.pick(types).as_str()?,
            _ if keywords.contains_key("properties") => "object",
            _ => return Some(value.unwrap_or_else(|| self.anything())),
        };
        let own = match ty {
            "null" => Value::Null,
            "boolean" => json!(self.random.chance(50)),
            "integer" => self.integer(keywords),
            "number" => self.number(keywords),
            "string" => self.text(keywords),
            "array" => self.list(keywords, depth)?,
            _ => self.object(keywords, depth)?,
        };
        merged(value, own)
    }

    fn simplest(&mut self, variants: &'a [Value]) -> &'a Value {
        let is_simple =
            |variant: &&Value| variant.get("type").is_some_and(|ty| ty != "object" && ty != "array");
        variants.iter().find(is_simple).unwrap_or_else(|| &variants[variants.len() - 1])
    }

    fn anything(&mut self) -> Value {
        let values = [
            json!(null),
            json!(true),
            json!(0),
            json!(-1.5),
            json!("a"),
            json!([]),
            json!({}),
            json!([1, null]),
            json!({"a": {"b": null}}),
        ];
        self.random.pick(&values).clone()
    }

    fn integer(&mut self, keywords: &Map<String, Value>) -> Value {
        let number = |keyword: &str| keywords.get(keyword).and_then(Value::as_i64).map(i128::from);
        let (formatted_least, formatted_most) = match keywords.get("format").and_then(Value::as_str) {
            Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
            Some("uint32") => (0, i128::from(u32::MAX)),
            Some("int64") => (i128::from(i64::MIN), i128::from(i64::MAX)),
            _ => (i128::from(i64::MIN), i128::from(u64::MAX)),
        };
        let least = number("minimum")
            .or(number("exclusiveMinimum").map(|least| least + 1))
            .unwrap_or(formatted_least);
        let most = number("maximum").unwrap_or(formatted_most);
        let step = number("multipleOf").unwrap_or(1);
        let chosen = match self.random.below(6) {
            0 => least,
            1 => most,
            2 => 9_007_199_254_740_993,
            3 => 0,
            4 => -1,
            _ => i128::from(self.random.next() % 12),
        };
        let chosen = chosen.clamp(least, most) / step * step;
        i64::try_from(chosen)
            .map(|chosen| json!(chosen))
            .unwrap_or_else(|_| json!(u64::try_from(chosen).unwrap()))
    }

    fn number(&mut self, keywords: &Map<String, Value>) -> Value {
        let numbers = [
            json!(0),
            json!(0.5),
            json!(-0.5),
            json!(1),
            json!(1.5),
            json!(-3),
            json!(0.1),
            json!(1e21),
            json!(1e-7),
            json!(1e300),
            json!(5e-324),
            json!(123_456_789),
        ];
        let range =
            if keywords.get("format") == Some(&json!("float")) { &numbers[..6] } else { &numbers[..] };
        self.random.pick(range).clone()
    }

    fn text(&mut self, keywords: &Map<String, Value>) -> Value {
        let formatted = match keywords.get("format").and_then(Value::as_str) {
            Some("uuid") => "67e55044-10b1-426f-9247-bb680e5fe0c8",
            Some("date-time") => *self.random.pick(&["2026-07-26T10:15:02Z", "1969-12-31T23:59:59.5Z"]),
            Some("date") => "2026-02-28",
            Some("ipv4") => "127.0.0.1",
            Some("email") => "a@example.org",
            Some("uri") => "https://example.org/a?b#c",
            _ if keywords.contains_key("pattern") => *self.random.pick(&["a", "abc"]),
            _ if keywords.contains_key("minLength") => *self.random.pick(&TEXTS[1..3]),
            _ => *self.random.pick(&TEXTS),
        };
        json!(formatted)
    }

    fn list(&mut self, keywords: &'a Map<String, Value>, depth: usize) -> Option<Value> {
        let size = |keyword: &str| {
            keywords.get(keyword).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok())
        };
        let first = keywords.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let least = size("minItems").unwrap_or(0);
        let most = size("maxItems").unwrap_or(if depth < 3 { least } else { least.max(first.len()).max(3) });
        let count = least + self.random.below(most - least.min(most) + 1);
        // Sets do not keep the order of their items in Rust.
        let count = if keywords.contains_key("uniqueItems") { count.min(1) } else { count };
        let items = keywords.get("items").unwrap_or(&Value::Bool(true));
        let mut list: Vec<Value> = Vec::new();
        for index in 0..count {
            match first.get(index).unwrap_or(items) {
                Value::Bool(false) => break,
                schema => {
                    let value = self.value(schema, depth - 1)?;
                    if keywords.get("uniqueItems").is_none() || !list.contains(&value) {
                        list.push(value);
                    }
                }
            }
        }
        Some(list.into())
    }

    fn object(&mut self, keywords: &'a Map<String, Value>, depth: usize) -> Option<Value> {
        let required: Vec<&str> = keywords
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        for (name, field) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let is_required = required.contains(&name.as_str());
            if !is_required && (depth < 4 || self.random.chance(40)) {
                continue;
            }
            match self.value(field, depth - 1) {
                // See `CONTRIBUTING.md`: an optional field that is null is the same as an absent one.
                Some(Value::Null) if !is_required && is_nullable(field) => {}
                Some(value) => {
                    object.insert(name.clone(), value);
                }
                None if is_required => return None,
                None => {}
            }
        }
        let mut more: Vec<(&[&str], &Value)> = Vec::new();
        more.extend(keywords.get("additionalProperties").map(|schema| (&["abc", "z"][..], schema)));
        for (pattern, schema) in
            keywords.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
        {
            more.push((
                if pattern == "^x-" { &["x-", "x-a"] } else { &["1", "18446744073709551615"] },
                schema,
            ));
        }
        for (names, schema) in more {
            for name in names {
                if *schema != Value::Bool(false) && depth > 3 && self.random.chance(50) {
                    object.extend(self.value(schema, depth - 1).map(|value| ((*name).to_owned(), value)));
                }
            }
        }
        Some(object.into())
    }
}

/// Whether a field is nullable and has no other default.
fn is_nullable(field: &Value) -> bool {
    field.get("default").is_none_or(Value::is_null)
}

fn merged(one: Option<Value>, other: Value) -> Option<Value> {
    match (one, other) {
        (Some(Value::Object(mut one)), Value::Object(other)) => {
            one.extend(other);
            Some(one.into())
        }
        (Some(one), _) => Some(one),
        (None, other) => Some(other),
    }
}

fn percent_decoded(text: &str) -> String {
    text.replace("%3C", "<").replace("%3E", ">").replace("%C3%B6%C3%9F", "öß").replace("%25", "%")
}
