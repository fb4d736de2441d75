//! Hash-consed terms, their smart constructors and derivatives.

use std::collections::HashMap;

/// One term in [`Terms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TermId(u32);

/// A set of characters, as sorted, disjoint, inclusive ranges.
pub(crate) type Ranges = Box<[(char, char)]>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Empty,
    Epsilon,
    Class(Ranges),
    Concat(TermId, TermId),
    Union(Box<[TermId]>),
    Intersection(Box<[TermId]>),
    Complement(TermId),
    Repeat(TermId, u32, Option<u32>),
}

/// The arena of terms. Structurally equal terms have the same id.
#[derive(Debug)]
pub(crate) struct Terms {
    terms: Vec<Term>,
    nullable: Vec<bool>,
    index: HashMap<Term, TermId>,
    derivatives: HashMap<(TermId, char), TermId>,
}

impl Default for Terms {
    fn default() -> Self {
        let mut terms =
            Self { terms: vec![], nullable: vec![], index: HashMap::new(), derivatives: HashMap::new() };
        terms.intern(Term::Empty);
        terms.intern(Term::Complement(Self::EMPTY));
        terms.intern(Term::Epsilon);
        terms
    }
}

impl Terms {
    /// The term that matches no string.
    pub(crate) const EMPTY: TermId = TermId(0);
    /// The term that matches every string.
    pub(crate) const ALL: TermId = TermId(1);
    /// The term that matches only the empty string.
    pub(crate) const EPSILON: TermId = TermId(2);

    pub(super) fn get(&self, id: TermId) -> &Term {
        &self.terms[id.0 as usize]
    }

    /// Whether the empty string belongs to the language.
    pub(crate) fn nullable(&self, id: TermId) -> bool {
        self.nullable[id.0 as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.terms.len()
    }

    fn intern(&mut self, term: Term) -> TermId {
        if let Some(&id) = self.index.get(&term) {
            return id;
        }
        let nullable = match &term {
            Term::Empty | Term::Class(_) => false,
            Term::Epsilon => true,
            Term::Concat(left, right) => self.nullable(*left) && self.nullable(*right),
            Term::Union(parts) => parts.iter().any(|&part| self.nullable(part)),
            Term::Intersection(parts) => parts.iter().all(|&part| self.nullable(part)),
            Term::Complement(inner) => !self.nullable(*inner),
            Term::Repeat(inner, min, _) => *min == 0 || self.nullable(*inner),
        };
        let id = TermId(u32::try_from(self.terms.len()).expect("the budget ends long before 2^32 terms"));
        self.terms.push(term.clone());
        self.nullable.push(nullable);
        self.index.insert(term, id);
        id
    }

    /// The strings of one character in `ranges`.
    pub(crate) fn class(&mut self, ranges: Vec<(char, char)>) -> TermId {
        let ranges = normalize(ranges);
        if ranges.is_empty() { Self::EMPTY } else { self.intern(Term::Class(ranges.into())) }
    }

    /// The strings of one character.
    pub(crate) fn any(&mut self) -> TermId {
        self.class(vec![('\0', char::MAX)])
    }

    pub(crate) fn concat(&mut self, left: TermId, right: TermId) -> TermId {
        match (left, right) {
            (Self::EMPTY, _) | (_, Self::EMPTY) => Self::EMPTY,
            (Self::EPSILON, other) | (other, Self::EPSILON) => other,
            (Self::ALL, Self::ALL) => Self::ALL,
            _ => {
                if let Term::Concat(first, rest) = *self.get(left) {
                    let rest = self.concat(rest, right);
                    return self.concat(first, rest);
                }
                self.intern(Term::Concat(left, right))
            }
        }
    }

    pub(crate) fn literal(&mut self, text: &str) -> TermId {
        let mut term = Self::EPSILON;
        for c in text.chars().rev() {
            let class = self.class(vec![(c, c)]);
            term = self.concat(class, term);
        }
        term
    }

    pub(crate) fn union(&mut self, parts: impl IntoIterator<Item = TermId>) -> TermId {
        let mut flat = Vec::new();
        let mut ranges = Vec::new();
        for part in parts {
            match self.get(part) {
                Term::Empty => {}
                Term::Union(inner) => flat.extend_from_slice(inner),
                Term::Class(class) => ranges.extend_from_slice(class),
                _ => flat.push(part),
            }
        }
        flat.retain(|&part| match self.get(part) {
            Term::Class(class) => {
                ranges.extend_from_slice(class);
                false
            }
            _ => true,
        });
        if !ranges.is_empty() {
            flat.push(self.class(ranges));
        }
        self.finish(flat, Self::ALL, Self::EMPTY, Term::Union)
    }

    pub(crate) fn intersection(&mut self, parts: impl IntoIterator<Item = TermId>) -> TermId {
        let mut flat = Vec::new();
        for part in parts {
            match self.get(part) {
                Term::Intersection(inner) => flat.extend_from_slice(inner),
                _ => flat.push(part),
            }
        }
        flat.retain(|&part| part != Self::ALL);
        self.finish(flat, Self::EMPTY, Self::ALL, Term::Intersection)
    }

    /// Sorts and deduplicates `parts`. With `absorbing` or two opposite parts, the result is `absorbing`. Without
    /// parts, it is `neutral`.
    fn finish(
        &mut self,
        mut parts: Vec<TermId>,
        absorbing: TermId,
        neutral: TermId,
        make: fn(Box<[TermId]>) -> Term,
    ) -> TermId {
        parts.sort_unstable();
        parts.dedup();
        let opposed = |&part: &TermId| match self.get(part) {
            Term::Complement(inner) => parts.binary_search(inner).is_ok(),
            _ => false,
        };
        if parts.contains(&absorbing) || parts.iter().any(opposed) {
            return absorbing;
        }
        match parts[..] {
            [] => neutral,
            [part] => part,
            _ => self.intern(make(parts.into())),
        }
    }

    pub(crate) fn complement(&mut self, inner: TermId) -> TermId {
        match self.get(inner) {
            Term::Complement(original) => *original,
            _ => self.intern(Term::Complement(inner)),
        }
    }

    pub(crate) fn repeat(&mut self, inner: TermId, min: u32, max: Option<u32>) -> TermId {
        let min = if self.nullable(inner) { 0 } else { min };
        match (self.get(inner), min, max) {
            (_, _, Some(0)) | (Term::Epsilon, _, _) | (Term::Empty, 0, _) => Self::EPSILON,
            (Term::Empty, _, _) => Self::EMPTY,
            (_, 1, Some(1)) => inner,
            (Term::Class(ranges), 0, None) if ranges[..] == [('\0', char::MAX)] => Self::ALL,
            _ => self.intern(Term::Repeat(inner, min, max)),
        }
    }

    /// Every string of `min` to `max` characters.
    pub(crate) fn of_length(&mut self, min: u32, max: Option<u32>) -> TermId {
        let any = self.any();
        self.repeat(any, min, max)
    }

    /// The language of the strings that may follow `c`.
    pub(crate) fn derivative(&mut self, id: TermId, c: char) -> TermId {
        if let Some(&known) = self.derivatives.get(&(id, c)) {
            return known;
        }
        let result = match self.get(id).clone() {
            Term::Empty | Term::Epsilon => Self::EMPTY,
            Term::Class(ranges) => {
                if contains(&ranges, c) {
                    Self::EPSILON
                } else {
                    Self::EMPTY
                }
            }
            Term::Concat(left, right) => {
                let head = self.derivative(left, c);
                let first = self.concat(head, right);
                if self.nullable(left) {
                    let second = self.derivative(right, c);
                    self.union([first, second])
                } else {
                    first
                }
            }
            Term::Union(parts) => {
                let parts: Vec<_> = parts.iter().map(|&part| self.derivative(part, c)).collect();
                self.union(parts)
            }
            Term::Intersection(parts) => {
                let parts: Vec<_> = parts.iter().map(|&part| self.derivative(part, c)).collect();
                self.intersection(parts)
            }
            Term::Complement(inner) => {
                let inner = self.derivative(inner, c);
                self.complement(inner)
            }
            Term::Repeat(inner, min, max) => {
                let head = self.derivative(inner, c);
                let rest = self.repeat(inner, min.saturating_sub(1), max.map(|max| max - 1));
                self.concat(head, rest)
            }
        };
        self.derivatives.insert((id, c), result);
        result
    }

    /// Whether the whole of `text` belongs to the language.
    pub(crate) fn matches(&mut self, id: TermId, text: &str) -> bool {
        let end = text.chars().fold(id, |state, c| self.derivative(state, c));
        self.nullable(end)
    }
}

/// The code point after `c`, surrogates skipped.
pub(super) fn successor(c: char) -> Option<char> {
    match c {
        '\u{d7ff}' => Some('\u{e000}'),
        char::MAX => None,
        _ => char::from_u32(u32::from(c) + 1),
    }
}

pub(super) fn predecessor(c: char) -> Option<char> {
    match c {
        '\u{e000}' => Some('\u{d7ff}'),
        '\0' => None,
        _ => char::from_u32(u32::from(c) - 1),
    }
}

pub(super) fn contains(ranges: &[(char, char)], c: char) -> bool {
    ranges.iter().any(|&(from, to)| from <= c && c <= to)
}

fn normalize(mut ranges: Vec<(char, char)>) -> Vec<(char, char)> {
    ranges.sort_unstable();
    let mut out: Vec<(char, char)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match out.last_mut() {
            Some(last) if successor(last.1).is_none_or(|next| from <= next) => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// Every character outside of `ranges`.
pub(super) fn negate(ranges: Vec<(char, char)>) -> Vec<(char, char)> {
    let mut out = Vec::new();
    let mut next = Some('\0');
    for (from, to) in normalize(ranges) {
        if let (Some(start), Some(end)) = (next, predecessor(from))
            && start <= end
        {
            out.push((start, end));
        }
        next = successor(to);
    }
    if let Some(start) = next {
        out.push((start, char::MAX));
    }
    out
}
