//! Looks for a value that satisfies a set of literals: a witness, or the proof that there is none.
//!
//! A goal is a set of literals that one value must satisfy. Its alternatives need values for other goals (of properties,
//! of items), so goals form a graph that may have cycles. Being satisfiable is the least fixed point: JSON values are
//! finite. A goal met again below itself is therefore taken to be empty; the answers that lean on that are provisional
//! until the goal they lean on is settled (Amadio and Cardelli's coinduction, seen from the other side).

mod array;
mod branch;
mod number;
mod object;
mod refute;
mod string;

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::schema::{Kind, Kinds, Lit, Reason, Schemas};

/// What is known about a goal.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// No value satisfies it.
    Empty,
    /// This one does.
    Witness(Value),
    /// Not decided; a candidate may be at hand.
    Unknown(Option<Value>, Reason),
}

impl Outcome {
    /// The better of two alternatives.
    fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Witness(_), _) | (Self::Unknown(Some(_), _), Self::Unknown(..)) => self,
            (Self::Unknown(..), Self::Empty) => self,
            _ => other,
        }
    }

    fn is_witness(&self) -> bool {
        matches!(self, Self::Witness(_))
    }
}

type Goal = Rc<[Lit]>;

/// Leans on nothing that is still open.
const SETTLED: usize = usize::MAX;

#[derive(Debug)]
enum Entry {
    /// Being worked on, at this depth.
    Open(usize),
    /// Answered; an `Empty` may lean on the open goal of this depth.
    Done(Outcome, usize),
}

/// How many values a witness may be made of. Types that need one another twice, level by level, have values of
/// exponential size only.
const MAX_PARTS: usize = 10_000;

/// The same outcome, unless its value is too large to be shown, or even to be made.
fn of_a_size(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Witness(value) | Outcome::Unknown(Some(value), _) if parts(&value) > MAX_PARTS => {
            Outcome::Unknown(None, format!("an example would have more than {MAX_PARTS} values").into())
        }
        other => other,
    }
}

/// How many values a value is made of; no more than a few too many are counted.
fn parts(value: &Value) -> usize {
    let mut open = vec![value];
    let mut count = 0;
    while let Some(value) = open.pop() {
        count += 1;
        match value {
            _ if count > MAX_PARTS => break,
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    count
}

#[derive(Debug)]
pub(crate) struct Solver<'s> {
    pub(crate) schemas: &'s mut Schemas,
    entries: HashMap<Goal, Entry>,
    /// Empty goals that lean on a goal which is still open.
    provisional: Vec<Goal>,
    depth: usize,
    max_depth: usize,
    /// How many choices stand open above each other, over all goals.
    choices: usize,
    /// The shallowest open goal that what is being computed leans on.
    leans_on: usize,
    steps: u32,
    /// The depth limit was met: more stack may help.
    pub(crate) too_deep: bool,
}

impl<'s> Solver<'s> {
    pub(crate) fn new(schemas: &'s mut Schemas, budget: u32, max_depth: usize) -> Self {
        Self {
            schemas,
            entries: HashMap::new(),
            provisional: vec![],
            depth: 0,
            max_depth,
            choices: 0,
            leans_on: SETTLED,
            steps: budget,
            too_deep: false,
        }
    }

    /// Takes `cost` steps from the budget; false when it is spent.
    fn spend(&mut self, cost: u32) -> bool {
        let left = self.steps.checked_sub(cost);
        self.steps = left.unwrap_or(0);
        left.is_some()
    }

    fn out_of_budget() -> Outcome {
        Outcome::Unknown(None, "the budget of steps is spent".into())
    }

    /// A value that satisfies all of `lits`.
    pub(crate) fn solve(&mut self, lits: impl IntoIterator<Item = Lit>) -> Outcome {
        let mut lits: Vec<Lit> = lits.into_iter().filter(|&lit| lit != Lit::TRUE).collect();
        lits.sort_unstable();
        lits.dedup();
        if lits.contains(&Lit::FALSE) || self.contradicts_itself(&lits) {
            return Outcome::Empty;
        }
        let goal: Goal = lits.into();
        match self.entries.get(&goal) {
            Some(Entry::Open(depth)) => {
                self.leans_on = self.leans_on.min(*depth);
                return Outcome::Empty;
            }
            Some(Entry::Done(outcome, leans_on)) => {
                self.leans_on = self.leans_on.min(*leans_on);
                return outcome.clone();
            }
            None => {}
        }
        if !self.spend(1) {
            return Self::out_of_budget();
        }
        if self.depth >= self.max_depth {
            self.too_deep = true;
            return Outcome::Unknown(None, "the schemas nest too deeply".into());
        }
        self.settle(goal)
    }

    fn settle(&mut self, goal: Goal) -> Outcome {
        let outer = std::mem::replace(&mut self.leans_on, SETTLED);
        let first_provisional = self.provisional.len();
        self.depth += 1;
        self.entries.insert(goal.clone(), Entry::Open(self.depth));
        let outcome = of_a_size(self.search(&goal));
        let leans_on = self.leans_on;
        let within = self.depth;
        self.depth -= 1;
        self.leans_on = outer;
        if !matches!(outcome, Outcome::Empty) {
            // What leaned on this goal being empty is to be thought over; a witness itself leans on nothing.
            for stale in self.provisional.drain(first_provisional..) {
                self.entries.remove(&stale);
            }
            self.entries.insert(goal, Entry::Done(outcome.clone(), SETTLED));
        } else if leans_on >= within {
            for proven in self.provisional.drain(first_provisional..) {
                self.entries.insert(proven, Entry::Done(Outcome::Empty, SETTLED));
            }
            self.entries.insert(goal, Entry::Done(Outcome::Empty, SETTLED));
        } else {
            // What leaned on this goal now leans on what this goal leans on.
            self.provisional.push(goal);
            for stated in &self.provisional[first_provisional..] {
                match self.entries.get_mut(stated) {
                    Some(Entry::Done(_, leans)) => *leans = leans_on.min(*leans),
                    _ => {
                        self.entries.insert(stated.clone(), Entry::Done(Outcome::Empty, leans_on));
                    }
                }
            }
            self.leans_on = outer.min(leans_on);
        }
        outcome
    }

    /// Whether `lits` hold both something and its opposite; what a closed writer sends its open schema accepts.
    fn contradicts_itself(&self, lits: &[Lit]) -> bool {
        lits.iter().any(|&lit| {
            let open = self.schemas.open_form(lit);
            lits.binary_search(&!lit).is_ok() || open.is_some_and(|open| lits.binary_search(&!open).is_ok())
        })
    }

    /// Whether a recursive type of the writer and one of the reader stand against each other here that are known, or
    /// taken further up, to leave nothing.
    fn holds_an_empty_pair(&mut self, branch: &branch::Branch) -> bool {
        let (refused, sent): (Vec<Lit>, Vec<Lit>) = branch.references.iter().partition(|lit| lit.negated());
        for (sent, refused) in
            sent.iter().flat_map(|&sent| refused.iter().map(move |&refused| (sent, refused)))
        {
            let pair = if sent < refused { [sent, refused] } else { [refused, sent] };
            let leans_on = match self.entries.get(&pair[..]) {
                Some(Entry::Done(Outcome::Empty, leans_on)) => *leans_on,
                Some(Entry::Open(depth)) if *depth < self.depth => *depth,
                _ => continue,
            };
            self.leans_on = self.leans_on.min(leans_on);
            return true;
        }
        false
    }

    fn search(&mut self, goal: &[Lit]) -> Outcome {
        let kinds = goal.iter().fold(Kinds::ALL, |kinds, &lit| kinds.common(self.schemas.kinds(lit)));
        let mut best = Outcome::Empty;
        for kind in Kind::ALL.into_iter().filter(|&kind| kinds.has(kind)) {
            let outcome = match kind {
                Kind::Null => self.among(goal, &[Value::Null]),
                Kind::Boolean => self.among(goal, &[Value::Bool(true), Value::Bool(false)]),
                _ => self.of_kind(kind, goal),
            };
            best = best.or(outcome);
            if best.is_witness() {
                break;
            }
        }
        best
    }

    /// The first of `values` that satisfies all of `lits`.
    fn among(&mut self, lits: &[Lit], values: &[Value]) -> Outcome {
        let mut best = Outcome::Empty;
        for value in values {
            let outcome = match self.schemas.evaluate_all(lits, value) {
                Some(true) if self.schemas.is_undeclared(lits, value) => Outcome::Empty,
                Some(true) => return Outcome::Witness(value.clone()),
                Some(false) => Outcome::Empty,
                None => Outcome::Unknown(Some(value.clone()), self.why_unknown(lits)),
            };
            best = best.or(outcome);
        }
        best
    }

    /// The reason of the first opaque node below `lits`.
    fn why_unknown(&self, lits: &[Lit]) -> Reason {
        let mut stack = lits.to_vec();
        let mut seen = std::collections::HashSet::new();
        while let Some(lit) = stack.pop() {
            if seen.insert(lit.positive()) {
                if let super::schema::Node::Opaque(reason) = self.schemas.node(lit) {
                    return reason.clone();
                }
                self.schemas.children(lit, &mut stack);
            }
        }
        "a number, a pattern or a depth beyond what is evaluated".into()
    }
}
