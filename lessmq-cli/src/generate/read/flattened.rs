//! Reads flattened enums: enums whose fields are among the fields of an object.

use serde_json::Value;

use super::Reader;
use super::document::Document;
use super::order::{has_map, loses_fields};
use super::pair::Pair;
use crate::generate::model::{Docs, Enumeration, Shape, Type};

impl Reader {
    /// The flattened enums of an object.
    pub(super) fn flattened(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        hint: &str,
    ) -> Option<Vec<Type>> {
        let mut groups = Vec::new();
        for keyword in ["oneOf", "anyOf"] {
            if at.writes.get(keyword).is_some() || at.reads.get(keyword).is_some() {
                groups.push((keyword, at));
            }
        }
        if at.writes.get("allOf").is_some() || at.reads.get("allOf").is_some() {
            for part in at.list("allOf")? {
                match part.keys()?[..] {
                    ["oneOf"] => groups.push(("oneOf", part)),
                    ["anyOf"] => groups.push(("anyOf", part)),
                    _ => return None,
                }
            }
        }
        groups.into_iter().map(|(keyword, at)| self.group(document, keyword, at, hint)).collect()
    }

    fn group(&mut self, document: &Document<'_>, keyword: &str, at: Pair<'_>, hint: &str) -> Option<Type> {
        let variants = at.list(keyword)?;
        let name = format!("{hint}Kind");
        if keyword == "oneOf" {
            return self.kind(&name, |reader, name| reader.one_of(document, &variants, name, true));
        }
        let is_open =
            |at: &Pair<'_>| at.writes == &Value::Object(serde_json::Map::new()) && at.writes == at.reads;
        let Some((last, others)) = variants.split_last().filter(|(last, _)| is_open(last)) else {
            return self.untagged_kind(document, &variants, &name);
        };
        let _ = last;
        let inner = match others {
            [only] if only.keys()? == ["oneOf"] => {
                let variants = only.list("oneOf")?;
                self.kind(&name, |reader, name| reader.one_of(document, &variants, name, true))?
            }
            others => self.untagged_kind(document, others, &name)?,
        };
        Some(Type::Option(Box::new(inner)))
    }

    /// An enum without a tag, unless it would lose fields. A map in it would contain the other fields of the object.
    fn untagged_kind(&mut self, document: &Document<'_>, variants: &[Pair<'_>], name: &str) -> Option<Type> {
        self.attempt(|reader| {
            let kind = reader.kind(name, |reader, name| reader.untagged(document, variants, name))?;
            let Type::Named(id) = kind else { return None };
            let loses = variants.len() > 1 && has_map(&reader.types, id) || loses_fields(&reader.types, id);
            (!loses).then_some(kind)
        })
    }

    fn kind(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> Option<Enumeration>,
    ) -> Option<Type> {
        self.attempt(|reader| {
            let id = reader.declare(name, name, true, Docs::default());
            let name = reader.types[id.0].name.clone();
            reader.types[id.0].shape = Shape::Enum(read(reader, &name)?);
            Some(Type::Named(id))
        })
    }
}
