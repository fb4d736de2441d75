//! Single keywords: whether a keyword rejects a value, and the text for it.

use serde_json::{Map, Value};

use crate::compat::decimal::Decimal;
use crate::compat::formats;
use crate::compat::options::Draft;
use crate::compat::schema::canonical;

/// The keywords to report if no other keyword rejects the value, the most likely first.
pub(super) const LAST: [&str; 13] = [
    "pattern",
    "format",
    "propertyNames",
    "contains",
    "uniqueItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "not",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "patternProperties",
    "multipleOf",
];

/// A keyword that rejects a value, the reason, and the field or value that is missing or unknown.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) keyword: &'static str,
    pub(super) detail: String,
    pub(super) subject: Option<String>,
}

/// The keyword of `members` that rejects `value`.
pub(super) fn broken(draft: Draft, members: &Map<String, Value>, value: &Value) -> Option<Broken> {
    let missing = value.as_object().filter(|_| !type_differs(members, value)).and_then(|fields| {
        let required = members.get("required").and_then(Value::as_array)?;
        required.iter().filter_map(Value::as_str).find(|name| !fields.contains_key(*name))
    });
    if let Some(name) = missing {
        let detail = format!("`{name}` is missing");
        return Some(Broken { keyword: "required", detail, subject: Some(name.to_owned()) });
    }
    let (keyword, detail) = broken_value(draft, members, value)?;
    let is_listed = matches!(keyword, "const" | "enum");
    Some(Broken { keyword, detail, subject: is_listed.then(|| value.to_string()) })
}

fn type_differs(members: &Map<String, Value>, value: &Value) -> bool {
    members.get("type").is_some_and(|types| !has_type(types, value))
}

fn broken_value(draft: Draft, members: &Map<String, Value>, value: &Value) -> Option<(&'static str, String)> {
    if let Some(types) = members.get("type").filter(|types| !has_type(types, value)) {
        return Some(("type", format!("{} is not of type {types}", shorten(value))));
    }
    let constant = members.get("const").filter(|_| draft.has("const"));
    if let Some(expected) = constant.filter(|expected| !is_equal(expected, value)) {
        return Some(("const", format!("{} is not {}", shorten(value), shorten(expected))));
    }
    if let Some(Value::Array(values)) = members.get("enum")
        && !values.iter().any(|known| is_equal(known, value))
    {
        return Some(("enum", format!("{} is not one of {} values", shorten(value), values.len())));
    }
    match value {
        Value::Number(_) => broken_number(members, value),
        Value::String(text) => broken_size(members, text.chars().count(), ["minLength", "maxLength"]),
        Value::Array(items) => broken_size(members, items.len(), ["minItems", "maxItems"]),
        Value::Object(fields) => broken_size(members, fields.len(), ["minProperties", "maxProperties"]),
        _ => None,
    }
}

/// Equality of JSON Schema: `1.0` equals `1`.
fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_))
        | (Value::Array(_), Value::Array(_))
        | (Value::Object(_), Value::Object(_)) => canonical(left) == canonical(right),
        _ => left == right,
    }
}

/// A keyword, its condition on a number, and the text for a number that it rejects.
type Limit = (&'static str, fn(Decimal, Decimal) -> bool, &'static str);

fn broken_number(members: &Map<String, Value>, value: &Value) -> Option<(&'static str, String)> {
    let number = |value: &Value| value.as_number().and_then(Decimal::from_number);
    let actual = number(value)?;
    let limits: [Limit; 5] = [
        ("minimum", |actual, limit| actual >= limit, "less than"),
        ("maximum", |actual, limit| actual <= limit, "more than"),
        ("exclusiveMinimum", |actual, limit| actual > limit, "not more than"),
        ("exclusiveMaximum", |actual, limit| actual < limit, "not less than"),
        ("multipleOf", |actual, limit| actual.is_multiple_of(limit) != Some(false), "not a multiple of"),
    ];
    for (keyword, holds, words) in limits {
        if let Some(limit) = members.get(keyword).and_then(number)
            && !holds(actual, limit)
        {
            return Some((keyword, format!("{value} is {words} {}", members[keyword])));
        }
    }
    // In draft-04, a flag says that the bound itself is excluded.
    for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let is_excluded = members.get(flag) == Some(&Value::Bool(true))
            && members.get(bound).and_then(number) == Some(actual);
        if is_excluded {
            return Some((flag, format!("{value} is excluded by `{bound}`")));
        }
    }
    let format = members.get("format")?.as_str()?;
    let (min, max) = formats::integer_range(format)?;
    let fits = actual.to_integer().is_some_and(|integer| (min..=max).contains(&integer));
    (!fits).then(|| ("format", format!("{value} is not a valid `{format}`")))
}

fn broken_size(
    members: &Map<String, Value>,
    size: usize,
    keywords: [&'static str; 2],
) -> Option<(&'static str, String)> {
    let limit = |keyword: &str| members.get(keyword).and_then(Value::as_f64);
    let actual = size as f64;
    if let Some(limit) = limit(keywords[0]).filter(|&limit| actual < limit) {
        return Some((keywords[0], format!("its size is {size}, expected at least {limit}")));
    }
    let limit = limit(keywords[1]).filter(|&limit| actual > limit)?;
    Some((keywords[1], format!("its size is {size}, expected at most {limit}")))
}

/// Whether the `type`, `const` or `enum` of `members` rejects `value`.
pub(super) fn type_or_value_differs(draft: Draft, members: &Map<String, Value>, value: &Value) -> bool {
    matches!(broken_value(draft, members, value), Some(("type" | "const" | "enum", _)))
}

/// Whether every property with a fixed value in `members` has that value in `value`, or is absent.
pub(super) fn tags_agree(members: &Map<String, Value>, value: &Value) -> bool {
    let agrees = |property: &Value, actual: &Value| match (property.get("const"), property.get("enum")) {
        (Some(expected), _) => expected == actual,
        (None, Some(Value::Array(expected))) => expected.contains(actual),
        _ => true,
    };
    members.get("properties").and_then(Value::as_object).is_none_or(|properties| {
        properties
            .iter()
            .all(|(name, property)| value.get(name).is_none_or(|actual| agrees(property, actual)))
    })
}

fn has_type(types: &Value, value: &Value) -> bool {
    let is = |name: &Value| match (name.as_str(), value) {
        (Some("null"), Value::Null)
        | (Some("boolean"), Value::Bool(_))
        | (Some("number"), Value::Number(_))
        | (Some("string"), Value::String(_))
        | (Some("array"), Value::Array(_))
        | (Some("object"), Value::Object(_)) => true,
        (Some("integer"), Value::Number(number)) => {
            Decimal::from_number(number).and_then(Decimal::to_integer).is_some()
        }
        _ => false,
    };
    match types {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

/// The first required field, if each alternative only requires one field. Expanded aliases have this form.
pub(super) fn first_required_field(branches: &[Value]) -> Option<&str> {
    let asks_for = |branch: &'_ Value| {
        let only = branch.as_object().is_some_and(|members| members.len() == 1);
        branch
            .get("required")
            .filter(|names| only && names.as_array().is_some_and(|names| names.len() == 1))
            .is_some()
    };
    branches.iter().all(asks_for).then(|| branches.first()?.get("required")?.get(0)?.as_str()).flatten()
}

/// The name of the alternative of `value`: the value of its tag, or the name of its only field.
pub(super) fn variant_of(branches: &[Value], value: &Value) -> Option<String> {
    let is_tag = |name: &String| {
        let tag = |branch: &Value| branch.get("properties")?.get(name)?.get("const").cloned();
        branches.iter().any(|branch| tag(branch).is_some())
    };
    match value {
        Value::Object(fields) => {
            let tag = fields.iter().find(|(name, _)| is_tag(name)).map(|(_, tag)| tag.to_string());
            tag.or_else(|| fields.keys().next().filter(|_| fields.len() == 1).cloned())
        }
        Value::String(_) => Some(value.to_string()),
        _ => None,
    }
}

/// `value` as JSON, shortened to fit into a sentence.
pub(super) fn shorten(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 { text.chars().take(60).chain(['…']).collect() } else { text }
}
