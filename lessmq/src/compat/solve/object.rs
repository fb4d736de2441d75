//! Objects: required and allowed properties, and conditions on their names and values.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::branch::Branch;
use super::{Outcome, Solver};
use crate::compat::schema::{Decl, Lit, Name, Node, ObjectAtom, Reason};

/// The limit of patterns of property names. All combinations of them that a name can match are tried.
const MAX_PATTERNS: usize = 64;
/// Up to this number of patterns, combinations that no name can match are not recognized early.
const MAX_UNCHECKED_PATTERNS: usize = 3;
/// The limit of demands: properties that a schema describes but does not name.
const MAX_DEMANDS: usize = 32;
/// The limit of properties that are added to reach a `minProperties`.
const MAX_ADDED_PROPERTIES: u64 = 200;

/// The names and patterns with subschemas, and the literal for the values of all other properties.
type Others = (Rc<[Name]>, Rc<[Lit]>, Lit);

/// The object must have a property whose name satisfies `key` and whose value satisfies `value`.
#[derive(Debug, Clone)]
struct Demand {
    key: Vec<Lit>,
    value: Vec<Lit>,
}

#[derive(Debug, Default)]
struct Objects {
    required: BTreeSet<Name>,
    absent: BTreeSet<Name>,
    min: u64,
    max: Option<u64>,
    properties: BTreeMap<Name, Vec<Lit>>,
    matching: Vec<(Lit, Lit)>,
    others: Vec<Others>,
    names: Vec<Lit>,
    demands: Vec<Demand>,
    declared: Option<Decl>,
}

/// The properties of a candidate, with their additional literals.
type Chosen = BTreeMap<Name, Vec<Lit>>;

/// A name that no keyword mentions, with a value for it.
struct Fresh {
    name: Name,
    value: Value,
}

/// Property names that match the same patterns, as far as that is decided.
struct Region<'p> {
    /// The patterns that are not decided yet.
    patterns: &'p [Lit],
    /// What the names satisfy.
    key: Vec<Lit>,
    /// The patterns that they match.
    matched: Vec<Lit>,
}

impl Solver<'_> {
    pub(super) fn object(&mut self, branch: &Branch) -> Outcome {
        let objects = self.objects(branch);
        if objects.required.iter().any(|name| objects.absent.contains(name)) {
            return Outcome::Empty;
        }
        if objects.max.is_some_and(|max| max < objects.min.max(objects.required.len() as u64)) {
            return Outcome::Empty;
        }
        if objects.max == Some(0) && !objects.demands.is_empty() {
            return Outcome::Empty;
        }
        // Required properties are chosen first.
        let mut chosen = Chosen::new();
        for name in &objects.required {
            match self.key_allowed(&objects, name) {
                Some(false) => return Outcome::Empty,
                _ => chosen.insert(name.clone(), vec![]),
            };
        }
        let demands = objects.demands.clone();
        if demands.len() > MAX_DEMANDS {
            return Outcome::Unknown(
                None,
                "more than 32 required properties that are described only by a pattern".into(),
            );
        }
        self.place_demands(&objects, &demands, &chosen)
    }

    fn objects(&mut self, branch: &Branch) -> Objects {
        let mut objects = Objects::default();
        for &lit in &branch.atoms {
            let Node::Object(atom) = self.schemas.node(lit).clone() else { continue };
            if lit.negated() {
                self.add_negated(&mut objects, atom);
            } else {
                objects.add(atom);
            }
        }
        objects
    }

    fn add_negated(&mut self, objects: &mut Objects, atom: ObjectAtom) {
        match atom {
            ObjectAtom::MinProperties(min) => objects.at_most(min.saturating_sub(1)),
            ObjectAtom::MaxProperties(max) => objects.min = objects.min.max(max.saturating_add(1)),
            ObjectAtom::Required(name) => {
                objects.absent.insert(name);
            }
            ObjectAtom::Property(name, value) => {
                objects.properties.entry(name.clone()).or_default().push(!value);
                objects.required.insert(name);
            }
            ObjectAtom::Matching(key, value) => {
                objects.demands.push(Demand { key: vec![key], value: vec![!value] });
            }
            ObjectAtom::Others(names, patterns, value) => {
                let mut key: Vec<Lit> = patterns.iter().map(|&pattern| !pattern).collect();
                key.push(!self.one_of(names.iter()));
                objects.demands.push(Demand { key, value: vec![!value] });
            }
            ObjectAtom::Names(names) => objects.demands.push(Demand { key: vec![!names], value: vec![] }),
            ObjectAtom::Declares(_) => {}
        }
    }

    fn one_of<'n>(&mut self, names: impl Iterator<Item = &'n Name>) -> Lit {
        self.schemas.enumeration(names.map(|name| Value::from(&**name)).collect())
    }

    /// Assigns a property to each demand. Tries all assignments until one works.
    fn place_demands(&mut self, objects: &Objects, demands: &[Demand], chosen: &Chosen) -> Outcome {
        let Some((demand, rest)) = demands.split_first() else {
            return self.solve_properties(objects, chosen);
        };
        if !self.spend(1) {
            return Self::out_of_budget();
        }
        let mut best = Outcome::Empty;
        let known: BTreeSet<Name> = chosen.keys().cloned().chain(objects.mentioned()).collect();
        for name in known.iter().filter(|name| !objects.absent.contains(*name)) {
            if self.key_allowed(objects, name) == Some(false) {
                continue;
            }
            let key = Value::from(&**name);
            let fits = self.schemas.evaluate_all(&demand.key, &key);
            if fits == Some(false) {
                continue;
            }
            let mut chosen = chosen.clone();
            chosen.entry(name.clone()).or_default().extend(&demand.value);
            let outcome = self.place_demands(objects, rest, &chosen);
            best = best.or(if fits.is_none() { doubted(outcome) } else { outcome });
            if best.is_witness() {
                return best;
            }
        }
        match self.fresh(objects, demand, chosen.keys()) {
            Ok(Some(fresh)) => {
                let mut chosen = chosen.clone();
                chosen.insert(fresh.name, demand.value.clone());
                best = best.or(self.place_demands(objects, rest, &chosen));
                // Without a limit of properties, another name for this demand would not help the others.
                let may_share = objects.max.is_some() && !rest.is_empty();
                if may_share && matches!(best, Outcome::Empty) {
                    best = Outcome::Unknown(
                        None,
                        "several required properties that are described only by a pattern".into(),
                    );
                }
            }
            Ok(None) => {
                let mentioned: BTreeSet<Name> = objects.mentioned().collect();
                let has_invented = chosen.keys().any(|name| !mentioned.contains(name));
                if has_invented && !matches!(self.fresh(objects, demand, [].iter()), Ok(None)) {
                    best = best.or(Outcome::Unknown(
                        None,
                        "several required properties whose names match a pattern that few names match".into(),
                    ));
                }
            }
            Err(reason) => best = best.or(Outcome::Unknown(None, reason)),
        }
        best
    }

    /// After all demands have a property: finds the values, and adds properties if there are too few.
    fn solve_properties(&mut self, objects: &Objects, chosen: &Chosen) -> Outcome {
        if objects.max.is_some_and(|max| chosen.len() as u64 > max) {
            return Outcome::Empty;
        }
        let mut members = Map::new();
        let mut doubt: Option<Reason> = None;
        let mut names: Vec<(&Name, &Vec<Lit>)> = chosen.iter().collect();
        names.sort_by_key(|(name, extra)| {
            (extra.is_empty(), objects.properties.get(*name).map_or(0, Vec::len) < 2)
        });
        for (name, extra) in names {
            let lits = match self.value_lits(objects, name) {
                Ok(lits) => lits,
                Err(reason) => {
                    doubt = Some(reason);
                    vec![]
                }
            };
            if self.key_allowed(objects, name).is_none() {
                doubt.get_or_insert_with(|| "whether a property's name is allowed".into());
            }
            match self.solve(lits.into_iter().chain(extra.iter().copied())) {
                Outcome::Empty => return Outcome::Empty,
                Outcome::Witness(value) => {
                    members.insert(name.to_string(), value);
                }
                Outcome::Unknown(value, reason) => {
                    doubt = Some(reason);
                    members.insert(name.to_string(), value.unwrap_or(Value::Null));
                }
            }
        }
        match self.fill_up(objects, &mut members) {
            Ok(true) => {}
            Ok(false) => return Outcome::Empty,
            Err(reason) => doubt = Some(reason),
        }
        match doubt {
            None => Outcome::Witness(Value::Object(members)),
            Some(reason) => Outcome::Unknown(Some(Value::Object(members)), reason),
        }
    }

    /// Adds properties until `minProperties` is reached. Returns false if that is not possible.
    fn fill_up(&mut self, objects: &Objects, members: &mut Map<String, Value>) -> Result<bool, Reason> {
        let mut doubt = None;
        let mentioned: BTreeSet<Name> = objects.mentioned().collect();
        for name in &mentioned {
            if members.len() as u64 >= objects.min {
                return Ok(true);
            }
            let taken = objects.absent.contains(name) || members.contains_key(&**name);
            let allowed = if taken { Some(false) } else { self.key_allowed(objects, name) };
            if allowed != Some(true) {
                if allowed.is_none() {
                    doubt = Some(Reason::from("whether a property's name is allowed"));
                }
                continue;
            }
            match self.value_lits(objects, name).map(|lits| self.solve(lits)) {
                Ok(Outcome::Witness(value)) => {
                    members.insert(name.to_string(), value);
                }
                Ok(Outcome::Empty) => {}
                Ok(Outcome::Unknown(_, reason)) | Err(reason) => doubt = Some(reason),
            }
        }
        if objects.min.saturating_sub(members.len() as u64) > MAX_ADDED_PROPERTIES {
            return Err("a `minProperties` over 200".into());
        }
        while (members.len() as u64) < objects.min {
            let used: Vec<Name> = members.keys().map(|name| name.as_str().into()).collect();
            let anything = Demand { key: vec![], value: vec![] };
            let Some(fresh) = self.fresh(objects, &anything, used.iter())? else {
                return doubt.map_or(Ok(false), Err);
            };
            members.insert(fresh.name.to_string(), fresh.value);
        }
        Ok(true)
    }

    /// Whether a property with this name is allowed.
    fn key_allowed(&mut self, objects: &Objects, name: &Name) -> Option<bool> {
        let key = Value::from(&**name);
        let mut declared = Some(true);
        if let Some(decl) = objects.closed().filter(|decl| !decl.names.contains(name)) {
            let undeclared: Vec<Lit> = decl.patterns.iter().map(|&pattern| !pattern).collect();
            declared = self.schemas.evaluate_all(&undeclared, &key).map(|undeclared| !undeclared);
        }
        match (declared, self.schemas.evaluate_all(&objects.names, &key)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    /// The literals that the value of the property `name` must satisfy.
    fn value_lits(&mut self, objects: &Objects, name: &Name) -> Result<Vec<Lit>, Reason> {
        let key = Value::from(&**name);
        let mut lits = objects.properties.get(name).cloned().unwrap_or_default();
        let unknown = || Reason::from("a property name with a pattern that is not supported");
        for &(pattern, value) in &objects.matching {
            if self.schemas.evaluate(pattern, &key).ok_or_else(unknown)? {
                lits.push(value);
            }
        }
        for (names, patterns, value) in &objects.others {
            let mut covered = names.contains(name);
            for &pattern in patterns.iter() {
                covered |= self.schemas.evaluate(pattern, &key).ok_or_else(unknown)?;
            }
            if !covered {
                lits.push(*value);
            }
        }
        Ok(lits)
    }

    /// A new property that satisfies `demand`. Tries all combinations of the patterns.
    fn fresh<'n>(
        &mut self,
        objects: &Objects,
        demand: &Demand,
        used: impl Iterator<Item = &'n Name>,
    ) -> Result<Option<Fresh>, Reason> {
        let patterns = objects.patterns();
        if patterns.len() > MAX_PATTERNS {
            return Err("more than 64 patterns of property names".into());
        }
        let mentioned: BTreeSet<Name> = used.cloned().chain(objects.mentioned()).collect();
        let mut common = demand.key.clone();
        common.extend(&objects.names);
        common.push(!self.one_of(mentioned.iter()));
        common.push(self.schemas.types(super::Kinds::only(super::Kind::String)));
        let mut doubt = None;
        let mut remaining = vec![Region { patterns: &patterns, key: common, matched: vec![] }];
        while let Some(region) = remaining.pop() {
            let Some((&pattern, rest)) = region.patterns.split_last() else {
                match self.fresh_in(objects, demand, region) {
                    Ok(Some(fresh)) => return Ok(Some(fresh)),
                    Ok(None) => {}
                    Err(reason) => doubt = Some(reason),
                }
                continue;
            };
            if !self.spend(1) {
                return Err("the step limit is reached".into());
            }
            for matches in [true, false] {
                let mut key = region.key.clone();
                let mut matched = region.matched.clone();
                key.push(if matches { pattern } else { !pattern });
                matched.extend(matches.then_some(pattern));
                let is_checked = patterns.len() > MAX_UNCHECKED_PATTERNS && !rest.is_empty();
                if !is_checked || !matches!(self.solve(key.iter().copied()), Outcome::Empty) {
                    remaining.push(Region { patterns: rest, key, matched });
                }
            }
        }
        doubt.map_or(Ok(None), Err)
    }

    /// A new property in a region without undecided patterns.
    fn fresh_in(
        &mut self,
        objects: &Objects,
        demand: &Demand,
        Region { key, matched, .. }: Region<'_>,
    ) -> Result<Option<Fresh>, Reason> {
        let matches = |pattern: &Lit| matched.contains(pattern);
        if objects.closed().is_some_and(|decl| !decl.patterns.iter().any(matches)) {
            return Ok(None);
        }
        let mut value = demand.value.clone();
        value.extend(objects.matching.iter().filter(|(key, _)| matches(key)).map(|(_, value)| *value));
        for (_, keys, lit) in &objects.others {
            if !keys.iter().any(matches) {
                value.push(*lit);
            }
        }
        match (self.solve(key), self.solve(value)) {
            (Outcome::Empty, _) | (_, Outcome::Empty) => Ok(None),
            (Outcome::Witness(Value::String(name)), Outcome::Witness(value)) => {
                Ok(Some(Fresh { name: name.into(), value }))
            }
            (Outcome::Unknown(_, reason), _) | (_, Outcome::Unknown(_, reason)) => Err(reason),
            (Outcome::Witness(_), _) => Ok(None),
        }
    }
}

impl Objects {
    fn add(&mut self, atom: ObjectAtom) {
        match atom {
            ObjectAtom::MinProperties(min) => self.min = self.min.max(min),
            ObjectAtom::MaxProperties(max) => self.at_most(max),
            ObjectAtom::Required(name) => {
                self.required.insert(name);
            }
            ObjectAtom::Property(name, value) => self.properties.entry(name).or_default().push(value),
            ObjectAtom::Matching(key, value) => self.matching.push((key, value)),
            ObjectAtom::Others(names, patterns, value) => self.others.push((names, patterns, value)),
            ObjectAtom::Names(names) => self.names.push(names),
            ObjectAtom::Declares(decl) => match &mut self.declared {
                None => self.declared = Some((*decl).clone()),
                Some(known) => known.join(&decl),
            },
        }
    }

    fn at_most(&mut self, max: u64) {
        self.max = Some(self.max.map_or(max, |known| known.min(max)));
    }

    /// The declaration of a closed writer, unless a map allows all names.
    fn closed(&self) -> Option<&Decl> {
        self.declared.as_ref().filter(|decl| decl.closed && !decl.open)
    }

    /// All patterns that affect the value of a property.
    fn patterns(&self) -> Vec<Lit> {
        let declared = self.closed().into_iter().flat_map(|decl| decl.patterns.iter());
        let others = self.others.iter().flat_map(|(_, patterns, _)| patterns.iter());
        let mut patterns: Vec<Lit> =
            self.matching.iter().map(|(key, _)| key).chain(others).chain(declared).copied().collect();
        patterns.sort_unstable();
        patterns.dedup();
        patterns
    }

    /// All names that the keywords mention.
    fn mentioned(&self) -> impl Iterator<Item = Name> {
        let others = self.others.iter().flat_map(|(names, _, _)| names.iter());
        let declared = self.declared.iter().flat_map(|decl| decl.names.iter());
        self.properties
            .keys()
            .chain(&self.required)
            .chain(&self.absent)
            .chain(others)
            .chain(declared)
            .cloned()
    }
}

fn doubted(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Witness(value) => {
            Outcome::Unknown(Some(value), "the name of a property may match a pattern".into())
        }
        other => other,
    }
}
