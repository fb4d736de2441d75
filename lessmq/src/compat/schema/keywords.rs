//! Compiles the keywords that apply to one type.

use serde_json::{Map, Value};

use super::super::decimal::Decimal;
use super::super::formats::{self, FormatId};
use super::compile::{Compiled, Compiler, Invalid, UnknownFormats, invalid, shorten};
use super::constants::canonical;
use super::node::{ArrayAtom, Decl, Kind, Kinds, Lit, Name, NumberAtom, ObjectAtom, StringAtom};
use crate::compat::options::Formats;

type Members = Map<String, Value>;
/// The atom of a keyword whose value is a number.
type Bound = fn(Decimal) -> NumberAtom;

impl<'d> Compiler<'_, 'd> {
    pub(super) fn atoms(
        &mut self,
        members: &'d Members,
        closed: bool,
        lits: &mut Vec<Lit>,
    ) -> Result<(), Invalid> {
        self.types(members, lits)?;
        self.constants(members, lits)?;
        self.numbers(members, lits)?;
        self.strings(members, lits)?;
        self.arrays(members, closed, lits)?;
        self.objects(members, closed, lits)
    }

    fn types(&mut self, members: &'d Members, lits: &mut Vec<Lit>) -> Result<(), Invalid> {
        let Some(value) = members.get("type") else { return Ok(()) };
        let names = match value {
            Value::Array(names) => names.as_slice(),
            single => std::slice::from_ref(single),
        };
        let (mut kinds, mut integer, mut number) = (Kinds::NONE, false, false);
        for name in names {
            let kind = match name.as_str() {
                Some("null") => Kind::Null,
                Some("boolean") => Kind::Boolean,
                Some("number") => {
                    number = true;
                    Kind::Number
                }
                Some("integer") => {
                    integer = true;
                    Kind::Number
                }
                Some("string") => Kind::String,
                Some("array") => Kind::Array,
                Some("object") => Kind::Object,
                _ => return invalid(format!("{} is not a type", shorten(name))),
            };
            kinds = kinds.union(Kinds::only(kind));
        }
        lits.push(self.schemas.types(kinds));
        if integer && !number {
            lits.push(self.schemas.number(NumberAtom::MultipleOf(Decimal::ONE)));
        }
        Ok(())
    }

    fn constants(&mut self, members: &'d Members, lits: &mut Vec<Lit>) -> Result<(), Invalid> {
        if let Some(value) = self.keyword(members, "const") {
            lits.push(self.schemas.enumeration(vec![canonical(value)]));
        }
        match members.get("enum") {
            None => {}
            Some(Value::Array(values)) => {
                let values = values.iter().map(canonical).collect();
                lits.push(self.schemas.enumeration(values));
            }
            Some(other) => return invalid(format!("`enum` is {}, not a list", shorten(other))),
        }
        Ok(())
    }

    fn numbers(&mut self, members: &'d Members, lits: &mut Vec<Lit>) -> Result<(), Invalid> {
        let atoms: [(&str, Bound); 5] = [
            ("minimum", NumberAtom::AtLeast),
            ("exclusiveMinimum", NumberAtom::Above),
            ("maximum", NumberAtom::AtMost),
            ("exclusiveMaximum", NumberAtom::Below),
            ("multipleOf", NumberAtom::MultipleOf),
        ];
        let has_flags = self.draft().has_exclusive_flags();
        let is_set = |flag: &str| has_flags && members.get(flag) == Some(&Value::Bool(true));
        for (key, atom) in atoms {
            let Some(value) = members.get(key).filter(|_| !has_flags || !key.starts_with("exclusive")) else {
                continue;
            };
            let atom = match key {
                "minimum" if is_set("exclusiveMinimum") => NumberAtom::Above,
                "maximum" if is_set("exclusiveMaximum") => NumberAtom::Below,
                _ => atom,
            };
            let number = value.as_number().and_then(Decimal::from_number);
            let positive = |number: &Decimal| key != "multipleOf" || number.is_positive();
            let Some(number) = number.filter(positive) else {
                return invalid(format!("`{key}` is {}", shorten(value)));
            };
            lits.push(self.schemas.number(atom(number)));
        }
        Ok(())
    }

    fn strings(&mut self, members: &'d Members, lits: &mut Vec<Lit>) -> Result<(), Invalid> {
        if let Some(min) = count(members, "minLength")? {
            lits.push(self.schemas.string(StringAtom::MinLength(min)));
        }
        if let Some(max) = count(members, "maxLength")? {
            lits.push(self.schemas.string(StringAtom::MaxLength(max)));
        }
        if let Some(value) = members.get("pattern") {
            let Some(pattern) = value.as_str() else {
                return invalid(format!("`pattern` is {}, not a string", shorten(value)));
            };
            lits.push(self.pattern(pattern));
        }
        if let Some(format) = members.get("format").and_then(Value::as_str)
            && self.formats == Formats::Assert
        {
            self.format(format, lits);
        }
        Ok(())
    }

    /// The strings that match `pattern`.
    pub(super) fn pattern(&mut self, pattern: &str) -> Lit {
        match self.schemas.terms.pattern(pattern) {
            Ok(term) => self.schemas.string(StringAtom::Pattern(term)),
            Err(why) => {
                let guard = self.schemas.types(Kinds::only(Kind::String));
                let opaque = self.schemas.opaque(format!("the pattern `{pattern}` is not supported: {why}"));
                self.schemas.or([!guard, opaque])
            }
        }
    }

    fn format(&mut self, format: &str, lits: &mut Vec<Lit>) {
        if let Some((min, max)) = formats::integer_range(format) {
            let atoms = [
                NumberAtom::AtLeast(Decimal::from_integer(min)),
                NumberAtom::AtMost(Decimal::from_integer(max)),
                NumberAtom::MultipleOf(Decimal::ONE),
            ];
            lits.extend(atoms.map(|atom| self.schemas.number(atom)));
        } else if let Some(id) = FormatId::named(format) {
            lits.push(self.schemas.string(StringAtom::Format(id)));
        } else if self.unknown_formats == UnknownFormats::Opaque && !formats::has_no_effect(format) {
            let guard = self.schemas.types(Kinds::only(Kind::String));
            let opaque = self.schemas.opaque(format!("the format `{format}` is unknown"));
            lits.push(self.schemas.or([!guard, opaque]));
        }
    }

    fn arrays(&mut self, members: &'d Members, closed: bool, lits: &mut Vec<Lit>) -> Result<(), Invalid> {
        if let Some(min) = count(members, "minItems")? {
            lits.push(self.schemas.array(ArrayAtom::MinItems(min)));
        }
        if let Some(max) = count(members, "maxItems")? {
            lits.push(self.schemas.array(ArrayAtom::MaxItems(max)));
        }
        if members.get("uniqueItems").and_then(Value::as_bool) == Some(true) {
            lits.push(self.schemas.array(ArrayAtom::Unique));
        }
        let first_items = self.draft().first_items();
        let listed = members.get("items").filter(|items| first_items == "items" && items.is_array());
        let prefix = match listed.or_else(|| self.keyword(members, "prefixItems")) {
            Some(value) => value
                .as_array()
                .map(Vec::as_slice)
                .ok_or_else(|| Invalid(format!("`prefixItems` is {}, not a list", shorten(value))))?,
            None => &[],
        };
        for (index, item) in (0..).zip(prefix) {
            let lit = self.atom(item, closed, |schemas, lit| schemas.array(ArrayAtom::Item(index, lit)))?;
            lits.push(lit);
        }
        let rest = if listed.is_some() { members.get("additionalItems") } else { members.get("items") };
        if let Some(rest) = rest {
            let from = prefix.len() as u64;
            let lit =
                self.atom(rest, closed, |schemas, lit| schemas.array(ArrayAtom::ItemsFrom(from, lit)))?;
            lits.push(lit);
        }
        if let Some(contains) = self.keyword(members, "contains") {
            let lit = self.inner(contains, closed)?;
            let draft = self.draft();
            let bound = |key| if draft.has(key) { count(members, key) } else { Ok(None) };
            let min = bound("minContains")?.unwrap_or(1);
            lits.push(self.schemas.array(ArrayAtom::ContainsAtLeast(min, lit)));
            if let Some(max) = bound("maxContains")? {
                let lit = self.inner(contains, false)?;
                lits.push(self.schemas.array(ArrayAtom::ContainsAtMost(max, lit)));
            }
        }
        Ok(())
    }

    /// The atom that `make` builds around a schema. For a closed schema, this also records the open form.
    pub(super) fn atom(
        &mut self,
        schema: &'d Value,
        closed: bool,
        make: impl Fn(&mut super::Schemas, Lit) -> Lit,
    ) -> Compiled {
        let lit = self.inner(schema, closed)?;
        let atom = make(self.schemas, lit);
        if closed {
            let open = self.inner(schema, false)?;
            let open = make(self.schemas, open);
            self.schemas.record_open_form(atom, open);
        }
        Ok(atom)
    }

    fn objects(&mut self, members: &'d Members, closed: bool, lits: &mut Vec<Lit>) -> Result<(), Invalid> {
        if let Some(min) = count(members, "minProperties")? {
            lits.push(self.schemas.object(ObjectAtom::MinProperties(min)));
        }
        if let Some(max) = count(members, "maxProperties")? {
            lits.push(self.schemas.object(ObjectAtom::MaxProperties(max)));
        }
        match members.get("required") {
            None => {}
            Some(Value::Array(names)) => lits.extend(self.required(names)?),
            Some(other) => return invalid(format!("`required` is {}, not a list", shorten(other))),
        }
        let mut names: Vec<Name> = Vec::new();
        for (name, schema) in entries(members, "properties")? {
            let name: Name = name.as_str().into();
            names.push(name.clone());
            let make =
                |schemas: &mut super::Schemas, lit| schemas.object(ObjectAtom::Property(name.clone(), lit));
            lits.push(self.atom(schema, closed, make)?);
        }
        let mut patterns: Vec<Lit> = Vec::new();
        for (pattern, schema) in entries(members, "patternProperties")? {
            let key = self.pattern(pattern);
            patterns.push(key);
            let lit =
                self.atom(schema, closed, |schemas, lit| schemas.object(ObjectAtom::Matching(key, lit)))?;
            lits.push(lit);
        }
        if let Some(schema) = members.get("additionalProperties") {
            let lit = self.atom(schema, closed, |schemas, lit| {
                schemas.object(ObjectAtom::Others(names.as_slice().into(), patterns.as_slice().into(), lit))
            })?;
            lits.push(lit);
        }
        if let Some(schema) = self.keyword(members, "propertyNames") {
            let lit = self.inner(schema, false)?;
            lits.push(self.schemas.object(ObjectAtom::Names(lit)));
        }
        let open = ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .filter_map(|key| self.keyword(members, key))
            .any(|schema| *schema != Value::Bool(false));
        let fields = members.contains_key("properties");
        if closed && (fields || open || !patterns.is_empty()) {
            let decl = Decl { names, patterns, closed: fields, open };
            lits.push(self.schemas.object(ObjectAtom::Declares(decl.into())));
        }
        Ok(())
    }

    pub(super) fn required(&mut self, names: &[Value]) -> Result<Vec<Lit>, Invalid> {
        let atom = |name: &Value| match name.as_str() {
            Some(name) => Ok(self.schemas.object(ObjectAtom::Required(name.into()))),
            None => invalid(format!("{} is not the name of a property", shorten(name))),
        };
        names.iter().map(atom).collect()
    }
}

fn entries<'d>(
    members: &'d Members,
    key: &str,
) -> Result<impl Iterator<Item = (&'d String, &'d Value)>, Invalid> {
    match members.get(key) {
        None => Ok(None.into_iter().flatten()),
        Some(Value::Object(entries)) => Ok(Some(entries).into_iter().flatten()),
        Some(other) => invalid(format!("`{key}` is {}, not an object", shorten(other))),
    }
}

/// A keyword whose value is a natural number. `3.0` is allowed.
fn count(members: &Members, key: &str) -> Result<Option<u64>, Invalid> {
    let Some(value) = members.get(key) else { return Ok(None) };
    let number = value.as_number().and_then(Decimal::from_number).and_then(Decimal::to_integer);
    match number.filter(|&number| number >= 0) {
        Some(number) => Ok(Some(u64::try_from(number).unwrap_or(u64::MAX))),
        None => invalid(format!("`{key}` is {}, not a count", shorten(value))),
    }
}
