//! Where schemas stand inside a schema, so that what only looks like one (a constant, a property's name) is left alone.

use serde_json::{Map, Value};

use crate::error::Result;

/// Keywords whose value maps names to schemas.
const SCHEMA_MAPS: [&str; 6] =
    ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

/// Keywords whose value is data.
const DATA: [&str; 6] = ["const", "enum", "default", "examples", "required", "dependentRequired"];

/// Gives a schema and each one inside it to `visit`, the outer before the inner.
pub(super) fn visit(
    schema: &mut Value,
    visit_one: &mut impl FnMut(&mut Map<String, Value>) -> Result<()>,
) -> Result<()> {
    match schema {
        Value::Object(keywords) => {
            visit_one(keywords)?;
            for (keyword, value) in keywords {
                if DATA.contains(&keyword.as_str()) || keyword.starts_with("x-") {
                    continue;
                }
                match value {
                    Value::Object(named) if SCHEMA_MAPS.contains(&keyword.as_str()) => {
                        named.values_mut().try_for_each(|schema| visit(schema, visit_one))?;
                    }
                    _ => visit(value, visit_one)?,
                }
            }
            Ok(())
        }
        Value::Array(schemas) => schemas.iter_mut().try_for_each(|schema| visit(schema, visit_one)),
        _ => Ok(()),
    }
}
