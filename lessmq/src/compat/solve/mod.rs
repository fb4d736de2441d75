//! Searches for a value that satisfies a set of literals: a witness. A complete search without a result proves that no
//! such value exists.
//!
//! A goal is a set of literals that one value must satisfy. Its alternatives need values for other goals (of properties,
//! of items), so goals form a graph that may have cycles. Being satisfiable is the least fixed point: JSON values are
//! finite. So a goal that is found again below itself is assumed to be empty. Answers that depend on the assumption are
//! provisional until the goal is answered (the dual of Amadio and Cardelli's coinduction).
//!
//! Goals are solved by recursion, but only [`MAX_STACKED_GOALS`] levels deep, so that the search needs little stack. A deeper
//! goal suspends the search: all goals in between are abandoned, the deep goal is solved on an unwound stack, and the
//! search of the goal above starts again. It then finds the earlier answers in the table.

mod array;
mod branch;
mod number;
mod object;
mod refute;
mod string;

use std::rc::Rc;

use serde_json::Value;

use super::hash::NumberMap;
use super::schema::{Kind, Kinds, Lit, Reason, Schemas, nesting};

/// What is known about a goal.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// No value satisfies the goal.
    Empty,
    /// This value satisfies the goal.
    Witness(Value),
    /// Undecided: a candidate, if there is one, and the reason.
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

/// The depth of results that do not depend on a goal in progress.
const SETTLED: usize = usize::MAX;

#[derive(Debug)]
enum Entry {
    /// The goal is being solved, at this depth.
    InProgress(usize),
    /// The goal is answered. An `Empty` may depend on the goal in progress at this depth.
    Done(Outcome, usize),
}

/// The size limit of a witness, in values. If each type requires the next one twice, all values have exponential size.
const MAX_WITNESS_VALUES: usize = 10_000;

/// The nesting limit of a witness, in levels. Values are compared and dropped by recursion.
const MAX_WITNESS_NESTING: usize = 400;

/// The same outcome, without its value if that is too large or too deep.
fn limit_size(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Witness(value) | Outcome::Unknown(Some(value), _)
            if count_values(&value) > MAX_WITNESS_VALUES =>
        {
            Outcome::Unknown(
                None,
                format!("an example would have more than {MAX_WITNESS_VALUES} values").into(),
            )
        }
        Outcome::Witness(value) | Outcome::Unknown(Some(value), _)
            if nesting(&value) > MAX_WITNESS_NESTING =>
        {
            let reason = format!("an example would nest more than {MAX_WITNESS_NESTING} levels deep");
            Outcome::Unknown(None, reason.into())
        }
        other => other,
    }
}

/// The number of values that a value consists of. Stops counting at the limit.
fn count_values(value: &Value) -> usize {
    let mut remaining = vec![value];
    let mut count = 0;
    while let Some(value) = remaining.pop() {
        count += 1;
        match value {
            _ if count > MAX_WITNESS_VALUES => break,
            Value::Array(items) => remaining.extend(items),
            Value::Object(members) => remaining.extend(members.values()),
            _ => {}
        }
    }
    count
}

/// How many goals are solved by recursion. A level needs up to about 20 KiB of stack in a debug build.
const MAX_STACKED_GOALS: usize = 16;
/// How deep goals may be below each other.
const MAX_GOAL_DEPTH: usize = 1_500;

#[derive(Debug)]
pub(crate) struct Solver<'s> {
    pub(crate) schemas: &'s mut Schemas,
    entries: NumberMap<Goal, Entry>,
    /// The goals whose answer `Empty` depends on a goal in progress.
    provisional: Vec<Goal>,
    /// How many goals are in progress. The first one has depth 1.
    depth: usize,
    /// How many goals are above the current one, including abandoned goals.
    level: usize,
    /// The level of the goal at which the recursion started.
    base: usize,
    /// The goal that is too deep for the stack. While it is set, all searches return at once.
    suspended: Option<Deep>,
    /// The depth of the shallowest goal in progress that the current answer depends on, or [`SETTLED`].
    depends_on: usize,
    steps: u32,
}

/// A goal that is to be solved on an unwound stack.
#[derive(Debug)]
struct Deep {
    goal: Goal,
    level: usize,
}

/// A goal in progress, and the state of the solver when it was started.
#[derive(Debug)]
struct Started {
    goal: Goal,
    level: usize,
    outer_depends_on: usize,
    first_provisional: usize,
}

impl<'s> Solver<'s> {
    pub(crate) fn new(schemas: &'s mut Schemas, budget: u32) -> Self {
        Self {
            schemas,
            entries: NumberMap::default(),
            provisional: vec![],
            depth: 0,
            level: 0,
            base: 0,
            suspended: None,
            depends_on: SETTLED,
            steps: budget,
        }
    }

    /// Searches for a value that satisfies all of `lits`.
    pub(crate) fn run(&mut self, lits: impl IntoIterator<Item = Lit>) -> Outcome {
        let goal = match self.goal(lits) {
            Ok(goal) => goal,
            Err(outcome) => return outcome,
        };
        let mut started = vec![self.start(goal, 0)];
        loop {
            let Some(deepest) = started.last() else { return Outcome::Empty };
            let goal = deepest.goal.clone();
            (self.level, self.base, self.depends_on) = (deepest.level, deepest.level, SETTLED);
            let outcome = self.search(&goal);
            if let Some(Deep { goal, level }) = self.suspended.take() {
                let deep = self.start(goal, level);
                started.push(deep);
            } else if let Some(deepest) = started.pop() {
                let outcome = self.finish(deepest, outcome);
                if started.is_empty() {
                    return outcome;
                }
            }
        }
    }

    /// Takes `cost` steps from the budget. Returns false if the budget is spent or the search is suspended.
    fn spend(&mut self, cost: u32) -> bool {
        if self.suspended.is_some() {
            return false;
        }
        let left = self.steps.checked_sub(cost);
        self.steps = left.unwrap_or(0);
        left.is_some()
    }

    fn out_of_budget() -> Outcome {
        Outcome::Unknown(None, "the step limit is reached".into())
    }

    /// The goal to satisfy all of `lits`, or its answer if that is known.
    fn goal(&mut self, lits: impl IntoIterator<Item = Lit>) -> Result<Goal, Outcome> {
        let mut lits: Vec<Lit> = lits.into_iter().filter(|&lit| lit != Lit::TRUE).collect();
        lits.sort_unstable();
        lits.dedup();
        if lits.contains(&Lit::FALSE) || self.contradicts_itself(&lits) {
            return Err(Outcome::Empty);
        }
        let goal: Goal = lits.into();
        match self.entries.get(&goal) {
            Some(Entry::InProgress(depth)) => {
                self.depends_on = self.depends_on.min(*depth);
                return Err(Outcome::Empty);
            }
            Some(Entry::Done(outcome, depends_on)) => {
                self.depends_on = self.depends_on.min(*depends_on);
                return Err(outcome.clone());
            }
            None => {}
        }
        if self.spend(1) { Ok(goal) } else { Err(Self::out_of_budget()) }
    }

    /// Searches for a part of the current value that satisfies all of `lits`. The outcome has no meaning if the search is
    /// suspended.
    fn solve(&mut self, lits: impl IntoIterator<Item = Lit>) -> Outcome {
        let goal = match self.goal(lits) {
            Ok(goal) => goal,
            Err(outcome) => return outcome,
        };
        let level = self.level + 1;
        if level >= MAX_GOAL_DEPTH {
            return Outcome::Unknown(None, "the types refer to each other through too many levels".into());
        }
        if level - self.base >= MAX_STACKED_GOALS {
            self.suspended = Some(Deep { goal, level });
            return Self::out_of_budget();
        }
        let started = self.start(goal, level);
        self.level = level;
        let outcome = self.search(&started.goal);
        self.level -= 1;
        if self.suspended.is_some() {
            self.abandon(started);
            return outcome;
        }
        self.finish(started, outcome)
    }

    fn start(&mut self, goal: Goal, level: usize) -> Started {
        let outer_depends_on = std::mem::replace(&mut self.depends_on, SETTLED);
        self.depth += 1;
        self.entries.insert(goal.clone(), Entry::InProgress(self.depth));
        Started { goal, level, outer_depends_on, first_provisional: self.provisional.len() }
    }

    /// Removes a goal whose search was suspended, and the answers that depend on it.
    fn abandon(&mut self, started: Started) {
        self.depth -= 1;
        self.depends_on = started.outer_depends_on;
        for stale in self.provisional.drain(started.first_provisional..) {
            self.entries.remove(&stale);
        }
        self.entries.remove(&started.goal);
    }

    /// Stores the answer to a goal, and updates the answers that depend on it.
    fn finish(&mut self, started: Started, outcome: Outcome) -> Outcome {
        let Started { goal, first_provisional, outer_depends_on, .. } = started;
        let outcome = limit_size(outcome);
        let (depends_on, own_depth) = (self.depends_on, self.depth);
        self.depth -= 1;
        self.depends_on = outer_depends_on;
        if !matches!(outcome, Outcome::Empty) {
            // Answers that assumed that this goal is empty are wrong. A witness depends on nothing.
            for stale in self.provisional.drain(first_provisional..) {
                self.entries.remove(&stale);
            }
            self.entries.insert(goal, Entry::Done(outcome.clone(), SETTLED));
        } else if depends_on >= own_depth {
            for proven in self.provisional.drain(first_provisional..) {
                self.entries.insert(proven, Entry::Done(Outcome::Empty, SETTLED));
            }
            self.entries.insert(goal, Entry::Done(Outcome::Empty, SETTLED));
        } else {
            // Answers that depend on this goal now depend on what this goal depends on.
            self.provisional.push(goal);
            for provisional_goal in &self.provisional[first_provisional..] {
                match self.entries.get_mut(provisional_goal) {
                    Some(Entry::Done(_, entry_depends_on)) => {
                        *entry_depends_on = depends_on.min(*entry_depends_on);
                    }
                    _ => {
                        self.entries
                            .insert(provisional_goal.clone(), Entry::Done(Outcome::Empty, depends_on));
                    }
                }
            }
            self.depends_on = outer_depends_on.min(depends_on);
        }
        outcome
    }

    /// Whether `lits` contain a literal and its opposite. A closed literal implies its open form.
    fn contradicts_itself(&self, lits: &[Lit]) -> bool {
        lits.iter().any(|&lit| {
            let open = self.schemas.open_form(lit);
            lits.binary_search(&!lit).is_ok() || open.is_some_and(|open| lits.binary_search(&!open).is_ok())
        })
    }

    /// Whether the branch contains a recursive type of the writer and one of the reader that have no common value, as
    /// is known or assumed in a goal in progress.
    fn holds_an_empty_pair(&mut self, branch: &branch::Branch) -> bool {
        let (refused, sent): (Vec<Lit>, Vec<Lit>) = branch.references.iter().partition(|lit| lit.negated());
        for (sent, refused) in
            sent.iter().flat_map(|&sent| refused.iter().map(move |&refused| (sent, refused)))
        {
            let pair = if sent < refused { [sent, refused] } else { [refused, sent] };
            let depends_on = match self.entries.get(&pair[..]) {
                Some(Entry::Done(Outcome::Empty, depends_on)) => *depends_on,
                Some(Entry::InProgress(depth)) if *depth < self.depth => *depth,
                _ => continue,
            };
            self.depends_on = self.depends_on.min(depends_on);
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
        "a number, a pattern or a depth that is not supported".into()
    }
}
