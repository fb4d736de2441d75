//! Rewrites `unevaluatedProperties` and `unevaluatedItems` into plain atoms, case by case.
//!
//! Which properties are evaluated depends on which branches of `anyOf`, `if` and similar keywords the value satisfies.
//! Each combination of branches is one case: the literals that select it, and the properties and items that it
//! evaluates.

use serde_json::{Map, Value};

use super::compile::{Compiler, Invalid};
use super::node::{ArrayAtom, Kind, Kinds, Lit, Name, ObjectAtom};
use crate::compat::options::Draft;

/// The limit of cases of one schema. Each branch of an `anyOf` doubles their number.
const MAX_CASES: usize = 64;
/// How deep schemas that apply to the same value may nest.
const MAX_DEPTH: usize = 16;

/// The properties and items that one case evaluates.
#[derive(Debug, Clone, Default)]
struct Case {
    when: Vec<Lit>,
    names: Vec<Name>,
    patterns: Vec<Lit>,
    every_property: bool,
    items: u64,
    containing: Vec<Lit>,
    every_item: bool,
}

impl Case {
    fn joined(&self, other: &Self) -> Self {
        let mut case = self.clone();
        case.when.extend(&other.when);
        case.names.extend(other.names.iter().cloned());
        case.patterns.extend(&other.patterns);
        case.containing.extend(&other.containing);
        case.items = case.items.max(other.items);
        case.every_property |= other.every_property;
        case.every_item |= other.every_item;
        case
    }
}

/// `None` if there are too many cases.
type Cases = Option<Vec<Case>>;

impl<'d> Compiler<'_, 'd> {
    pub(super) fn unevaluated(
        &mut self,
        schema: &'d Value,
        members: &'d Map<String, Value>,
        closed: bool,
        lits: &mut Vec<Lit>,
    ) -> Result<(), Invalid> {
        let properties = self.keyword(members, "unevaluatedProperties");
        let items = self.keyword(members, "unevaluatedItems");
        if properties.is_none() && items.is_none() {
            return Ok(());
        }
        let Some(cases) = self.cases(schema, 0, true)? else {
            lits.push(self.schemas.unknown("`unevaluatedProperties` over too many combinations"));
            return Ok(());
        };
        if let Some(rest) = properties {
            let rest = self.inner(rest, closed)?;
            let make = |case: &Case| match case.every_property {
                true => None,
                false => Some(ObjectAtom::Others(
                    case.names.as_slice().into(),
                    case.patterns.as_slice().into(),
                    rest,
                )),
            };
            let mut alternatives = Vec::new();
            for case in &cases {
                let atom = make(case).map(|atom| self.schemas.object(atom));
                alternatives.push(self.schemas.and(case.when.iter().copied().chain(atom)));
            }
            lits.push(self.schemas.or(alternatives));
        }
        if let Some(rest) = items {
            let rest = self.inner(rest, closed)?;
            let mut alternatives = Vec::new();
            for case in cases.iter() {
                let item = self.schemas.or(case.containing.iter().copied().chain([rest]));
                let atom =
                    (!case.every_item).then(|| self.schemas.array(ArrayAtom::ItemsFrom(case.items, item)));
                alternatives.push(self.schemas.and(case.when.iter().copied().chain(atom)));
            }
            lits.push(self.schemas.or(alternatives));
        }
        Ok(())
    }

    /// The cases of `schema`. At the `top`, the unevaluated keywords of `schema` are left out, because they are being
    /// rewritten.
    fn cases(&mut self, schema: &'d Value, depth: usize, top: bool) -> Result<Cases, Invalid> {
        let Some(members) = schema.as_object() else { return Ok(Some(vec![Case::default()])) };
        if depth > MAX_DEPTH {
            return Ok(None);
        }
        let mut cases = vec![self.own_case(members, top)?];
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let Ok(target) = self.document.resolve(schema, reference) else { return Ok(None) };
            let Some(more) = self.cases(target, depth + 1, false)? else { return Ok(None) };
            cases = product(&cases, &more);
        }
        if ["$dynamicRef", "$recursiveRef"].iter().any(|keyword| self.keyword(members, keyword).is_some()) {
            return Ok(None);
        }
        for part in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let Some(more) = self.cases(part, depth + 1, false)? else { return Ok(None) };
            cases = product(&cases, &more);
        }
        if let Some(branches) = members.get("anyOf").and_then(Value::as_array) {
            for branch in branches {
                let fails = !self.schema(branch, false)?;
                let Some(more) = self.cases_if(branch, &[], Some(fails), depth)? else { return Ok(None) };
                cases = product(&cases, &more);
                if cases.len() > MAX_CASES {
                    return Ok(None);
                }
            }
        }
        if let Some(branches) = members.get("oneOf").and_then(Value::as_array) {
            let mut any = Vec::new();
            for branch in branches {
                let Some(more) = self.cases_if(branch, &[], None, depth)? else { return Ok(None) };
                any.extend(more);
            }
            cases = product(&cases, &any);
        }
        for more in [self.conditional_cases(members, depth)?, self.dependent_cases(members, depth)?] {
            let Some(more) = more else { return Ok(None) };
            cases = product(&cases, &more);
        }
        Ok(Some(cases).filter(|cases| cases.len() <= MAX_CASES))
    }

    fn own_case(&mut self, members: &'d Map<String, Value>, top: bool) -> Result<Case, Invalid> {
        let object = |key| members.get(key).and_then(Value::as_object).into_iter().flatten();
        let mut case = Case::default();
        case.names.extend(object("properties").map(|(name, _)| Name::from(name.as_str())));
        for (pattern, _) in object("patternProperties") {
            let pattern = self.pattern(pattern);
            case.patterns.push(pattern);
        }
        case.every_property = members.contains_key("additionalProperties")
            || (!top && members.contains_key("unevaluatedProperties"));
        let first = members.get(self.draft().first_items()).and_then(Value::as_array);
        case.items = first.map_or(0, |items| items.len() as u64);
        case.every_item = members.get("items").is_some_and(|items| !items.is_array())
            || self.keyword(members, "additionalItems").is_some_and(|_| first.is_some())
            || (!top && members.contains_key("unevaluatedItems"));
        // In draft 2019-09, `contains` does not evaluate items.
        if let Some(contains) = members.get("contains").filter(|_| self.draft() > Draft::Draft201909) {
            case.containing.push(self.inner(contains, false)?);
        }
        Ok(case)
    }

    /// The cases of `schema`, each also with the condition `when`; and the empty case with the condition `otherwise`.
    fn cases_if(
        &mut self,
        schema: &'d Value,
        when: &[Lit],
        otherwise: Option<Lit>,
        depth: usize,
    ) -> Result<Cases, Invalid> {
        let holds = self.schema(schema, false)?;
        let Some(mut cases) = self.cases(schema, depth + 1, false)? else { return Ok(None) };
        for case in &mut cases {
            case.when.push(holds);
            case.when.extend(when);
        }
        cases.extend(otherwise.map(|lit| Case { when: vec![lit], ..Case::default() }));
        Ok(Some(cases))
    }

    fn conditional_cases(&mut self, members: &'d Map<String, Value>, depth: usize) -> Result<Cases, Invalid> {
        let Some(condition) = members.get("if") else { return Ok(Some(vec![Case::default()])) };
        let fails = !self.schema(condition, false)?;
        let Some(mut cases) = self.cases_if(condition, &[], None, depth)? else { return Ok(None) };
        if let Some(then) = members.get("then") {
            let Some(more) = self.cases(then, depth + 1, false)? else { return Ok(None) };
            cases = product(&cases, &more);
        }
        let mut otherwise = vec![Case::default()];
        if let Some(schema) = members.get("else") {
            let Some(more) = self.cases(schema, depth + 1, false)? else { return Ok(None) };
            otherwise = more;
        }
        for mut case in otherwise {
            case.when.push(fails);
            cases.push(case);
        }
        Ok(Some(cases))
    }

    fn dependent_cases(&mut self, members: &'d Map<String, Value>, depth: usize) -> Result<Cases, Invalid> {
        let mut cases = vec![Case::default()];
        let schemas = members.get("dependentSchemas").and_then(Value::as_object);
        for (name, schema) in schemas.into_iter().flatten() {
            let object = self.schemas.types(Kinds::only(Kind::Object));
            let has = self.schemas.object(ObjectAtom::Required(name.as_str().into()));
            let has = self.schemas.and([object, has]);
            let Some(more) = self.cases_if(schema, &[has], Some(!has), depth)? else { return Ok(None) };
            cases = product(&cases, &more);
            if cases.len() > MAX_CASES {
                return Ok(None);
            }
        }
        Ok(Some(cases))
    }
}

fn product(left: &[Case], right: &[Case]) -> Vec<Case> {
    left.iter().flat_map(|first| right.iter().map(move |second| first.joined(second))).collect()
}
