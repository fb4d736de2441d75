//! Reads objects with named fields.

use serde_json::Value;

use super::Reader;
use super::document::Document;
use super::pair::{Pair, Properties};
use crate::generate::model::{Docs, Field, Fields, Presence, Type};
use crate::generate::names::pascal;

const KEYWORDS: [&str; 7] =
    ["type", "properties", "required", "additionalProperties", "oneOf", "anyOf", "allOf"];

impl Reader {
    /// The fields of an object, without the ones in `without`.
    pub(super) fn fields(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        without: &[&str],
        hint: &str,
    ) -> Option<Fields> {
        if !is_object(at) {
            return None;
        }
        let properties = at.properties();
        let (written, read) = at.required();
        let first: Vec<&str> = written.iter().chain(&read).copied().collect();
        let exist = |name: &&str| properties.written(name).is_some() || properties.read(name).is_some();
        if !first.iter().all(exist) {
            return None;
        }
        let mut fields = Fields::default();
        for name in properties.names(&first).into_iter().filter(|name| !without.contains(name)) {
            let required = (written.contains(&name), read.contains(&name));
            fields.fields.push(self.field(document, properties, name, required, hint)?);
        }
        match (at.writes.get("additionalProperties"), at.reads.get("additionalProperties")) {
            (None, None) => {}
            (Some(Value::Bool(false)), Some(Value::Bool(false))) => fields.closed = true,
            (Some(writes), Some(reads)) if *writes != Value::Bool(false) && *reads != Value::Bool(false) => {
                let values = Pair { writes, reads };
                fields.rest = Some(self.expression(document, values, &format!("{hint}Value")));
            }
            _ => return None,
        }
        fields.flattened = self.flattened(document, at, hint)?;
        let is_mixed = fields.closed && !fields.flattened.is_empty();
        (!is_mixed).then_some(fields)
    }

    fn field(
        &mut self,
        document: &Document<'_>,
        properties: Properties<'_>,
        name: &str,
        required: (bool, bool),
        hint: &str,
    ) -> Option<Field> {
        let (written, read) = (properties.written(name), properties.read(name));
        let at = Pair { writes: written.or(read)?, reads: read.or(written)? };
        let presence = match (written.is_some(), read.is_some()) {
            (true, true) if required.0 => Presence::Written { required: required.1 },
            (true, true) => Presence::Skippable { required: required.1 },
            (true, false) => Presence::OnlyWritten,
            (false, _) => Presence::OnlyRead { required: required.1 },
        };
        let aliases = at.annotation("x-aliases").and_then(Value::as_array);
        let aliases = aliases.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let default = at.annotation("default").cloned();
        let (writes, reads) = (plain(at.writes), plain(at.reads));
        let bare = Pair { writes: &writes, reads: &reads };
        let hint = format!("{hint}{}", pascal(name));
        let (mut ty, mut extras) = self.with_extras(document, bare, &hint);
        if matches!(ty, Type::Any | Type::Null) && default.is_none() && !presence.is_required() {
            // An option of these types has the same schema, because they already allow `null`.
            ty = Type::Option(Box::new(ty));
        }
        if matches!(ty, Type::Option(_)) && presence.is_required() {
            // For an option, writers would leave the field out, or readers would not require it.
            ty = Type::Named(self.wrapped(&hint, ty, std::mem::take(&mut extras)));
        }
        Some(Field { wire: name.to_owned(), docs: docs(at), ty, extras, presence, default, aliases })
    }
}

/// The schema of a property without keywords that belong to the field.
fn plain(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut() {
        for keyword in ["default", "x-aliases", "deprecated", "readOnly", "writeOnly"] {
            object.remove(keyword);
        }
    }
    schema
}

/// Whether the schema is an object with named fields and has no other keywords.
pub(super) fn is_object(at: Pair<'_>) -> bool {
    let only_known =
        |schema: &Value| super::pair::keywords(schema).all(|keyword| KEYWORDS.contains(&keyword));
    at.is("type", "object") && only_known(at.writes) && only_known(at.reads)
}

/// The documentation of a place.
pub(super) fn docs(at: Pair<'_>) -> Docs {
    let description = at.annotation("description").and_then(Value::as_str).map(readable);
    let is_deprecated = at.annotation("deprecated") == Some(&Value::Bool(true));
    Docs { description, deprecated: is_deprecated.then(String::new) }
}

/// A text that every compiler accepts in comments: rustc refuses a lone carriage return and characters that change the
/// text direction, and Python refuses a NUL.
pub(super) fn readable(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let refused = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.replace("\r\n", "\n").replace(|c| refused(c) || turns(c), " ")
}
