//! Rewrites `unevaluatedProperties` and `unevaluatedItems` into plain atoms.
//!
//! Which properties are evaluated depends on which branches of `anyOf`, `if` and similar keywords the value satisfies. Each
//! keyword that evaluates properties or items is a source, with the conditions under which it counts. A property is
//! evaluated if the conditions of any of its sources hold. So each property that a source names has one condition, whatever
//! the number of branches.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::compile::{Compiler, Invalid};
use super::node::{ArrayAtom, Kind, Kinds, Lit, Name, ObjectAtom};
use crate::compat::options::Draft;

/// The limit of sources of one schema.
const MAX_SOURCES: usize = 2_000;
/// The limit of conditional sources that evaluate properties by a pattern, or items by `contains`. All combinations of them are
/// cases.
const MAX_CONDITIONS: usize = 6;
/// How deep schemas that apply to the same value may nest.
const MAX_DEPTH: usize = 16;
/// The limit of listed items.
const MAX_LISTED_ITEMS: u64 = 64;

/// Properties and items that one schema evaluates.
#[derive(Debug, Default)]
struct Source {
    /// The conditions, all of which must hold.
    when: Vec<Lit>,
    names: BTreeSet<Name>,
    patterns: Vec<Lit>,
    every_property: bool,
    /// The number of items.
    items: u64,
    containing: Option<Lit>,
    every_item: bool,
}

/// The sources that have the same conditions.
#[derive(Debug)]
struct Group {
    when: Lit,
    /// The patterns of properties, or what evaluated items satisfy.
    parts: Vec<Lit>,
    every: bool,
}

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
        let mut sources = Vec::new();
        if !self.add_sources(schema, &[], 0, &mut sources)? {
            lits.push(self.schemas.unknown("`unevaluatedProperties` over too many or unknown schemas"));
            return Ok(());
        }
        if let Some(rest) = properties {
            let rest = self.inner(rest, closed)?;
            self.unevaluated_properties(&sources, rest, lits);
        }
        if let Some(rest) = items {
            let rest = self.inner(rest, closed)?;
            self.unevaluated_items(&sources, rest, lits);
        }
        Ok(())
    }

    /// Every property that no source evaluates satisfies `rest`.
    fn unevaluated_properties(&mut self, sources: &[Source], rest: Lit, lits: &mut Vec<Lit>) {
        let names: BTreeSet<Name> = sources.iter().flat_map(|source| source.names.iter().cloned()).collect();
        for name in &names {
            let property = self.schemas.object(ObjectAtom::Property(name.clone(), rest));
            let mut options = vec![property];
            let key = Value::from(&**name);
            let mut is_evaluated = false;
            for source in sources {
                let mut matches = Some(source.every_property || source.names.contains(name));
                for &pattern in &source.patterns {
                    if matches != Some(true) {
                        let found = self.schemas.evaluate(pattern, &key);
                        matches = if found == Some(true) { found } else { matches.and(found) };
                    }
                }
                let mut when = source.when.clone();
                match matches {
                    Some(false) => continue,
                    Some(true) => {}
                    None => {
                        when.push(self.schemas.unknown("whether a pattern matches the name of a property"))
                    }
                }
                is_evaluated |= when.is_empty();
                options.push(self.schemas.and(when));
            }
            if !is_evaluated {
                lits.push(self.schemas.or(options));
            }
        }
        let names: Vec<Name> = names.into_iter().collect();
        let part = |source: &Source| (source.patterns.clone(), source.every_property);
        let atom = |compiler: &mut Self, patterns: &[Lit]| {
            let atom = ObjectAtom::Others(names.as_slice().into(), patterns.into(), rest);
            compiler.schemas.object(atom)
        };
        lits.extend(self.cases(sources, part, atom));
    }

    /// Every item that no source evaluates satisfies `rest`.
    fn unevaluated_items(&mut self, sources: &[Source], rest: Lit, lits: &mut Vec<Lit>) {
        let listed = sources.iter().map(|source| source.items).max().unwrap_or(0);
        if listed > MAX_LISTED_ITEMS {
            lits.push(self.schemas.unknown("`unevaluatedItems` next to more than 64 listed items"));
            return;
        }
        for index in 0..listed {
            let mut options = vec![self.schemas.array(ArrayAtom::Item(index, rest))];
            let mut is_evaluated = false;
            for source in sources {
                if source.every_item || source.items > index {
                    is_evaluated |= source.when.is_empty();
                    options.push(self.schemas.and(source.when.iter().copied()));
                } else if let Some(containing) = source.containing {
                    let item = self.schemas.array(ArrayAtom::Item(index, containing));
                    options.push(self.schemas.and(source.when.iter().copied().chain([item])));
                }
            }
            if !is_evaluated {
                lits.push(self.schemas.or(options));
            }
        }
        let part = |source: &Source| (source.containing.into_iter().collect(), source.every_item);
        let atom = |compiler: &mut Self, containing: &[Lit]| {
            let item = compiler.schemas.or(containing.iter().copied().chain([rest]));
            compiler.schemas.array(ArrayAtom::ItemsFrom(listed, item))
        };
        lits.extend(self.cases(sources, part, atom));
    }

    /// The condition on the properties or items that no source names. More sources make `atom` weaker, so a case needs no
    /// condition on the sources that it leaves out. `None` if every part is evaluated.
    fn cases(
        &mut self,
        sources: &[Source],
        part: impl Fn(&Source) -> (Vec<Lit>, bool),
        atom: impl Fn(&mut Self, &[Lit]) -> Lit,
    ) -> Option<Lit> {
        let mut always: Vec<Lit> = Vec::new();
        let mut groups: BTreeMap<Vec<Lit>, (Vec<Lit>, bool)> = BTreeMap::new();
        for source in sources {
            let (parts, every) = part(source);
            match (source.when.is_empty(), every) {
                (true, true) => return None,
                (true, false) => always.extend(parts),
                (false, _) if every || !parts.is_empty() => {
                    let mut when = source.when.clone();
                    when.sort_unstable();
                    let (known, all) = groups.entry(when).or_default();
                    known.extend(parts);
                    *all |= every;
                }
                (false, _) => {}
            }
        }
        let to_group = |(when, (parts, every))| Group { when: self.schemas.and(when), parts, every };
        let groups: Vec<Group> = groups.into_iter().map(to_group).collect();
        let (complete, partial): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(|group| group.every);
        if partial.len() > MAX_CONDITIONS {
            return Some(self.schemas.unknown("`unevaluatedProperties` over too many combinations"));
        }
        let mut options: Vec<Lit> = complete.into_iter().map(|group| group.when).collect();
        for chosen in 0..1_u32 << partial.len() {
            let chosen = || {
                partial.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0).map(|(_, group)| group)
            };
            let mut parts = always.clone();
            parts.extend(chosen().flat_map(|group| &group.parts));
            let atom = atom(self, &parts);
            options.push(self.schemas.and(chosen().map(|group| group.when).chain([atom])));
        }
        Some(self.schemas.or(options))
    }

    /// Adds the sources in `schema`, which applies under the conditions `when`. At depth 0, the unevaluated keywords are left
    /// out, because they are being rewritten. Returns false if there are too many, or if a reference has no known target.
    fn add_sources(
        &mut self,
        schema: &'d Value,
        when: &[Lit],
        depth: usize,
        sources: &mut Vec<Source>,
    ) -> Result<bool, Invalid> {
        let Some(members) = schema.as_object() else { return Ok(true) };
        if depth > MAX_DEPTH || sources.len() > MAX_SOURCES {
            return Ok(false);
        }
        self.in_scope_of(schema, |compiler| compiler.add_sources_of(schema, members, when, depth, sources))
    }

    fn add_sources_of(
        &mut self,
        schema: &'d Value,
        members: &'d Map<String, Value>,
        when: &[Lit],
        depth: usize,
        sources: &mut Vec<Source>,
    ) -> Result<bool, Invalid> {
        let Some(targets) = self.targets(schema, members) else { return Ok(false) };
        let is_reference = !targets.is_empty();
        for target in targets {
            let add = |compiler: &mut Self, schema| compiler.add_sources(schema, when, depth + 1, sources);
            if !self.at_target(target, add)? {
                return Ok(false);
            }
        }
        if is_reference && self.draft().has_ref_alone() {
            return Ok(true);
        }
        sources.push(self.source(members, when, depth == 0)?);
        for part in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            if !self.add_sources(part, when, depth + 1, sources)? {
                return Ok(false);
            }
        }
        for keyword in ["anyOf", "oneOf"] {
            for branch in members.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                let holds = self.schema(branch, false)?;
                if !self.add_sources(branch, &and(when, &[holds]), depth + 1, sources)? {
                    return Ok(false);
                }
            }
        }
        Ok(self.add_conditional(members, when, depth, sources)?
            && self.add_dependent(members, when, depth, sources)?)
    }

    /// What the keywords of one schema evaluate by themselves.
    fn source(
        &mut self,
        members: &'d Map<String, Value>,
        when: &[Lit],
        top: bool,
    ) -> Result<Source, Invalid> {
        let object = |key| members.get(key).and_then(Value::as_object).into_iter().flatten();
        let names = object("properties").map(|(name, _)| Name::from(name.as_str())).collect();
        let patterns = object("patternProperties").map(|(pattern, _)| self.pattern(pattern)).collect();
        let has_rest = |compiler: &Self, keyword| !top && compiler.keyword(members, keyword).is_some();
        let first = members.get(self.draft().first_items()).and_then(Value::as_array);
        // In draft 2019-09, `contains` does not evaluate items.
        let contains = members.get("contains").filter(|_| self.draft() > Draft::Draft201909);
        Ok(Source {
            when: when.to_vec(),
            names,
            patterns,
            every_property: members.contains_key("additionalProperties")
                || has_rest(self, "unevaluatedProperties"),
            items: first.map_or(0, |items| items.len() as u64),
            every_item: members.get("items").is_some_and(|items| !items.is_array())
                || self.keyword(members, "additionalItems").is_some_and(|_| first.is_some())
                || has_rest(self, "unevaluatedItems"),
            containing: contains.map(|contains| self.inner(contains, false)).transpose()?,
        })
    }

    fn add_conditional(
        &mut self,
        members: &'d Map<String, Value>,
        when: &[Lit],
        depth: usize,
        sources: &mut Vec<Source>,
    ) -> Result<bool, Invalid> {
        let Some(condition) = members.get("if") else { return Ok(true) };
        let holds = self.schema(condition, false)?;
        for (schema, lit) in
            [(Some(condition), holds), (members.get("then"), holds), (members.get("else"), !holds)]
        {
            if let Some(schema) = schema
                && !self.add_sources(schema, &and(when, &[lit]), depth + 1, sources)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn add_dependent(
        &mut self,
        members: &'d Map<String, Value>,
        when: &[Lit],
        depth: usize,
        sources: &mut Vec<Source>,
    ) -> Result<bool, Invalid> {
        let schemas = self.keyword(members, "dependentSchemas").and_then(Value::as_object);
        for (name, schema) in schemas.into_iter().flatten() {
            let object = self.schemas.types(Kinds::only(Kind::Object));
            let has = self.schemas.object(ObjectAtom::Required(name.as_str().into()));
            if !self.add_sources(schema, &and(when, &[object, has]), depth + 1, sources)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn and(when: &[Lit], more: &[Lit]) -> Vec<Lit> {
    when.iter().chain(more).copied().collect()
}
