//! Decides without a search whether a literal certainly fails in a branch.
//!
//! This makes tagged enums fast: the tag of the chosen variant refutes all other variants.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Solver;
use super::branch::Branch;
use crate::compat::schema::{Decl, Kind, Lit, Name, Node, ObjectAtom, Values};

/// The conditions of a branch on single properties.
#[derive(Debug, Default)]
pub(super) struct View {
    required: HashSet<Name>,
    absent: HashSet<Name>,
    /// The possible values of properties with an enumeration.
    values: HashMap<Name, Rc<Values>>,
    properties: HashMap<Name, Lit>,
    /// The only names that an object may have.
    only: Option<HashSet<Name>>,
}

impl View {
    fn narrow(&mut self, names: HashSet<Name>) {
        self.only = Some(match self.only.take() {
            Some(only) => only.intersection(&names).cloned().collect(),
            None => names,
        });
    }
}

impl Solver<'_> {
    /// The conditions of `branch`. `settled` says that no undecided choice can declare more properties of a closed writer.
    pub(super) fn view(&self, branch: &Branch, settled: bool) -> View {
        let mut view = View::default();
        let mut declared = Decl { names: vec![], patterns: vec![], closed: false, open: !settled };
        if branch.kind != Kind::Object {
            return view;
        }
        for &lit in &branch.atoms {
            match (self.schemas.node(lit), lit.negated()) {
                (Node::Object(ObjectAtom::Required(name)), false) => {
                    view.required.insert(name.clone());
                }
                (Node::Object(ObjectAtom::Required(name)), true) => {
                    view.absent.insert(name.clone());
                }
                (Node::Object(ObjectAtom::Property(name, Lit::FALSE)), false) => {
                    view.absent.insert(name.clone());
                }
                (Node::Object(ObjectAtom::Property(name, value)), false) => {
                    if let Node::Enum(values) = self.schemas.node(*value)
                        && !value.negated()
                    {
                        view.values.insert(name.clone(), values.clone());
                    }
                    view.properties.insert(name.clone(), *value);
                }
                (Node::Object(ObjectAtom::Property(name, _)), true) => {
                    view.required.insert(name.clone());
                }
                (Node::Object(ObjectAtom::Others(names, patterns, Lit::FALSE)), false)
                    if patterns.is_empty() =>
                {
                    view.narrow(names.iter().cloned().collect());
                }
                (Node::Object(ObjectAtom::Declares(decl)), false) => declared.join(decl),
                _ => {}
            }
        }
        if declared.closed && !declared.open && declared.patterns.is_empty() {
            view.narrow(declared.names.into_iter().collect());
        }
        view
    }

    /// Whether `lit` certainly fails for every value of the branch.
    pub(super) fn refutes(&mut self, branch: &Branch, view: &View, lit: Lit, depth: usize) -> bool {
        if !self.schemas.kinds(lit).has(branch.kind) || branch.known.contains(&!lit) {
            return true;
        }
        if depth > 8 || branch.known.contains(&lit) {
            return false;
        }
        match (self.schemas.node(lit).clone(), lit.negated()) {
            (Node::And(lits), false) => {
                lits.iter().any(|&inner| self.refutes(branch, view, inner, depth + 1))
            }
            (Node::And(lits), true) => {
                lits.iter().all(|&inner| self.refutes(branch, view, !inner, depth + 1))
            }
            (Node::Or(lits), false) => lits.iter().all(|&inner| self.refutes(branch, view, inner, depth + 1)),
            (Node::Or(lits), true) => lits.iter().any(|&inner| self.refutes(branch, view, !inner, depth + 1)),
            (Node::Reference(id), negated) => self
                .schemas
                .target(id)
                .is_some_and(|lit| self.refutes(branch, view, if negated { !lit } else { lit }, depth + 1)),
            (Node::Object(atom), negated) if branch.kind == Kind::Object => {
                self.refutes_atom(view, &atom, negated)
            }
            _ => false,
        }
    }

    fn refutes_atom(&mut self, view: &View, atom: &ObjectAtom, negated: bool) -> bool {
        let impossible = |name: &Name| {
            view.absent.contains(name) || view.only.as_ref().is_some_and(|only| !only.contains(name))
        };
        match atom {
            ObjectAtom::Required(name) if negated => view.required.contains(name),
            ObjectAtom::Required(name) => impossible(name),
            ObjectAtom::Property(name, value) => {
                if negated && impossible(name) {
                    return true;
                }
                let must_be_there = negated || view.required.contains(name);
                let wanted = if negated { !*value } else { *value };
                if !must_be_there {
                    return false;
                }
                if let Some(values) = view.values.get(name).cloned() {
                    return values.iter().all(|known| self.schemas.evaluate(wanted, known) == Some(false));
                }
                view.properties.get(name).is_some_and(|&known| {
                    known == !wanted || self.schemas.open_form(known).is_some_and(|open| open == !wanted)
                })
            }
            _ => false,
        }
    }
}
