//! Finds a shortest string of a language, or proves that the language is empty.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::terms::{Term, TermId, Terms, contains, successor};

/// The result of [`Terms::shortest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Word(String),
    Nothing,
    /// The search reached its limit.
    GaveUp,
}

/// Preferred characters for example strings, the best first.
const READABLE: [char; 12] = ['a', 'b', 'x', '0', '1', 'A', 'B', '-', '_', '.', ' ', '/'];

impl Terms {
    /// A shortest member of the language, after at most `limit` states.
    pub(crate) fn shortest(&mut self, start: TermId, limit: usize) -> Found {
        let terms_limit = self.len() + 20 * limit;
        let mut states: Vec<(TermId, usize, char)> = vec![(start, 0, '\0')];
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([0]);
        while let Some(at) = queue.pop_front() {
            let state = states[at].0;
            if self.nullable(state) {
                return Found::Word(spell(&states, at));
            }
            for c in self.representatives(state) {
                let next = self.derivative(state, c);
                if next != Self::EMPTY && seen.insert(next) {
                    queue.push_back(states.len());
                    states.push((next, at, c));
                }
            }
            if states.len() > limit || self.len() > terms_limit {
                return Found::GaveUp;
            }
        }
        Found::Nothing
    }

    /// One character for each class of characters that the term treats alike, the preferred ones first.
    fn representatives(&self, id: TermId) -> Vec<char> {
        let mut starts = BTreeSet::from(['\0']);
        self.boundaries(id, &mut starts);
        let starts: Vec<char> = starts.into_iter().collect();
        let mut picked: Vec<(usize, char)> = Vec::with_capacity(starts.len());
        for (index, &from) in starts.iter().enumerate() {
            let within = |c: char| c >= from && starts.get(index + 1).is_none_or(|&next| c < next);
            let nice = READABLE.iter().position(|&c| within(c));
            let (rank, c) = match nice {
                Some(rank) => (rank, READABLE[rank]),
                None if from.is_ascii_graphic() => (20, from),
                None if within('é') => (30, 'é'),
                None => (40, from),
            };
            picked.push((rank, c));
        }
        picked.sort_unstable();
        picked.into_iter().map(|(_, c)| c).collect()
    }

    fn boundaries(&self, id: TermId, starts: &mut BTreeSet<char>) {
        match self.get(id) {
            Term::Empty | Term::Epsilon => {}
            Term::Class(ranges) => {
                for &(from, to) in ranges {
                    starts.insert(from);
                    starts.extend(successor(to));
                }
                debug_assert!(contains(ranges, ranges[0].0));
            }
            Term::Concat(left, right) => {
                self.boundaries(*left, starts);
                if self.nullable(*left) {
                    self.boundaries(*right, starts);
                }
            }
            Term::Union(parts) | Term::Intersection(parts) => {
                parts.iter().for_each(|&part| self.boundaries(part, starts));
            }
            Term::Complement(inner) | Term::Repeat(inner, _, _) => self.boundaries(*inner, starts),
        }
    }
}

fn spell(states: &[(TermId, usize, char)], mut at: usize) -> String {
    let mut letters = Vec::new();
    while at != 0 {
        letters.push(states[at].2);
        at = states[at].1;
    }
    letters.iter().rev().collect()
}
