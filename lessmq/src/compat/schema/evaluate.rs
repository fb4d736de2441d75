//! Evaluates a literal for a value. The result has three values, because opaque nodes are unknown.

use serde_json::{Map, Number, Value};

use super::super::decimal::Decimal;
use super::arena::Schemas;
use super::constants::canonical;
use super::documents::address;
use super::node::{ArrayAtom, Decl, Kind, Lit, Node, NumberAtom, ObjectAtom, StringAtom};

/// How deep schemas are evaluated by recursion, and how many references of one value are followed.
const MAX_DEPTH: usize = 100;

impl Schemas {
    /// Whether `value` satisfies `lit`. `None` if that cannot be decided, because an opaque node is involved.
    pub(crate) fn evaluate(&mut self, lit: Lit, value: &Value) -> Option<bool> {
        self.evaluated.clear();
        self.holds(lit, value, 0)
    }

    /// Whether `value` satisfies all of `lits`. `None` if that cannot be decided.
    pub(crate) fn evaluate_all(&mut self, lits: &[Lit], value: &Value) -> Option<bool> {
        self.evaluated.clear();
        let mut result = Some(true);
        for &lit in lits {
            match self.holds(lit, value, 0) {
                Some(false) => return Some(false),
                None => result = None,
                Some(true) => {}
            }
        }
        result
    }

    /// Whether an object that satisfies all of `lits` certainly has a property that no conjunct of a closed writer
    /// (see [`Reading::Typed`](crate::compat::Reading::Typed)) declares. If a conjunct is a choice, it could declare more, and the result is false.
    pub(crate) fn is_undeclared(&mut self, lits: &[Lit], value: &Value) -> bool {
        let Value::Object(members) = value else { return false };
        let mut declared = Decl { names: vec![], patterns: vec![], closed: false, open: false };
        let mut conjuncts = lits.to_vec();
        let mut references = 0;
        while let Some(lit) = conjuncts.pop() {
            match (self.node(lit), lit.negated()) {
                (Node::And(lits), false) => conjuncts.extend(lits.iter()),
                (Node::Object(ObjectAtom::Declares(decl)), false) => declared.join(decl),
                (Node::Or(_), false) | (Node::And(_), true) => return false,
                (Node::Reference(id), false) if references < MAX_DEPTH => {
                    references += 1;
                    conjuncts.extend(self.target(*id));
                }
                (Node::Reference(_), _) => return false,
                _ => {}
            }
        }
        let known = |name: &String| declared.names.iter().any(|known| **known == **name);
        let others: Vec<Value> =
            members.keys().filter(|name| !known(name)).map(|name| name.as_str().into()).collect();
        let matches_none = |schemas: &mut Self, name: &Value| {
            declared.patterns.iter().all(|&pattern| schemas.evaluate(pattern, name) == Some(false))
        };
        declared.closed && !declared.open && others.iter().any(|name| matches_none(self, name))
    }

    fn holds(&mut self, lit: Lit, value: &Value, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH {
            return None;
        }
        let holds = match self.node(lit) {
            // Without this, a value with two subschemas on every level would be evaluated 2^levels times.
            Node::And(_) | Node::Or(_) | Node::Reference(_) if value.is_object() || value.is_array() => {
                let key = (lit.positive(), address(value));
                match self.evaluated.get(&key) {
                    Some(&known) => known,
                    None => {
                        let holds = self.node_holds(lit, value, depth);
                        self.evaluated.insert(key, holds);
                        holds
                    }
                }
            }
            _ => self.node_holds(lit, value, depth),
        };
        holds.map(|holds| holds != lit.negated())
    }

    /// Whether the node of `lit`, not negated, holds.
    fn node_holds(&mut self, lit: Lit, value: &Value, depth: usize) -> Option<bool> {
        match self.node(lit).clone() {
            Node::True => Some(true),
            Node::Opaque(_) => None,
            Node::Types(kinds) => Some(kinds.has(Kind::of(value))),
            Node::Enum(values) => {
                let value = canonical(value);
                Some(values.contains(&value))
            }
            Node::And(lits) => self.quantify(lits.iter().map(|&lit| (lit, value)), true, depth),
            Node::Or(lits) => self.quantify(lits.iter().map(|&lit| (lit, value)), false, depth),
            Node::Reference(id) => self.holds(self.target(id)?, value, depth + 1),
            Node::Number(atom) => match value {
                Value::Number(number) => number_holds(atom, number),
                _ => Some(true),
            },
            Node::String(atom) => match value {
                Value::String(text) => Some(self.string_holds(atom, text)),
                _ => Some(true),
            },
            Node::Array(atom) => match value {
                Value::Array(items) => self.array_holds(atom, items, depth),
                _ => Some(true),
            },
            Node::Object(atom) => match value {
                Value::Object(members) => self.object_holds(&atom, members, depth),
                _ => Some(true),
            },
        }
    }

    /// Whether all pairs hold (`all`), or at least one pair.
    fn quantify<'v>(
        &mut self,
        pairs: impl Iterator<Item = (Lit, &'v Value)>,
        all: bool,
        depth: usize,
    ) -> Option<bool> {
        let mut result = Some(all);
        for (lit, value) in pairs {
            match self.holds(lit, value, depth + 1) {
                Some(holds) if holds != all => return Some(!all),
                Some(_) => {}
                None => result = None,
            }
        }
        result
    }

    fn string_holds(&mut self, atom: StringAtom, text: &str) -> bool {
        match atom {
            StringAtom::MinLength(min) => text.chars().count() as u64 >= min,
            StringAtom::MaxLength(max) => text.chars().count() as u64 <= max,
            StringAtom::Pattern(term) => self.terms.matches(term, text),
            StringAtom::Format(format) => format.accepts(text, &mut self.terms),
        }
    }

    fn array_holds(&mut self, atom: ArrayAtom, items: &[Value], depth: usize) -> Option<bool> {
        let length = items.len() as u64;
        match atom {
            ArrayAtom::MinItems(min) => Some(length >= min),
            ArrayAtom::MaxItems(max) => Some(length <= max),
            ArrayAtom::Item(index, lit) => {
                match usize::try_from(index).ok().and_then(|index| items.get(index)) {
                    Some(item) => self.holds(lit, item, depth + 1),
                    None => Some(true),
                }
            }
            ArrayAtom::ItemsFrom(index, lit) => {
                let skipped = usize::try_from(index).unwrap_or(usize::MAX);
                self.quantify(items.iter().skip(skipped).map(|item| (lit, item)), true, depth)
            }
            ArrayAtom::ContainsAtLeast(min, lit) => {
                let (sure, possible) = self.count(lit, items, depth);
                if sure >= min {
                    Some(true)
                } else if possible < min {
                    Some(false)
                } else {
                    None
                }
            }
            ArrayAtom::ContainsAtMost(max, lit) => {
                let (sure, possible) = self.count(lit, items, depth);
                if sure > max {
                    Some(false)
                } else if possible <= max {
                    Some(true)
                } else {
                    None
                }
            }
            ArrayAtom::Unique => Some(are_distinct(items)),
        }
    }

    /// How many items certainly, and how many possibly, satisfy `lit`.
    fn count(&mut self, lit: Lit, items: &[Value], depth: usize) -> (u64, u64) {
        let (mut sure, mut possible) = (0, 0);
        for item in items {
            let holds = self.holds(lit, item, depth + 1);
            sure += u64::from(holds == Some(true));
            possible += u64::from(holds != Some(false));
        }
        (sure, possible)
    }

    fn object_holds(
        &mut self,
        atom: &ObjectAtom,
        members: &Map<String, Value>,
        depth: usize,
    ) -> Option<bool> {
        match atom {
            ObjectAtom::MinProperties(min) => Some(members.len() as u64 >= *min),
            ObjectAtom::MaxProperties(max) => Some(members.len() as u64 <= *max),
            ObjectAtom::Required(name) => Some(members.contains_key(&**name)),
            ObjectAtom::Property(name, lit) => match members.get(&**name) {
                Some(value) => self.holds(*lit, value, depth + 1),
                None => Some(true),
            },
            ObjectAtom::Matching(key, lit) => self.each_member(members, &[], &[*key], true, *lit, depth),
            ObjectAtom::Others(names, keys, lit) => {
                self.each_member(members, names, keys, false, *lit, depth)
            }
            ObjectAtom::Names(lit) => {
                let names: Vec<Value> = members.keys().map(|name| Value::from(name.as_str())).collect();
                self.quantify(names.iter().map(|name| (*lit, name)), true, depth)
            }
            ObjectAtom::Declares(_) => Some(true),
        }
    }

    /// Whether `lit` holds for each member that matches one of `keys` (`matching`), or none of `keys` and `names`.
    fn each_member(
        &mut self,
        members: &Map<String, Value>,
        names: &[super::Name],
        keys: &[Lit],
        matching: bool,
        lit: Lit,
        depth: usize,
    ) -> Option<bool> {
        let mut result = Some(true);
        for (name, value) in members {
            if names.iter().any(|known| **known == **name) {
                continue;
            }
            let key = Value::from(name.as_str());
            let matched = self.quantify(keys.iter().map(|&lit| (lit, &key)), false, depth);
            if matched == Some(!matching) {
                continue;
            }
            match (matched, self.holds(lit, value, depth + 1)) {
                (_, Some(true)) => {}
                (Some(_), Some(false)) => return Some(false),
                _ => result = None,
            }
        }
        result
    }
}

fn number_holds(atom: NumberAtom, number: &Number) -> Option<bool> {
    let value = Decimal::from_number(number)?;
    match atom {
        NumberAtom::AtLeast(bound) => Some(value >= bound),
        NumberAtom::Above(bound) => Some(value > bound),
        NumberAtom::AtMost(bound) => Some(value <= bound),
        NumberAtom::Below(bound) => Some(value < bound),
        NumberAtom::MultipleOf(step) => value.is_multiple_of(step),
    }
}

/// Whether no two of `items` are equal. `1` and `1.0` are equal.
fn are_distinct(items: &[Value]) -> bool {
    let items: Vec<Value> = items.iter().map(canonical).collect();
    items.iter().enumerate().all(|(index, item)| !items[..index].contains(item))
}
