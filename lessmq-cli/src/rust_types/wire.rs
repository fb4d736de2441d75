//! How values of known types look in JSON.

use serde_json::{Map, Value, json};

/// A form of JSON that types of several crates have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wire {
    DateTime,
    Date,
    LocalTime,
    LocalDateTime,
    ZonedDateTime,
    Duration,
    Uuid,
    Uri,
    /// A decimal number: written as text, read as text or as a number.
    Decimal,
}

/// The pattern that schemars has for a decimal that is written.
const WRITTEN_DECIMAL: &str = r"^-?\d+(\.\d+)?$";
/// The pattern that schemars has for a decimal that is read.
const READ_DECIMAL: &str = r"^-?\d+(\.\d+)?([eE]\d+)?$";

impl Wire {
    pub(crate) const ALL: [Self; 9] = [
        Self::DateTime,
        Self::Date,
        Self::LocalTime,
        Self::LocalDateTime,
        Self::ZonedDateTime,
        Self::Duration,
        Self::Uuid,
        Self::Uri,
        Self::Decimal,
    ];

    /// The format in schemas. `decimal` has a pattern instead.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DateTime => "date-time",
            Self::Date => "date",
            Self::LocalTime => "partial-time",
            Self::LocalDateTime => "partial-date-time",
            Self::ZonedDateTime => "zoned-date-time",
            Self::Duration => "duration",
            Self::Uuid => "uuid",
            Self::Uri => "uri",
            Self::Decimal => "decimal",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wire| wire.name() == name)
    }

    /// The form of a schema, which may also allow `null`. `is_read` selects the side.
    pub(crate) fn of_schema(schema: &Value, is_read: bool) -> Option<Self> {
        let types = types_without_null(schema)?;
        let is_text = types == ["string"];
        if let Some(format) = schema.get("format") {
            let found = Self::named(format.as_str()?).filter(|wire| *wire != Self::Decimal);
            return found.filter(|_| is_text);
        }
        let pattern = schema.get("pattern")?.as_str()?;
        let is_decimal = match is_read {
            true => types == ["number", "string"] && pattern == READ_DECIMAL,
            false => is_text && pattern == WRITTEN_DECIMAL,
        };
        is_decimal.then_some(Self::Decimal)
    }

    /// The schema of the form, without `null`.
    pub(crate) fn schema(self, is_read: bool) -> Map<String, Value> {
        let schema = match (self, is_read) {
            (Self::Decimal, true) => json!({"type": ["string", "number"], "pattern": READ_DECIMAL}),
            (Self::Decimal, false) => json!({"type": "string", "pattern": WRITTEN_DECIMAL}),
            _ => json!({"type": "string", "format": self.name()}),
        };
        schema.as_object().cloned().unwrap_or_default()
    }
}

/// The sorted types that a schema allows besides `null`.
fn types_without_null(schema: &Value) -> Option<Vec<&str>> {
    let mut types: Vec<&str> = match schema.get("type")? {
        Value::String(only) => vec![only],
        Value::Array(types) => {
            types.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
        }
        _ => return None,
    };
    types.sort_unstable();
    Some(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_recognised_on_its_side_with_and_without_null() {
        for wire in Wire::ALL {
            for is_read in [true, false] {
                let mut schema = Value::Object(wire.schema(is_read));
                assert_eq!(Wire::of_schema(&schema, is_read), Some(wire), "{schema}");
                let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec!["string".into()]);
                schema["type"] = types.into_iter().chain(["null".into()]).collect();
                assert_eq!(Wire::of_schema(&schema, is_read), Some(wire), "{schema}");
            }
            assert_eq!(Wire::named(wire.name()), Some(wire));
        }
    }

    #[test]
    fn other_schemas_have_no_form() {
        for schema in [
            json!(true),
            json!({}),
            json!({"type": "string"}),
            json!({"type": "integer", "format": "date-time"}),
            json!({"type": "string", "format": "decimal"}),
            json!({"type": "string", "format": 7}),
            json!({"type": "string", "pattern": "^a$"}),
            json!({"type": ["string", "integer"], "format": "date-time"}),
        ] {
            assert_eq!(
                (Wire::of_schema(&schema, true), Wire::of_schema(&schema, false)),
                (None, None),
                "{schema}"
            );
        }
        let text = json!({"type": "string", "pattern": WRITTEN_DECIMAL});
        assert_eq!(
            Wire::of_schema(&text, true),
            None,
            "a text with such a pattern is not read from a number"
        );
    }
}
