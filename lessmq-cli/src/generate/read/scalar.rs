//! Reads scalars: finds the Rust type for a schema.

use serde_json::{Map, Value};

use super::pair::Pair;
use crate::generate::model::{Format, Integer, Type};

/// Keywords that narrow a schema without changing its type.
const CONSTRAINTS: [&str; 14] = [
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "contentEncoding",
    "contentMediaType",
];

/// Whether a keyword only narrows the type, or is an extension.
pub(super) fn is_constraint(keyword: &str) -> bool {
    CONSTRAINTS.contains(&keyword) || keyword.starts_with("x-")
}

/// A scalar, with the further keywords of its schema.
pub(super) fn scalar(at: Pair<'_>) -> Option<(Type, Map<String, Value>)> {
    let ty = match at.text("type")? {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "string" => text(at),
        "integer" => Type::Integer(integer(at)?),
        "number" => match at.text("format") {
            Some("float") => Type::Float { double: false },
            Some("double") => Type::Float { double: true },
            Some(_) => return None,
            None => Type::Number,
        },
        _ => return None,
    };
    let own = own_schema(&ty);
    let mut extras = Map::new();
    for keyword in at.keys()? {
        let value = at.get(keyword)?;
        let is_format_of_text = keyword == "format" && matches!(ty, Type::Text);
        match own.get(keyword) {
            Some(own) if own == value => {}
            _ if keyword == "not" || keyword == "type" => return None,
            _ if is_constraint(keyword) || is_format_of_text => {
                extras.insert(keyword.to_owned(), value.clone());
            }
            _ => return None,
        }
    }
    // The schema must have all keywords that schemars generates for the type.
    own.keys().all(|keyword| at.get(keyword).is_some()).then_some((ty, extras))
}

fn text(at: Pair<'_>) -> Type {
    let is_character = at.is("minLength", 1) && at.is("maxLength", 1) && at.get("format").is_none();
    match at.text("format") {
        Some("uuid") => Type::Format(Format::Uuid),
        Some("date-time") => Type::Format(Format::DateTime),
        Some("date") => Type::Format(Format::Date),
        Some("partial-time") => Type::Format(Format::LocalTime),
        Some("partial-date-time") => Type::Format(Format::LocalDateTime),
        Some("ip") => Type::Format(Format::Ip),
        Some("ipv4") => Type::Format(Format::Ipv4),
        Some("ipv6") => Type::Format(Format::Ipv6),
        None if is_character => Type::Character,
        _ => Type::Text,
    }
}

fn integer(at: Pair<'_>) -> Option<Integer> {
    let format = at.text("format")?;
    let (signed, bits) = match format.strip_prefix("uint") {
        Some(bits) => (false, bits),
        None => (true, format.strip_prefix("int")?),
    };
    let bits = match bits {
        "" => None,
        "8" | "16" | "32" | "64" | "128" => Some(bits.parse().ok()?),
        _ => return None,
    };
    // A range such as 1 to 100 is not a non-zero type.
    let own = own_schema_of_integer(Integer { signed, bits, non_zero: false });
    let is_open = at.get("maximum") == own.get("maximum");
    let non_zero = if signed { at.get("not").is_some() } else { at.is("minimum", 1) && is_open };
    Some(Integer { signed, bits, non_zero })
}

/// The schema that schemars generates for a scalar.
fn own_schema(ty: &Type) -> Map<String, Value> {
    let schema = match ty {
        Type::Null => serde_json::json!({"type": "null"}),
        Type::Boolean => serde_json::json!({"type": "boolean"}),
        Type::Character => serde_json::json!({"type": "string", "minLength": 1, "maxLength": 1}),
        Type::Float { double } => {
            serde_json::json!({"type": "number", "format": if *double { "double" } else { "float" }})
        }
        Type::Number => serde_json::json!({"type": "number"}),
        Type::Integer(integer) => return own_schema_of_integer(*integer),
        Type::Format(format) => serde_json::json!({"type": "string", "format": format_name(*format)}),
        _ => serde_json::json!({"type": "string"}),
    };
    schema.as_object().cloned().unwrap_or_default()
}

/// The name of a format in JSON Schema and schemars.
pub(crate) fn format_name(format: Format) -> &'static str {
    match format {
        Format::Uuid => "uuid",
        Format::DateTime => "date-time",
        Format::Date => "date",
        Format::LocalTime => "partial-time",
        Format::LocalDateTime => "partial-date-time",
        Format::Ip => "ip",
        Format::Ipv4 => "ipv4",
        Format::Ipv6 => "ipv6",
    }
}

/// The name of an integer type: `int32`, `uint`.
pub(crate) fn integer_name(integer: Integer) -> String {
    let sign = if integer.signed { "int" } else { "uint" };
    integer.bits.map_or_else(|| sign.to_owned(), |bits| format!("{sign}{bits}"))
}

fn own_schema_of_integer(integer: Integer) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "integer".into());
    schema.insert("format".to_owned(), integer_name(integer).into());
    if let Some(bits @ (8 | 16)) = integer.bits {
        let (least, greatest) = match integer.signed {
            true => (-(1_i64 << (bits - 1)), (1_i64 << (bits - 1)) - 1),
            false => (0, (1_i64 << bits) - 1),
        };
        schema.insert("minimum".to_owned(), least.into());
        schema.insert("maximum".to_owned(), greatest.into());
    } else if !integer.signed {
        schema.insert("minimum".to_owned(), 0.into());
    }
    match (integer.non_zero, integer.signed) {
        (true, true) => {
            schema.insert("not".to_owned(), serde_json::json!({"const": 0}));
        }
        (true, false) => {
            schema.insert("minimum".to_owned(), 1.into());
        }
        (false, _) => {}
    }
    schema
}
