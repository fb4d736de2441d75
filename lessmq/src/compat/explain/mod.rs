//! Explains a counter-example: the keyword of the reader that rejects it, and the place in the writer that allows it.

mod applying;
mod keywords;
mod locate;

use serde_json::Value;

pub(super) use applying::{applying_to, part_of, parts_of};
pub(super) use locate::locate;

use self::keywords::Broken;
use super::hash::NumberMap;
use super::parts;
use super::rules::{self, Rule};
use super::schema::{Document, Lit, Schemas, address};
use crate::contract::schema::{escape, join, split_last};

/// Why a reader rejects a value.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub(super) rule: &'static Rule,
    pub(super) place: Place,
    pub(super) detail: String,
    /// The field or the value in question, if there is one.
    pub(super) subject: Option<String>,
    /// Whether `detail` quotes the value.
    pub(super) quotes: bool,
}

impl Cause {
    fn new(rule: &'static Rule, place: Place, detail: String) -> Self {
        Self { rule, place, detail, subject: None, quotes: false }
    }
}

/// A place in the value, and the keyword of the reader's schema that applies to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) instance: String,
    pub(super) schema: String,
}

impl Place {
    fn keyword(&self, keyword: &str) -> Self {
        Self { instance: self.instance.clone(), schema: join(&self.schema, keyword) }
    }

    fn index(&self, keyword: &str, index: usize) -> Self {
        Self { instance: self.instance.clone(), schema: format!("{}/{keyword}/{index}", self.schema) }
    }

    fn member(&self, name: &str, keyword: &str) -> Self {
        Self { instance: join(&self.instance, name), schema: format!("{}/{keyword}", self.schema) }
    }
}

/// Explains why one document rejects values.
#[derive(Debug)]
pub(super) struct Explainer<'s, 'd> {
    schemas: &'s mut Schemas,
    document: &'s Document<'d>,
    /// The node of every schema in the document, by address.
    known: NumberMap<usize, Lit>,
}

impl<'s, 'd> Explainer<'s, 'd> {
    pub(super) fn new(
        schemas: &'s mut Schemas,
        document: &'s Document<'d>,
        known: NumberMap<usize, Lit>,
    ) -> Self {
        Self { schemas, document, known }
    }

    /// Why `schema` rejects `value`.
    pub(super) fn explain(&mut self, schema: &'d Value, value: &Value) -> Cause {
        self.cause(schema, value, Place::default(), 0)
    }

    /// Whether `schema` certainly rejects `value`.
    fn refuses(&mut self, schema: &Value, value: &Value) -> bool {
        match schema {
            Value::Bool(accepts) => !accepts,
            _ => match self.known.get(&address(schema)) {
                Some(&lit) => self.schemas.evaluate(lit, value) == Some(false),
                None => false,
            },
        }
    }

    fn cause(&mut self, schema: &'d Value, value: &Value, place: Place, depth: usize) -> Cause {
        let Some(members) = schema.as_object().filter(|_| depth < 200) else {
            let detail = "no value is accepted there".to_owned();
            return Cause::new(&rules::NEVER_READ.plain, place, detail);
        };
        if let Some((target, pointer)) = self.target(schema)
            && self.refuses(target, value)
        {
            let place = Place { schema: pointer, ..place };
            return self.cause(target, value, place, depth + 1);
        }
        if let Some(Broken { keyword, detail, subject }) =
            keywords::broken(self.document.draft, members, value)
        {
            let quotes = keyword != "required";
            return Cause {
                subject,
                quotes,
                ..Cause::new(rules::of_keyword(keyword), place.keyword(keyword), detail)
            };
        }
        if let Some((inner, part, place)) = self.refused_part(schema, value, &place) {
            return self.cause_of_part(inner, part, place, depth);
        }
        for (index, part) in members.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            if self.refuses(part, value) {
                return self.cause(part, value, place.index("allOf", index), depth + 1);
            }
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = members.get(keyword).and_then(Value::as_array)
                && let Some(cause) = self.choice(keyword, branches, value, &place, depth)
            {
                return cause;
            }
        }
        self.remaining(schema, value, place, depth)
    }

    fn cause_of_part(&mut self, schema: &'d Value, part: &Value, place: Place, depth: usize) -> Cause {
        // An unknown field is reported by the object that contains it.
        let is_unknown = ["/additionalProperties", "/unevaluatedProperties"]
            .iter()
            .filter_map(|keyword| place.schema.strip_suffix(keyword))
            .any(|rest| !rest.ends_with("/properties"));
        if *schema != Value::Bool(false) || !is_unknown {
            return self.cause(schema, part, place, depth + 1);
        }
        let detail = format!("`{}` is not among the accepted fields", place.instance);
        let name = split_last(&place.instance).map(|(_, name)| name.into_owned());
        Cause { subject: name, ..Cause::new(&rules::FIELD_REFUSED.plain, place, detail) }
    }

    /// The target of a reference, with its pointer.
    fn target(&self, schema: &'d Value) -> Option<(&'d Value, String)> {
        ["$ref", "$recursiveRef", "$dynamicRef"].into_iter().find_map(|keyword| {
            let target = self.document.only_target(schema, keyword)?;
            Some((target, self.document.pointer_to(target, schema[keyword].as_str()?)))
        })
    }

    /// A property or an item that its subschema rejects.
    fn refused_part<'v>(
        &mut self,
        schema: &'d Value,
        value: &'v Value,
        place: &Place,
    ) -> Option<(&'d Value, &'v Value, Place)> {
        let draft = self.document.draft;
        let parts = parts::parts(draft, schema, value, &mut |pattern, name| self.matches(pattern, name));
        parts
            .into_iter()
            .find(|part| self.refuses(part.schema, part.value))
            .map(|part| (part.schema, part.value, place.member(&part.name, &part.keyword)))
    }

    /// Whether `text` matches `pattern`. `None` if the pattern is not supported.
    fn matches(&mut self, pattern: &str, text: &str) -> Option<bool> {
        let term = self.schemas.terms.pattern(pattern).ok()?;
        Some(self.schemas.terms.matches(term, text))
    }

    /// Why no branch, or more than one branch, accepts `value`. `None` if the choice accepts it.
    fn choice(
        &mut self,
        keyword: &str,
        branches: &'d [Value],
        value: &Value,
        place: &Place,
        depth: usize,
    ) -> Option<Cause> {
        let accepting = branches.iter().filter(|branch| !self.refuses(branch, value)).count();
        if accepting == 1 || (accepting > 1 && keyword == "anyOf") {
            return None;
        }
        if accepting > 1 {
            let detail = format!("{accepting} alternatives accept the value, expected one");
            return Some(Cause::new(&rules::VARIANT_AMBIGUOUS.plain, place.keyword(keyword), detail));
        }
        if let Some(name) = keywords::first_required_field(branches) {
            let detail = format!("`{name}` and its aliases are missing");
            let cause = Cause::new(rules::of_keyword("required"), place.keyword(keyword), detail);
            return Some(Cause { subject: Some(name.to_owned()), ..cause });
        }
        let tagged: Vec<usize> =
            (0..branches.len()).filter(|&index| self.is_tagged_for(&branches[index], value, 0)).collect();
        let complete: Vec<usize> =
            tagged.iter().copied().filter(|&index| self.has_required(&branches[index], value, 0)).collect();
        let meant = match (&tagged[..], &complete[..]) {
            ([only], _) | (_, [only]) => *only,
            _ => {
                let detail = format!("none of {} alternatives accepts the value", branches.len());
                let subject = keywords::variant_of(branches, value);
                return Some(Cause {
                    subject,
                    ..Cause::new(&rules::VARIANT_UNKNOWN.plain, place.keyword(keyword), detail)
                });
            }
        };
        Some(self.cause(&branches[meant], value, place.index(keyword, meant), depth + 1))
    }

    /// Whether `schema` has the type and the tags of `value`.
    fn is_tagged_for(&self, schema: &'d Value, value: &Value, depth: usize) -> bool {
        let Some(members) = schema.as_object() else { return schema == &Value::Bool(true) };
        keywords::tags_agree(members, value)
            && !keywords::type_or_value_differs(self.document.draft, members, value)
            && self.every_part(schema, depth, |part| self.is_tagged_for(part, value, depth + 1))
    }

    fn has_required(&self, schema: &'d Value, value: &Value, depth: usize) -> bool {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        required.filter_map(Value::as_str).all(|name| value.get(name).is_some())
            && self.every_part(schema, depth, |part| self.has_required(part, value, depth + 1))
    }

    /// Whether `holds` is true for the target of `schema` and for all schemas in its `allOf`.
    fn every_part(&self, schema: &'d Value, depth: usize, holds: impl Fn(&'d Value) -> bool) -> bool {
        let target = self.target(schema).map(|(target, _)| target).filter(|_| depth < 16);
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        target.into_iter().chain(parts).all(holds)
    }

    /// The value of a keyword that the draft has.
    fn keyword(&self, schema: &'d Value, keyword: &str) -> Option<&'d Value> {
        schema.get(keyword).filter(|_| self.document.draft.has(keyword))
    }

    /// The schema in `unevaluatedProperties`, and a field without which `schema` does not reject `value`.
    fn refused_unevaluated(&mut self, schema: &'d Value, value: &Value) -> Option<(&'d Value, String)> {
        let inner = self.keyword(schema, "unevaluatedProperties")?;
        let fields = value.as_object()?;
        let is_cause = |name: &&String| {
            let others = fields.iter().filter(|(other, _)| other != name);
            let others = others.map(|(name, value)| (name.clone(), value.clone())).collect();
            self.refuses(inner, &fields[*name]) && !self.refuses(schema, &Value::Object(others))
        };
        let name = fields.keys().find(is_cause)?.clone();
        Some((inner, name))
    }

    /// The keywords that are rarely the reason.
    fn remaining(&mut self, schema: &'d Value, value: &Value, place: Place, depth: usize) -> Cause {
        if let Some(condition) = self.keyword(schema, "if") {
            let key = if self.refuses(condition, value) { "else" } else { "then" };
            if let Some(branch) = schema.get(key)
                && self.refuses(branch, value)
            {
                return self.cause(branch, value, place.keyword(key), depth + 1);
            }
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            let schemas = self.keyword(schema, keyword).and_then(Value::as_object).into_iter().flatten();
            for (name, inner) in schemas.filter(|(name, _)| value.get(name).is_some()) {
                if self.refuses(inner, value) {
                    let keyword = format!("{keyword}/{}", escape(name));
                    let place = Place { schema: format!("{}/{keyword}", place.schema), ..place };
                    return self.cause(inner, value, place, depth + 1);
                }
            }
        }
        if let Some((inner, name)) = self.refused_unevaluated(schema, value) {
            let place = place.member(&name, "unevaluatedProperties");
            return self.cause_of_part(inner, &value[&name], place, depth);
        }
        let present = keywords::LAST.iter().copied().find(|key| self.keyword(schema, key).is_some());
        let keyword = present.unwrap_or_default();
        let place = if keyword.is_empty() { place } else { place.keyword(keyword) };
        let detail = format!("{} is refused", keywords::shorten(value));
        Cause { quotes: true, ..Cause::new(rules::of_keyword(keyword), place, detail) }
    }
}
