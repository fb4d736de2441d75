//! Finds the branches of a `oneOf` that exclude each other, so that "exactly one" becomes "one of".

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::arena::Schemas;
use super::node::{Kind, Kinds, Lit, Name, Node, ObjectAtom};
use super::values::Values;

/// How many pairs of overlapping branches one `oneOf` may have.
const MAX_OVERLAPS: usize = 100_000;

/// What is known about all values of a schema.
#[derive(Debug, Default)]
struct Shape {
    values: Option<Rc<Values>>,
    required: Vec<Name>,
    properties: Vec<(Name, Lit)>,
    /// The only names that an object may have.
    only: Option<Vec<Name>>,
}

/// The pairs of branches that may accept a common value. Branches of constants, of which there may be many thousands, are
/// paired only if they have a constant in common.
fn candidates(shapes: &[Shape]) -> impl Iterator<Item = (usize, usize)> {
    let (constants, others): (Vec<usize>, Vec<usize>) =
        (0..shapes.len()).partition(|&index| shapes[index].values.is_some());
    let mut with_value: HashMap<&Value, Vec<usize>> = HashMap::new();
    for &index in &constants {
        for value in shapes[index].values.iter().flat_map(|values| values.iter()) {
            with_value.entry(value).or_default().push(index);
        }
    }
    let same = with_value.into_values().flat_map(pairs);
    let mixed = others.clone().into_iter().flat_map(move |first| {
        constants.clone().into_iter().map(move |second| (first.min(second), first.max(second)))
    });
    pairs(others).chain(mixed).chain(same)
}

/// All pairs of two of `indices`.
fn pairs(indices: Vec<usize>) -> impl Iterator<Item = (usize, usize)> {
    let indices: Rc<[usize]> = indices.into();
    (0..indices.len()).flat_map(move |at| {
        let indices = Rc::clone(&indices);
        (at + 1..indices.len()).map(move |other| (indices[at], indices[other]))
    })
}

impl Schemas {
    /// For each of `branches`, the other branches that may accept a common value. `None` if there are too many.
    pub(super) fn overlaps(&mut self, branches: &[Lit]) -> Option<Vec<Vec<usize>>> {
        let shapes: Vec<Shape> = branches.iter().map(|&branch| self.shape(branch)).collect();
        let mut overlaps = vec![Vec::new(); branches.len()];
        let mut count = 0;
        for (first, second) in candidates(&shapes) {
            if self.disjoint((branches[first], &shapes[first]), (branches[second], &shapes[second])) {
                continue;
            }
            count += 1;
            if count > MAX_OVERLAPS {
                return None;
            }
            overlaps[first].push(second);
            overlaps[second].push(first);
        }
        Some(overlaps)
    }

    fn shape(&self, lit: Lit) -> Shape {
        let mut shape = Shape::default();
        self.add_to_shape(lit, &mut shape, 0);
        shape
    }

    fn add_to_shape(&self, lit: Lit, shape: &mut Shape, depth: usize) {
        if lit.negated() || depth > 8 {
            return;
        }
        match self.node(lit) {
            Node::And(lits) => lits.iter().for_each(|&lit| self.add_to_shape(lit, shape, depth + 1)),
            Node::Reference(id) => {
                if let Some(target) = self.target(*id) {
                    self.add_to_shape(target, shape, depth + 1);
                }
            }
            Node::Enum(values) => shape.values = Some(values.clone()),
            Node::Object(ObjectAtom::Required(name)) => shape.required.push(name.clone()),
            Node::Object(ObjectAtom::Property(name, lit)) => shape.properties.push((name.clone(), *lit)),
            Node::Object(ObjectAtom::Others(names, patterns, Lit::FALSE)) if patterns.is_empty() => {
                shape.only = Some(names.to_vec());
            }
            _ => {}
        }
    }

    fn disjoint(&mut self, (left, first): (Lit, &Shape), (right, second): (Lit, &Shape)) -> bool {
        let common = self.kinds(left).common(self.kinds(right));
        if common == Kinds::NONE {
            return true;
        }
        if let Some(values) = &first.values {
            return values.iter().all(|value| self.evaluate(right, value) == Some(false));
        }
        if let Some(values) = &second.values {
            return values.iter().all(|value| self.evaluate(left, value) == Some(false));
        }
        let objects = Kinds::only(Kind::Object);
        common.common(objects) == common
            && (self.tells_apart(first, second) || self.tells_apart(second, first))
    }

    /// Whether no object of `first` is valid for `second`, because of a property that `first` requires.
    fn tells_apart(&self, first: &Shape, second: &Shape) -> bool {
        first.required.iter().any(|name| {
            let forbidden = second.only.as_ref().is_some_and(|only| !only.contains(name));
            forbidden
                || second.properties.iter().any(|(other, theirs)| {
                    other == name && {
                        let mut ours = first.properties.iter().filter(|(other, _)| other == name);
                        *theirs == Lit::FALSE || ours.any(|(_, ours)| self.no_common_value(*ours, *theirs))
                    }
                })
        })
    }

    fn no_common_value(&self, left: Lit, right: Lit) -> bool {
        match (self.node(left), self.node(right)) {
            _ if left.negated() || right.negated() => false,
            (Node::Enum(left), Node::Enum(right)) => left.iter().all(|value| !right.contains(value)),
            _ => self.kinds(left).common(self.kinds(right)) == Kinds::NONE,
        }
    }
}
