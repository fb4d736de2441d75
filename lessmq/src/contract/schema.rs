//! What all code that walks through JSON Schemas has to know: JSON pointers and the classes of keywords.

/// A name as one step of a JSON pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Whether the keyword says nothing about which values are valid (JSON Schema 2020-12, Validation, section 9).
/// `default` is none of these: it tells what a provider does in a field's absence.
pub(crate) fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "$schema"
            | "$comment"
            | "title"
            | "description"
            | "examples"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
    )
}

/// Whether the keyword's value maps names to schemas.
pub(crate) fn maps_names_to_schemas(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" | "dependencies"
    )
}

/// Whether the keyword's value is data, and no schema in it.
pub(crate) fn is_data(keyword: &str) -> bool {
    matches!(keyword, "const" | "enum" | "default" | "examples")
}

/// Whether the keyword's list is a set.
pub(crate) fn is_set(keyword: &str) -> bool {
    matches!(keyword, "required" | "type")
}
