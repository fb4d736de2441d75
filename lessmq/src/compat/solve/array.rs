//! Arrays: their length, conditions on each position, and conditions that at least one item must satisfy.

use std::collections::BTreeSet;

use serde_json::Value;

use super::branch::Branch;
use super::{Outcome, Solver};
use crate::compat::schema::{ArrayAtom, Lit, Node, Reason, canonical};

/// The length limit of arrays whose items are solved one by one.
const MAX_SOLVED_ITEMS: usize = 64;
/// The longest array that is built by repeating an item.
const MAX_REPEATED_ITEMS: u64 = 20_000;

/// At least one item must satisfy `lit`: any item from index `from` on, or the item at `from` if `exact`.
#[derive(Debug, Clone, Copy)]
struct Demand {
    from: usize,
    exact: bool,
    lit: Lit,
    /// Different items satisfy the demands of one group.
    group: usize,
}

#[derive(Debug, Default)]
struct Arrays {
    /// The minimum length.
    min: u64,
    /// The maximum length. `None` without a limit.
    max: Option<u64>,
    /// Conditions on the item at an index.
    at: Vec<(usize, Lit)>,
    /// Conditions on all items from an index on.
    from: Vec<(usize, Lit)>,
    demands: Vec<Demand>,
    groups: usize,
    at_most: Vec<(u64, Lit)>,
    unique: bool,
    repeated: bool,
    /// Whether a bound is too large to try every item.
    overflow: bool,
}

/// The literals that one item must satisfy.
type Slot = Vec<Lit>;

impl Solver<'_> {
    pub(super) fn array(&mut self, branch: &Branch) -> Outcome {
        let mut arrays = Arrays::default();
        for &lit in &branch.atoms {
            if let Node::Array(atom) = *self.schemas.node(lit) {
                arrays.add(atom, lit.negated());
            }
        }
        if arrays.max.is_some_and(|max| max < arrays.min) || (arrays.unique && arrays.repeated) {
            return Outcome::Empty;
        }
        if arrays.overflow || arrays.prefix() > MAX_SOLVED_ITEMS || arrays.demands.len() > MAX_SOLVED_ITEMS {
            return Outcome::Unknown(None, "arrays with conditions on more than 64 items".into());
        }
        self.by_length(&arrays)
    }

    /// Tries all lengths up to the one from which another item makes no difference.
    fn by_length(&mut self, arrays: &Arrays) -> Outcome {
        let spare = arrays.prefix() + arrays.demands.len() + if arrays.repeated { 2 } else { 0 };
        let least = usize::try_from(arrays.min).unwrap_or(usize::MAX);
        let most = arrays.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
        if arrays.min > MAX_REPEATED_ITEMS {
            return Outcome::Unknown(None, "an array of more than 20,000 items".into());
        }
        let mut best = Outcome::Empty;
        for length in least..=spare.max(least).min(most) {
            if !self.spend(1) {
                return Self::out_of_budget();
            }
            // One more item represents all items that follow.
            let looked_at = length.min(spare + 1);
            if length > looked_at
                && (arrays.unique || !arrays.at_most.is_empty())
                && length > MAX_SOLVED_ITEMS
            {
                return Outcome::Unknown(None, "more than 64 items that depend on each other".into());
            }
            let depends = arrays.unique || !arrays.at_most.is_empty();
            let slots = if depends { length } else { looked_at };
            let slots: Vec<Slot> = (0..slots).map(|index| arrays.slot(index)).collect();
            best = best.or(self.place_items(arrays, &arrays.demands, slots, &mut vec![], length));
            if best.is_witness() {
                break;
            }
        }
        best
    }

    /// Assigns an item to each demand. Tries all assignments until one works.
    fn place_items(
        &mut self,
        arrays: &Arrays,
        demands: &[Demand],
        slots: Vec<Slot>,
        taken: &mut Vec<(usize, usize)>,
        length: usize,
    ) -> Outcome {
        if !self.spend(1) {
            return Self::out_of_budget();
        }
        let Some((demand, rest)) = demands.split_first() else { return self.bounded(arrays, slots, length) };
        let mut best = Outcome::Empty;
        let mut tried: BTreeSet<Slot> = BTreeSet::new();
        for index in demand.from..slots.len() {
            if (demand.exact && index != demand.from) || taken.contains(&(demand.group, index)) {
                continue;
            }
            // Items with the same literals are interchangeable, unless a demand uses this one already.
            let in_use = taken.iter().any(|(_, used)| *used == index);
            if !in_use && index >= arrays.prefix() && !tried.insert(slots[index].clone()) {
                continue;
            }
            let mut slots = slots.clone();
            slots[index].push(demand.lit);
            taken.push((demand.group, index));
            best = best.or(self.place_items(arrays, rest, slots, taken, length));
            taken.pop();
            if best.is_witness() {
                break;
            }
        }
        best
    }

    /// Applies `maxContains`: all but a few items must not match.
    fn bounded(&mut self, arrays: &Arrays, mut slots: Vec<Slot>, length: usize) -> Outcome {
        let mut inexact = false;
        for &(max, lit) in &arrays.at_most {
            let mut free = max;
            let mut shut_out = 0;
            for slot in &mut slots {
                let without = self.solve(slot.iter().copied().chain([!lit]));
                if matches!(without, Outcome::Empty) && free > 0 {
                    free -= 1;
                } else {
                    slot.push(!lit);
                    shut_out += 1;
                }
            }
            inexact |=
                max > 0 && shut_out > 0 && (arrays.at_most.len() > 1 || arrays.unique || arrays.repeated);
        }
        let outcome = if arrays.repeated {
            self.with_repeat(&slots, length)
        } else {
            self.fill_slots(arrays, &slots, length)
        };
        match outcome {
            Outcome::Empty if inexact => {
                Outcome::Unknown(None, "several bounds on the items that an array contains".into())
            }
            outcome => outcome,
        }
    }

    /// Makes two of the items equal.
    fn with_repeat(&mut self, slots: &[Slot], length: usize) -> Outcome {
        let mut best = Outcome::Empty;
        for second in 1..slots.len() {
            for first in 0..second {
                let both: Slot = slots[first].iter().chain(&slots[second]).copied().collect();
                let shared = match self.solve(both) {
                    Outcome::Empty => continue,
                    Outcome::Witness(value) => value,
                    Outcome::Unknown(value, reason) => {
                        best =
                            best.or(Outcome::Unknown(value.map(|value| Value::from(vec![value; 2])), reason));
                        continue;
                    }
                };
                let shared = self.schemas.enumeration(vec![shared]);
                let mut slots = slots.to_vec();
                slots[first].push(shared);
                slots[second].push(shared);
                best = best.or(self.fill_each(&slots, length));
                if best.is_witness() {
                    return best;
                }
            }
        }
        best
    }

    fn fill_slots(&mut self, arrays: &Arrays, slots: &[Slot], length: usize) -> Outcome {
        if arrays.unique && slots.len() > 1 {
            self.fill_distinct(slots)
        } else {
            self.fill_each(slots, length)
        }
    }

    /// A value for each slot. Further items repeat the last one.
    fn fill_each(&mut self, slots: &[Slot], length: usize) -> Outcome {
        let mut items = Vec::with_capacity(length);
        let mut doubt: Option<Reason> = None;
        for slot in slots {
            match self.solve(slot.iter().copied()) {
                Outcome::Empty => return Outcome::Empty,
                Outcome::Witness(value) => items.push(value),
                Outcome::Unknown(value, reason) => {
                    doubt = Some(reason);
                    items.push(value.unwrap_or(Value::Null));
                }
            }
        }
        if let Some(last) = items.last().cloned() {
            items.resize(length, last);
        }
        match doubt {
            None => Outcome::Witness(Value::Array(items)),
            Some(reason) => Outcome::Unknown(Some(Value::Array(items)), reason),
        }
    }

    /// Different values for all slots. If each slot has as many candidates as there are slots, there is a solution
    /// (Hall's theorem).
    fn fill_distinct(&mut self, slots: &[Slot]) -> Outcome {
        let mut options: Vec<Vec<Value>> = Vec::with_capacity(slots.len());
        let mut doubt: Option<Reason> = None;
        for slot in slots {
            let mut values: Vec<Value> = Vec::new();
            while values.len() < slots.len() {
                let others = self.schemas.enumeration(values.clone());
                match self.solve(slot.iter().copied().chain([!others])) {
                    Outcome::Empty => break,
                    Outcome::Witness(value) => {
                        let value = canonical(&value);
                        if values.contains(&value) {
                            doubt = Some("an array may have more different items".into());
                            break;
                        }
                        values.push(value);
                    }
                    Outcome::Unknown(_, reason) => {
                        doubt = Some(reason);
                        break;
                    }
                }
            }
            options.push(values);
        }
        match self.assign(&options, &mut vec![]) {
            Some(items) => Outcome::Witness(Value::Array(items)),
            None if !self.spend(1) => Self::out_of_budget(),
            None => doubt.map_or(Outcome::Empty, |reason| Outcome::Unknown(None, reason)),
        }
    }

    /// One value out of each of `options`, all different.
    fn assign(&mut self, options: &[Vec<Value>], chosen: &mut Vec<Value>) -> Option<Vec<Value>> {
        let Some(values) = options.get(chosen.len()) else { return Some(chosen.clone()) };
        for value in values {
            if !self.spend(1) {
                return None;
            }
            if !chosen.contains(value) {
                chosen.push(value.clone());
                let found = self.assign(options, chosen);
                if found.is_some() {
                    return found;
                }
                chosen.pop();
            }
        }
        None
    }
}

impl Arrays {
    fn add(&mut self, atom: ArrayAtom, negated: bool) {
        let overflow = |index: u64| index > MAX_SOLVED_ITEMS as u64;
        let index = |index: u64| usize::try_from(index).unwrap_or(usize::MAX);
        match (atom, negated) {
            (ArrayAtom::MinItems(min), false) => self.min = self.min.max(min),
            (ArrayAtom::MinItems(min), true) => self.at_most_items(min.saturating_sub(1)),
            (ArrayAtom::MaxItems(max), false) => self.at_most_items(max),
            (ArrayAtom::MaxItems(max), true) => self.min = self.min.max(max.saturating_add(1)),
            (ArrayAtom::Item(at, lit), _) => {
                self.overflow |= overflow(at);
                if negated {
                    self.demand(index(at), true, !lit, 1);
                } else {
                    self.at.push((index(at), lit));
                }
            }
            (ArrayAtom::ItemsFrom(from, lit), _) => {
                self.overflow |= overflow(from);
                if negated {
                    self.demand(index(from), false, !lit, 1);
                } else {
                    self.from.push((index(from), lit));
                }
            }
            (ArrayAtom::ContainsAtLeast(min, lit), false) => {
                self.overflow |= overflow(min);
                self.demand(0, false, lit, min);
            }
            (ArrayAtom::ContainsAtLeast(min, lit), true) => self.at_most.push((min.saturating_sub(1), lit)),
            (ArrayAtom::ContainsAtMost(max, lit), false) => self.at_most.push((max, lit)),
            (ArrayAtom::ContainsAtMost(max, lit), true) => {
                self.overflow |= overflow(max);
                self.demand(0, false, lit, max.saturating_add(1));
            }
            (ArrayAtom::Unique, false) => self.unique = true,
            (ArrayAtom::Unique, true) => self.repeated = true,
        }
    }

    fn demand(&mut self, from: usize, exact: bool, lit: Lit, times: u64) {
        self.groups += 1;
        let demand = Demand { from, exact, lit, group: self.groups };
        for _ in 0..times.min(MAX_SOLVED_ITEMS as u64 + 1) {
            self.demands.push(demand);
        }
    }

    fn at_most_items(&mut self, max: u64) {
        self.max = Some(self.max.map_or(max, |known| known.min(max)));
    }

    /// The index from which all items have the same literals.
    fn prefix(&self) -> usize {
        let at = self.at.iter().map(|(index, _)| index + 1);
        let exact = self.demands.iter().filter(|demand| demand.exact).map(|demand| demand.from + 1);
        let from = self.from.iter().map(|(index, _)| *index);
        let demands = self.demands.iter().map(|demand| demand.from);
        at.chain(exact).chain(from).chain(demands).max().unwrap_or(0)
    }

    fn slot(&self, index: usize) -> Slot {
        let at = self.at.iter().filter(|(at, _)| *at == index).map(|(_, lit)| *lit);
        at.chain(self.from.iter().filter(|(from, _)| *from <= index).map(|(_, lit)| *lit)).collect()
    }
}
