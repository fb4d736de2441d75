//! Looks for a value that satisfies a set of literals: a witness, or the proof that there is none.
//!
//! A goal is a set of literals that one value must satisfy. Its alternatives need values for other goals (of properties,
//! of items), so goals form a graph that may have cycles. Being satisfiable is the least fixed point: JSON values are
//! finite. A goal met again below itself is therefore taken to be empty; the answers that lean on that are provisional
//! until the goal they lean on is settled (Amadio and Cardelli's coinduction, seen from the other side).
//!
//! Goals are solved by recursion, but only [`MAX_STACKED`] levels deep, so that the search fits any stack. A goal below
//! that suspends the search: all goals in between are abandoned, the deep goal is solved from a fresh stack, and the
//! search of the goal above starts again. It finds the answer in the table, as it finds all answers from before.

mod array;
mod branch;
mod number;
mod object;
mod refute;
mod string;

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::schema::{Kind, Kinds, Lit, Reason, Schemas, nesting};

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

/// How deep the values of a witness may nest. Deeper ones need more stack to be compared, or even dropped, than there
/// may be.
const MAX_VALUE_NESTING: usize = 400;

/// The same outcome, unless its value is too large to be shown, or even to be made.
fn of_a_size(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Witness(value) | Outcome::Unknown(Some(value), _) if parts(&value) > MAX_PARTS => {
            Outcome::Unknown(None, format!("an example would have more than {MAX_PARTS} values").into())
        }
        Outcome::Witness(value) | Outcome::Unknown(Some(value), _) if nesting(&value) > MAX_VALUE_NESTING => {
            let reason = format!("an example would nest more than {MAX_VALUE_NESTING} levels deep");
            Outcome::Unknown(None, reason.into())
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

/// So many goals are solved by recursion. Each level takes up to about 20 KiB of stack in a debug build.
const MAX_STACKED: usize = 16;
/// So many goals may be open below each other.
const MAX_OPEN: usize = 1_500;

#[derive(Debug)]
pub(crate) struct Solver<'s> {
    pub(crate) schemas: &'s mut Schemas,
    entries: HashMap<Goal, Entry>,
    /// Empty goals that lean on a goal which is still open.
    provisional: Vec<Goal>,
    /// How many goals are open.
    depth: usize,
    /// How deep the goal at hand is below the first one, with those in between that were abandoned.
    level: usize,
    /// The level of the goal whose search started on a fresh stack.
    base: usize,
    /// The goal that is too deep for the stack. While it is set, all searches end at once.
    suspended: Option<Deep>,
    /// The shallowest open goal that what is being computed leans on.
    leans_on: usize,
    steps: u32,
}

/// A goal to be solved on a fresh stack.
#[derive(Debug)]
struct Deep {
    goal: Goal,
    level: usize,
}

/// An open goal, and what was at hand when it was opened.
#[derive(Debug)]
struct Opened {
    goal: Goal,
    level: usize,
    leans_on: usize,
    first_provisional: usize,
}

impl<'s> Solver<'s> {
    pub(crate) fn new(schemas: &'s mut Schemas, budget: u32) -> Self {
        Self {
            schemas,
            entries: HashMap::new(),
            provisional: vec![],
            depth: 0,
            level: 0,
            base: 0,
            suspended: None,
            leans_on: SETTLED,
            steps: budget,
        }
    }

    /// A value that satisfies all of `lits`.
    pub(crate) fn run(&mut self, lits: impl IntoIterator<Item = Lit>) -> Outcome {
        let goal = match self.goal(lits) {
            Ok(goal) => goal,
            Err(outcome) => return outcome,
        };
        let mut open = vec![self.open(goal, 0)];
        loop {
            let Some(deepest) = open.last() else { return Outcome::Empty };
            let goal = deepest.goal.clone();
            (self.level, self.base, self.leans_on) = (deepest.level, deepest.level, SETTLED);
            let outcome = self.search(&goal);
            if let Some(Deep { goal, level }) = self.suspended.take() {
                let deep = self.open(goal, level);
                open.push(deep);
            } else if let Some(deepest) = open.pop() {
                let outcome = self.close(deepest, outcome);
                if open.is_empty() {
                    return outcome;
                }
            }
        }
    }

    /// Takes `cost` steps from the budget; false when it is spent, and while the search is suspended.
    fn spend(&mut self, cost: u32) -> bool {
        if self.suspended.is_some() {
            return false;
        }
        let left = self.steps.checked_sub(cost);
        self.steps = left.unwrap_or(0);
        left.is_some()
    }

    fn out_of_budget() -> Outcome {
        Outcome::Unknown(None, "the budget of steps is spent".into())
    }

    /// The goal to satisfy all of `lits`, or its answer where that is known.
    fn goal(&mut self, lits: impl IntoIterator<Item = Lit>) -> Result<Goal, Outcome> {
        let mut lits: Vec<Lit> = lits.into_iter().filter(|&lit| lit != Lit::TRUE).collect();
        lits.sort_unstable();
        lits.dedup();
        if lits.contains(&Lit::FALSE) || self.contradicts_itself(&lits) {
            return Err(Outcome::Empty);
        }
        let goal: Goal = lits.into();
        match self.entries.get(&goal) {
            Some(Entry::Open(depth)) => {
                self.leans_on = self.leans_on.min(*depth);
                return Err(Outcome::Empty);
            }
            Some(Entry::Done(outcome, leans_on)) => {
                self.leans_on = self.leans_on.min(*leans_on);
                return Err(outcome.clone());
            }
            None => {}
        }
        if self.spend(1) { Ok(goal) } else { Err(Self::out_of_budget()) }
    }

    /// A value that satisfies all of `lits`, as a part of the value at hand. No answer where the search was suspended.
    fn solve(&mut self, lits: impl IntoIterator<Item = Lit>) -> Outcome {
        let goal = match self.goal(lits) {
            Ok(goal) => goal,
            Err(outcome) => return outcome,
        };
        let level = self.level + 1;
        if level >= MAX_OPEN {
            return Outcome::Unknown(None, "the types refer to each other through too many levels".into());
        }
        if level - self.base >= MAX_STACKED {
            self.suspended = Some(Deep { goal, level });
            return Self::out_of_budget();
        }
        let opened = self.open(goal, level);
        self.level = level;
        let outcome = self.search(&opened.goal);
        self.level -= 1;
        if self.suspended.is_some() {
            self.abandon(opened);
            return outcome;
        }
        self.close(opened, outcome)
    }

    fn open(&mut self, goal: Goal, level: usize) -> Opened {
        let leans_on = std::mem::replace(&mut self.leans_on, SETTLED);
        self.depth += 1;
        self.entries.insert(goal.clone(), Entry::Open(self.depth));
        Opened { goal, level, leans_on, first_provisional: self.provisional.len() }
    }

    /// Forgets a goal whose search was suspended, and what leaned on it.
    fn abandon(&mut self, opened: Opened) {
        self.depth -= 1;
        self.leans_on = opened.leans_on;
        for stale in self.provisional.drain(opened.first_provisional..) {
            self.entries.remove(&stale);
        }
        self.entries.remove(&opened.goal);
    }

    /// Notes the answer to a goal; what is known of the answers that lean on it.
    fn close(&mut self, opened: Opened, outcome: Outcome) -> Outcome {
        let Opened { goal, first_provisional, leans_on: outer, .. } = opened;
        let outcome = of_a_size(outcome);
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
