//! Solves one goal for a fixed type. Conjunctions are split, and each option of a disjunction is a branch. The solver
//! of the type then gets the remaining atoms, which are all of that type.

use std::rc::Rc;

use serde_json::Value;

use super::{Outcome, Solver};
use crate::compat::hash::NumberSet;
use crate::compat::schema::{Kind, Lit, Node, Reason, Values};

/// A partly explored conjunction.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) kind: Kind,
    /// The conditions of `kind` that are known to hold.
    pub(super) atoms: Vec<Lit>,
    /// Every literal that is known to hold, with the open forms of closed ones.
    pub(super) known: NumberSet<Lit>,
    /// The literals whose parts are in the branch. An open form is known, but it may itself be a part.
    taken_apart: NumberSet<Lit>,
    /// Choices: one literal of each must hold.
    pending: Vec<Choice>,
    /// The only possible values, if there is an enumeration.
    values: Option<Rc<Values>>,
    pub(super) references: Vec<Lit>,
    unknown: Option<Reason>,
}

#[derive(Debug, Clone)]
struct Choice {
    options: Vec<Lit>,
    /// Whether the choice is from a positive disjunction: it says what the value is, not how it violates a schema.
    /// Decided first.
    positive: bool,
}

/// The result of exploring a branch.
enum Explored {
    Outcome(Outcome),
    /// One of these literals must hold as well.
    Choice(Branch, Vec<Lit>),
}

impl From<Outcome> for Explored {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

impl Solver<'_> {
    pub(super) fn of_kind(&mut self, kind: Kind, goal: &[Lit]) -> Outcome {
        let branch = Branch {
            kind,
            atoms: vec![],
            known: NumberSet::default(),
            taken_apart: NumberSet::default(),
            pending: vec![],
            values: None,
            references: vec![],
            unknown: None,
        };
        let mut best = Outcome::Empty;
        let mut next = Some(self.explore(branch, goal.to_vec()));
        // The choices with untried options, the innermost last. Each option is a branch.
        let mut choices: Vec<(Branch, std::vec::IntoIter<Lit>)> = Vec::new();
        while let Some(explored) = next {
            match explored {
                Explored::Outcome(outcome) => best = best.or(outcome),
                Explored::Choice(branch, options) => choices.push((branch, options.into_iter())),
            }
            if best.is_witness() {
                break;
            }
            next = loop {
                let Some((branch, options)) = choices.last_mut() else { break None };
                match options.next() {
                    Some(option) => {
                        let branch = branch.clone();
                        break Some(self.explore(branch, vec![option]));
                    }
                    None => drop(choices.pop()),
                }
            };
        }
        best
    }

    /// Adds `lits` to `branch`. Returns the outcome of the branch, or the next choice to decide.
    fn explore(&mut self, mut branch: Branch, lits: Vec<Lit>) -> Explored {
        if !self.spend(1) {
            return Self::out_of_budget().into();
        }
        let mut lits = lits;
        let mut is_first = true;
        while !lits.is_empty() || is_first {
            if !self.take_apart(&mut branch, lits) {
                return Outcome::Empty.into();
            }
            if let Some(values) = branch.values.clone() {
                return self.among_values(&branch, &values).into();
            }
            if is_first && self.holds_an_empty_pair(&branch) {
                return Outcome::Empty.into();
            }
            is_first = false;
            let Some(forced) = self.simplify(&mut branch) else { return Outcome::Empty.into() };
            lits = forced;
        }
        self.decide(branch)
    }

    /// Picks the choice to decide next. If there is none, solves the atoms.
    fn decide(&mut self, mut branch: Branch) -> Explored {
        let order = |choice: &Choice| (!choice.positive, choice.options.len());
        let next = (0..branch.pending.len()).min_by_key(|&index| order(&branch.pending[index]));
        let Some(next) = next else {
            let outcome = self.leaf(&branch);
            return Explored::Outcome(match (&branch.unknown, outcome) {
                (Some(reason), Outcome::Witness(value)) => Outcome::Unknown(Some(value), reason.clone()),
                (_, outcome) => outcome,
            });
        };
        let mut options = branch.pending.swap_remove(next).options;
        options.sort_by_key(|&option| self.schemas.weight(option));
        Explored::Choice(branch, options)
    }

    fn leaf(&mut self, branch: &Branch) -> Outcome {
        match branch.kind {
            Kind::Number => self.number(branch),
            Kind::String => self.string(branch),
            Kind::Array => self.array(branch),
            Kind::Object => self.object(branch),
            Kind::Null => self.among(&branch.atoms, &[Value::Null]),
            Kind::Boolean => self.among(&branch.atoms, &[Value::Bool(true), Value::Bool(false)]),
        }
    }

    /// Tries the values of an enumeration.
    fn among_values(&mut self, branch: &Branch, values: &[Value]) -> Outcome {
        let lits: Vec<Lit> = branch.known.iter().copied().collect();
        let values: Vec<Value> =
            values.iter().filter(|value| Kind::of(value) == branch.kind).cloned().collect();
        self.among(&lits, &values)
    }

    /// Sorts `lits` into the branch; false on a contradiction.
    fn take_apart(&mut self, branch: &mut Branch, mut lits: Vec<Lit>) -> bool {
        lits.reverse();
        while let Some(lit) = lits.pop() {
            if lit == Lit::FALSE || branch.known.contains(&!lit) {
                return false;
            }
            if lit == Lit::TRUE || !branch.taken_apart.insert(lit) {
                continue;
            }
            branch.known.insert(lit);
            if let Some(open) = self.schemas.open_form(lit) {
                if branch.known.contains(&!open) {
                    return false;
                }
                branch.known.insert(open);
            }
            let negated = lit.negated();
            let signed = |inner: &[Lit]| -> Vec<Lit> {
                inner.iter().map(|&lit| if negated { !lit } else { lit }).collect()
            };
            match self.schemas.node(lit) {
                Node::True => {}
                Node::Types(kinds) => {
                    if kinds.has(branch.kind) == negated {
                        return false;
                    }
                }
                Node::And(inner) if negated => {
                    branch.pending.push(Choice { options: signed(inner), positive: false });
                }
                Node::Or(inner) if !negated => {
                    branch.pending.push(Choice { options: signed(inner), positive: true });
                }
                Node::And(inner) | Node::Or(inner) => lits.extend(signed(inner)),
                Node::Reference(id) => {
                    branch.references.push(lit);
                    let target = self.schemas.target(*id).unwrap_or(Lit::TRUE);
                    lits.push(if negated { !target } else { target });
                }
                Node::Opaque(reason) => branch.unknown = Some(reason.clone()),
                Node::Enum(values) if !negated => branch.values = Some(values.clone()),
                Node::Enum(values) => {
                    let values = values.clone();
                    self.exclude(branch, lit, &values, &mut lits);
                }
                Node::Number(_) | Node::String(_) | Node::Array(_) | Node::Object(_) => {
                    if self.is_of_kind(lit, branch.kind) {
                        branch.atoms.push(lit);
                    } else if negated {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Excludes `values`. For arrays and objects, the solver has to find a difference.
    fn exclude(&mut self, branch: &mut Branch, lit: Lit, values: &[Value], lits: &mut Vec<Lit>) {
        if matches!(branch.kind, Kind::Array | Kind::Object) {
            for value in values.iter().filter(|value| Kind::of(value) == branch.kind) {
                let atoms = self.schemas.constant_as_atoms(value);
                lits.push(!atoms);
            }
        } else {
            branch.atoms.push(lit);
        }
    }

    fn is_of_kind(&self, lit: Lit, kind: Kind) -> bool {
        match self.schemas.node(lit) {
            Node::Number(_) => kind == Kind::Number,
            Node::String(_) => kind == Kind::String,
            Node::Array(_) => kind == Kind::Array,
            Node::Object(_) => kind == Kind::Object,
            _ => false,
        }
    }

    /// Drops options that cannot hold and choices that are already decided. Returns the literals that must hold because
    /// no other option is left, and `None` on a contradiction. A positive choice is never dropped, because each option
    /// may declare properties.
    fn simplify(&mut self, branch: &mut Branch) -> Option<Vec<Lit>> {
        let settled = !branch.pending.iter().any(|choice| choice.positive);
        let view = self.view(branch, settled);
        let mut forced = Vec::new();
        let mut contradiction = false;
        let mut pending = std::mem::take(&mut branch.pending);
        pending.retain_mut(|choice| {
            if contradiction {
                return false;
            }
            let mut settled =
                |&option: &Lit| branch.known.contains(&option) || self.refutes(branch, &view, !option, 0);
            if !choice.positive && choice.options.iter().any(&mut settled) {
                return false;
            }
            choice.options.retain(|&option| !self.refutes(branch, &view, option, 0));
            match choice.options[..] {
                [] => contradiction = true,
                [only] => forced.push(only),
                _ => return true,
            }
            false
        });
        branch.pending = pending;
        (!contradiction).then_some(forced)
    }
}
