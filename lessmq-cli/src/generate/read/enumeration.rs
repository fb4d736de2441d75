//! Reads enums, by the position of their tag.

use std::collections::BTreeSet;

use lessmq::contract::schema::OTHER_VARIANT;
use serde_json::Value;

use super::Reader;
use super::document::Document;
use super::pair::Pair;
use super::variant::{Content, constant, is_closed, single_property, tag_of, without_property};
use crate::generate::model::{Docs, Enumeration, Tagging, Type, Variant, VariantShape};
use crate::generate::names::pascal;

/// The usual names of the content field next to a tag.
const CONTENT_NAMES: [&str; 11] =
    ["args", "arguments", "body", "c", "content", "data", "details", "params", "payload", "val", "value"];

impl Reader {
    /// The enum at a place, if there is one.
    pub(super) fn enumeration(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        name: &str,
    ) -> Option<Enumeration> {
        match at.keys()?[..] {
            ["enum", "type"] | ["const", "type"] => plain(at),
            ["oneOf"] => self.one_of(document, &at.list("oneOf")?, name, false),
            ["anyOf"] => self.untagged(document, &at.list("anyOf")?, name),
            _ => None,
        }
    }

    /// An enum whose variants exclude each other. In the fields of an object, all variants are objects, so externally
    /// tagged variants have another form.
    pub(super) fn one_of(
        &mut self,
        document: &Document<'_>,
        variants: &[Pair<'_>],
        name: &str,
        flattened: bool,
    ) -> Option<Enumeration> {
        if let Some((tag, content)) = adjacent(variants) {
            let tagging = Tagging::Adjacent { tag: tag.clone(), content: content.clone() };
            return self.attempt(|reader| {
                let closed = variants.iter().all(|variant| is_closed(*variant));
                let read = |variant: &Pair<'_>| reader.adjacent(document, *variant, &tag, &content, name);
                let mut variants = variants.iter().map(read).collect::<Option<Vec<_>>>()?;
                with_other_last(&mut variants)?;
                Some(Enumeration { tagging, variants, closed })
            });
        }
        if let Some(tag) = tag_of(variants) {
            return self.attempt(|reader| {
                let closed = variants.iter().all(|variant| is_closed(*variant));
                let read = |variant: &Pair<'_>| reader.internal(document, *variant, &tag, closed, name);
                let mut variants = variants.iter().map(read).collect::<Option<Vec<_>>>()?;
                with_other_last(&mut variants)?;
                Some(Enumeration { tagging: Tagging::Internal { tag: tag.clone() }, variants, closed })
            });
        }
        self.attempt(|reader| reader.external(document, variants, name, flattened))
    }

    fn external(
        &mut self,
        document: &Document<'_>,
        variants: &[Pair<'_>],
        name: &str,
        flattened: bool,
    ) -> Option<Enumeration> {
        let contents = variants.iter().filter_map(|variant| Some(single_property(*variant, flattened)?.1));
        let content = Content::of(contents);
        let mut found = Vec::new();
        for variant in variants {
            if let Some(units) = plain(*variant) {
                found.extend(units.variants);
                continue;
            }
            if is_other(*variant) {
                return None;
            }
            let (wire, at) = single_property(*variant, flattened)?;
            let hint = format!("{name}{}", pascal(wire));
            let shape = self.content(document, at, content, &hint)?;
            found.push(Variant {
                wire: wire.to_owned(),
                docs: super::docs(*variant),
                shape,
                is_other: false,
            });
        }
        with_other_last(&mut found)?;
        Some(Enumeration { tagging: Tagging::External, variants: found, closed: content.closed })
    }

    fn internal(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        tag: &str,
        closed: bool,
        name: &str,
    ) -> Option<Variant> {
        let wire = constant(at.properties().both(tag)?)?.to_owned();
        let hint = format!("{name}{}", pascal(&wire));
        let docs = super::docs(at);
        let (writes, reads) = (without_property(at.writes, tag), without_property(at.reads, tag));
        let bare = Pair { writes: &writes, reads: &reads };
        let has_fields = !bare.properties().names(&[]).is_empty();
        let is_unit = bare.keys().is_some_and(|keys| {
            keys.iter().all(|key| ["type", "properties", "required", "additionalProperties"].contains(key))
        }) && !has_fields
            && (closed || bare.get("additionalProperties").is_none());
        let shape = if let Some(reference) = at.text("$ref") {
            let is_plain = at.keys()? == ["$ref", "properties", "required", "type"] && !has_fields;
            let inner = is_plain.then(|| self.reference(document, reference))?;
            VariantShape::Newtype { inner, extras: serde_json::Map::new() }
        } else if is_unit {
            VariantShape::Unit
        } else if is_closed(at) == closed {
            VariantShape::Struct(self.fields(document, bare, &[], &hint)?)
        } else {
            let inner = Type::Named(self.nameless(document, bare, &hint));
            VariantShape::Newtype { inner, extras: serde_json::Map::new() }
        };
        let is_other = is_other(at);
        (is_unit || !is_other).then_some(Variant { wire, docs, shape, is_other })
    }

    fn adjacent(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        tag: &str,
        content: &str,
        name: &str,
    ) -> Option<Variant> {
        let wire = constant(at.properties().both(tag)?)?.to_owned();
        let hint = format!("{name}{}", pascal(&wire));
        let shape = match at.properties().both(content) {
            Some(inner) => {
                let closed = Content { closed: is_closed(at) };
                self.content(document, inner, closed, &hint)?
            }
            None => VariantShape::Unit,
        };
        let is_other = is_other(at);
        let is_unit = matches!(shape, VariantShape::Unit);
        (is_unit || !is_other).then(|| Variant { wire, docs: super::docs(at), shape, is_other })
    }

    /// An enum whose variants are distinguished by their shape.
    pub(super) fn untagged(
        &mut self,
        document: &Document<'_>,
        variants: &[Pair<'_>],
        name: &str,
    ) -> Option<Enumeration> {
        if let [inner, null] = variants
            && null.is("type", "null")
            && super::variant::has_subschemas(*inner)
        {
            return None;
        }
        let content = Content::of(variants.iter().copied());
        self.attempt(|reader| {
            let mut found = Vec::new();
            for (index, at) in variants.iter().enumerate() {
                let hint = format!("{name}{}", index + 1);
                let is_unit = at.keys()? == ["type"] && at.is("type", "null");
                let shape = match is_unit {
                    true => VariantShape::Unit,
                    false => reader.content(document, *at, content, &hint)?,
                };
                let wire = reader.describe(&shape, index);
                found.push(Variant { wire, docs: super::docs(*at), shape, is_other: false });
            }
            Some(Enumeration { tagging: Tagging::Untagged, variants: found, closed: content.closed })
        })
    }

    /// The result of `read`. If it is `None`, all changes of `read` are undone.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.remaining_shapes = self.remaining_shapes.checked_sub(1)?;
        let count = self.types.len();
        let result = read(self);
        if result.is_none() {
            self.waiting.retain(|(id, _)| id.0 < count);
            self.untagged.retain(|(id, ..)| id.0 < count);
            for declared in self.types.drain(count..) {
                self.taken.give_back(&declared.name);
            }
            for key in self.keys.drain(count..).flatten() {
                self.known.remove(&key);
            }
        }
        result
    }
}

/// Whether a variant is read for every name that no variant has.
fn is_other(variant: Pair<'_>) -> bool {
    variant.reads.get(OTHER_VARIANT).is_some()
}

/// Puts the variant for unknown names last, as serde requires. `None` if there are several.
fn with_other_last(variants: &mut [Variant]) -> Option<()> {
    variants.sort_by_key(|variant| variant.is_other);
    (variants.iter().filter(|variant| variant.is_other).count() <= 1).then_some(())
}

/// An enum whose variants are strings.
fn plain(at: Pair<'_>) -> Option<Enumeration> {
    let names: Vec<&str> = match at.keys()?[..] {
        ["enum", "type"] if at.is("type", "string") => {
            at.get("enum")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?
        }
        ["const", "type"] => vec![constant(at)?],
        _ => return None,
    };
    let mut seen = BTreeSet::new();
    let names: Vec<&str> = names.into_iter().filter(|name| seen.insert(*name)).collect();
    let docs = if names.len() == 1 { super::docs(at) } else { Docs::default() };
    let is_other = is_other(at);
    let variant = |wire: &str| Variant {
        wire: wire.to_owned(),
        docs: docs.clone(),
        shape: VariantShape::Unit,
        is_other,
    };
    let variants: Vec<Variant> = names.into_iter().map(variant).collect();
    let is_known = !variants.is_empty() && (variants.len() == 1 || !is_other);
    is_known.then_some(Enumeration { tagging: Tagging::External, variants, closed: false })
}

/// The tag and the content field of adjacently tagged variants.
///
/// A variant with one field may also be internally tagged. The name and the types of the field then decide. On the wire
/// there is no difference.
fn adjacent(variants: &[Pair<'_>]) -> Option<(String, String)> {
    let tag = tag_of(variants)?;
    let mut content: Option<&str> = None;
    let mut contents = Vec::new();
    for variant in variants {
        let keys = variant.keys()?;
        let own = ["type", "properties", "required", "additionalProperties"];
        if !keys.iter().all(|key| own.contains(key)) {
            return None;
        }
        let properties = variant.properties();
        let others: Vec<&str> = properties.names(&[]).into_iter().filter(|name| *name != tag).collect();
        match others[..] {
            [] => {}
            [name] if content.is_none_or(|content| content == name) => {
                content = Some(name);
                let (written, read) = variant.required();
                let at = properties.both(name)?;
                if !written.contains(&name) || !read.contains(&name) || at.get("default").is_some() {
                    return None;
                }
                contents.push(at);
            }
            _ => return None,
        }
    }
    let content = content?;
    let is_varied = contents.iter().any(|at| at.reads != contents[0].reads);
    let is_documented = contents.iter().any(|at| at.annotation("description").is_some());
    let looks_so = CONTENT_NAMES.contains(&content) || is_varied;
    (looks_so && !is_documented).then(|| (tag, content.to_owned()))
}
