//! Numbers: an interval, a required step, excluded steps and excluded values. Exact.

use std::collections::HashSet;

use serde_json::Value;

use super::branch::Branch;
use super::{Outcome, Solver};
use crate::compat::decimal::Decimal;
use crate::compat::schema::{Lit, Node, NumberAtom, Schemas};

/// How many multiples of the step are tried, in addition to those that an enumeration excludes.
const MAX_TRIES: i128 = 2_000;

#[derive(Debug, Default)]
struct Numbers {
    /// The bound, and whether it is excluded.
    low: Option<(Decimal, bool)>,
    high: Option<(Decimal, bool)>,
    /// The number must be a multiple of this, if set.
    step: Option<Decimal>,
    not_multiples: Vec<Decimal>,
    excluded: HashSet<Decimal>,
    /// Whether a number is too large to compute with.
    overflow: bool,
}

impl Solver<'_> {
    pub(super) fn number(&mut self, branch: &Branch) -> Outcome {
        let mut numbers = Numbers::default();
        for &lit in &branch.atoms {
            numbers.add(self.schemas, lit);
        }
        match numbers.find() {
            Some(Some(value)) => match value.to_number() {
                Some(number) => Outcome::Witness(Value::Number(number)),
                None => Outcome::Unknown(None, "a number that has no exact double".into()),
            },
            Some(None) => Outcome::Empty,
            None => Outcome::Unknown(None, "numbers too large or steps too fine to decide".into()),
        }
    }
}

impl Numbers {
    fn add(&mut self, schemas: &Schemas, lit: Lit) {
        let atom = match schemas.node(lit) {
            Node::Number(atom) => *atom,
            Node::Enum(values) => {
                let numbers = values.iter().filter_map(Value::as_number).filter_map(Decimal::from_number);
                self.excluded.extend(numbers);
                return;
            }
            _ => return,
        };
        match (atom, lit.negated()) {
            (NumberAtom::AtLeast(bound), false) | (NumberAtom::Below(bound), true) => {
                self.at_least(bound, false)
            }
            (NumberAtom::Above(bound), false) | (NumberAtom::AtMost(bound), true) => {
                self.at_least(bound, true)
            }
            (NumberAtom::AtMost(bound), false) | (NumberAtom::Above(bound), true) => {
                self.at_most(bound, false)
            }
            (NumberAtom::Below(bound), false) | (NumberAtom::AtLeast(bound), true) => {
                self.at_most(bound, true)
            }
            (NumberAtom::MultipleOf(step), false) => match self.step {
                None => self.step = Some(step),
                Some(known) => match known.common_multiple(step) {
                    Some(common) => self.step = Some(common),
                    None => self.overflow = true,
                },
            },
            (NumberAtom::MultipleOf(step), true) => self.not_multiples.push(step),
        }
    }

    fn at_least(&mut self, bound: Decimal, excluded: bool) {
        if self.low.is_none_or(|low| (bound, excluded) > low) {
            self.low = Some((bound, excluded));
        }
    }

    fn at_most(&mut self, bound: Decimal, excluded: bool) {
        if self.high.is_none_or(|high| bound < high.0 || (bound == high.0 && excluded)) {
            self.high = Some((bound, excluded));
        }
    }

    fn in_range(&self, value: Decimal) -> bool {
        self.low.is_none_or(|(low, excluded)| value > low || (value == low && !excluded))
            && self.high.is_none_or(|(high, excluded)| value < high || (value == high && !excluded))
    }

    /// Whether `value` is a member. `None` if the numbers are too large.
    fn admits(&self, value: Decimal) -> Option<bool> {
        if !self.in_range(value) || self.excluded.contains(&value) {
            return Some(false);
        }
        if let Some(step) = self.step
            && !value.is_multiple_of(step)?
        {
            return Some(false);
        }
        for &step in &self.not_multiples {
            if value.is_multiple_of(step)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// `None` if undecided, `Some(None)` if there is no such number.
    fn find(&self) -> Option<Option<Decimal>> {
        if let (Some((low, open_low)), Some((high, open_high))) = (self.low, self.high)
            && (low > high || (low == high && (open_low || open_high)))
        {
            return Some(None);
        }
        if self.overflow {
            return None;
        }
        match self.step {
            Some(step) => self.find_multiple(step),
            None => self.find_real(),
        }
    }

    fn find_multiple(&self, step: Decimal) -> Option<Option<Decimal>> {
        for &avoid in &self.not_multiples {
            // Every multiple of the step would be excluded.
            if step.is_multiple_of(avoid)? {
                return Some(None);
            }
        }
        let first = match self.low {
            Some((low, _)) => Some(low.floor_steps(step)?),
            None => None,
        };
        let last = match self.high {
            Some((high, _)) => Some(high.floor_steps(step)?.checked_add(1)?),
            None => None,
        };
        let start = match (first, last) {
            (Some(first), Some(last)) => 0.clamp(first, last.max(first)),
            (Some(first), None) => first.max(0),
            (None, Some(last)) => last.min(0),
            (None, None) => 0,
        };
        let mut complete = false;
        // Each excluded number can make only one try fail.
        let excluded = i128::try_from(self.excluded.len()).unwrap_or(i128::MAX);
        for distance in 0..excluded.saturating_add(MAX_TRIES) {
            let (up, down) = (start.checked_add(distance)?, start.checked_sub(distance)?);
            let up = Some(up).filter(|&up| last.is_none_or(|last| up <= last));
            let down = Some(down).filter(|&down| first.is_none_or(|first| down >= first));
            complete = up.is_none() && down.is_none();
            for factor in [up, down].into_iter().flatten() {
                let value = step.times(factor)?;
                if self.admits(value)? {
                    return Some(Some(value));
                }
            }
            if complete {
                break;
            }
        }
        if complete { Some(None) } else { None }
    }

    /// Without a step, the interval is empty only if it is a single excluded number.
    fn find_real(&self) -> Option<Option<Decimal>> {
        if let (Some((low, _)), Some((high, _))) = (self.low, self.high)
            && low == high
        {
            return Some(self.admits(low)?.then_some(low));
        }
        let half = Decimal::new(5, -1);
        let mut candidates = vec![Decimal::ZERO, Decimal::ONE, half];
        for (bound, _) in [self.low, self.high].into_iter().flatten() {
            candidates.push(bound);
            for offset in [Decimal::ONE, Decimal::from_integer(-1), half, Decimal::new(-5, -1)] {
                candidates.extend(bound.add(offset));
            }
        }
        for candidate in candidates {
            if self.admits(candidate)? && candidate.to_number().is_some() {
                return Some(Some(candidate));
            }
        }
        let low = self.low.map_or_else(|| self.beyond(-1), |(low, _)| Some(low))?;
        let mut high = self.high.map_or_else(|| self.beyond(1), |(high, _)| Some(high))?;
        for _ in 0..60 {
            let middle = low.add(high)?.half()?;
            if self.admits(middle)? {
                return Some(Some(middle));
            }
            high = middle;
        }
        None
    }

    /// A number above (or, with a negative `sign`, below) all numbers that occur in the atoms.
    fn beyond(&self, sign: i128) -> Option<Decimal> {
        let bounds = [self.low, self.high].into_iter().flatten().map(|(bound, _)| bound);
        let mut furthest = Decimal::from_integer(sign);
        for value in bounds.chain(self.excluded.iter().copied()) {
            if (value > furthest) == (sign > 0) {
                furthest = value;
            }
        }
        furthest.add(Decimal::from_integer(sign * 7))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::from_number(&text.parse().expect("a number")).expect("a decimal")
    }

    #[test]
    fn integers_between_neighbours_beyond_2_to_the_53() {
        let mut numbers = Numbers { step: Some(Decimal::ONE), ..Numbers::default() };
        numbers.at_least(number("9007199254740992"), true);
        numbers.at_most(number("9007199254740994"), true);
        assert_eq!(numbers.find(), Some(Some(number("9007199254740993"))));
        numbers.excluded.insert(number("9007199254740993"));
        assert_eq!(numbers.find(), Some(None));
    }

    #[test]
    fn a_long_range_without_each_of_its_integers_is_empty() {
        let mut numbers = Numbers { step: Some(Decimal::ONE), ..Numbers::default() };
        numbers.at_least(number("1"), false);
        numbers.at_most(number("20000"), false);
        numbers.excluded = (1..=20_000).map(Decimal::from_integer).collect();
        assert_eq!(numbers.find(), Some(None));
        numbers.excluded.remove(&number("777"));
        assert_eq!(numbers.find(), Some(Some(number("777"))));
    }

    #[test]
    fn multiples_of_six_are_multiples_of_two_and_of_three() {
        let mut numbers = Numbers { step: Some(number("6")), ..Numbers::default() };
        numbers.not_multiples = vec![number("3")];
        assert_eq!(numbers.find(), Some(None));
        numbers.not_multiples = vec![number("4")];
        assert!(matches!(numbers.find(), Some(Some(_))));
    }

    #[test]
    fn an_open_interval_of_reals_is_never_empty() {
        let mut numbers = Numbers::default();
        numbers.at_least(number("0"), true);
        numbers.at_most(number("0.001"), true);
        assert!(matches!(numbers.find(), Some(Some(_))));
    }
}
