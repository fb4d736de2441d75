//! Strings: lengths, patterns, formats and excluded strings, as one language.

use serde_json::Value;

use super::branch::Branch;
use super::{Outcome, Solver};
use crate::compat::formats::FormatId;
use crate::compat::regex::{Found, TermId, Terms};
use crate::compat::schema::{Node, StringAtom};

/// The limit of visited states of the automaton.
const MAX_STATES: usize = 20_000;
/// The longest string that is built to violate a `maxLength`.
const MAX_BUILT_CHARS: u64 = 100_000;

#[derive(Debug, Default)]
struct Strings {
    min: u64,
    max: Option<u64>,
    patterns: Vec<(TermId, bool)>,
    formats: Vec<(FormatId, bool)>,
    excluded: Vec<String>,
}

impl Solver<'_> {
    pub(super) fn string(&mut self, branch: &Branch) -> Outcome {
        let strings = self.strings(branch);
        if strings.max.is_some_and(|max| max < strings.min) {
            return Outcome::Empty;
        }
        if strings.patterns.is_empty() && strings.formats.is_empty() {
            return strings.of_length_alone();
        }
        if strings.min.max(strings.max.unwrap_or(0)) > 5_000 {
            return self.sampled(&strings, "a length over 5,000 together with a pattern or a format");
        }
        self.by_language(&strings)
    }

    fn strings(&self, branch: &Branch) -> Strings {
        let mut strings = Strings::default();
        for &lit in &branch.atoms {
            let yes = !lit.negated();
            match self.schemas.node(lit) {
                Node::String(StringAtom::MinLength(min)) if yes => strings.min = strings.min.max(*min),
                Node::String(StringAtom::MinLength(min)) => strings.at_most(min.saturating_sub(1)),
                Node::String(StringAtom::MaxLength(max)) if yes => strings.at_most(*max),
                Node::String(StringAtom::MaxLength(max)) => {
                    strings.min = strings.min.max(max.saturating_add(1));
                }
                Node::String(StringAtom::Pattern(term)) => strings.patterns.push((*term, yes)),
                Node::String(StringAtom::Format(format)) => strings.formats.push((*format, yes)),
                Node::Enum(values) => {
                    strings.excluded.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => {}
            }
        }
        strings
    }

    /// All conditions except the formats, as a term.
    fn language(&mut self, strings: &Strings) -> TermId {
        let terms = &mut self.schemas.terms;
        let bound = |length: u64| u32::try_from(length).unwrap_or(u32::MAX);
        let mut parts = vec![terms.of_length(bound(strings.min), strings.max.map(bound))];
        for &(term, yes) in &strings.patterns {
            parts.push(if yes { term } else { terms.complement(term) });
        }
        for text in &strings.excluded {
            let text = terms.literal(text);
            parts.push(terms.complement(text));
        }
        terms.intersection(parts)
    }

    fn by_language(&mut self, strings: &Strings) -> Outcome {
        let has = |wanted: bool| {
            strings.formats.iter().filter(move |(_, yes)| *yes == wanted).map(|(format, _)| *format)
        };
        if has(true).any(|format| has(false).any(|other| format.implies(other))) {
            return Outcome::Empty;
        }
        let language = self.language(strings);
        let (mut surely, mut possibly) = (vec![language], vec![language]);
        for &(format, yes) in &strings.formats {
            let terms = &mut self.schemas.terms;
            let (within, certain) = format.bounds(terms);
            if yes {
                surely.push(certain);
                possibly.push(within);
            } else {
                surely.push(terms.complement(within));
                possibly.push(terms.complement(certain));
            }
        }
        let surely = self.schemas.terms.intersection(surely);
        let possibly = self.schemas.terms.intersection(possibly);
        match self.shortest(surely) {
            Found::Word(word) => return Outcome::Witness(word.into()),
            Found::Nothing if surely == possibly => return Outcome::Empty,
            Found::Nothing | Found::GaveUp => {}
        }
        match self.shortest(possibly) {
            Found::Nothing => Outcome::Empty,
            Found::Word(word) if self.satisfies(strings, &word) => Outcome::Witness(word.into()),
            Found::Word(_) | Found::GaveUp => {
                self.sampled(strings, "a combination of a pattern and a format")
            }
        }
    }

    fn shortest(&mut self, language: TermId) -> Found {
        if language == Terms::EMPTY {
            return Found::Nothing;
        }
        let limit = MAX_STATES.min(self.steps as usize);
        let before = self.schemas.terms.len();
        let found = self.schemas.terms.shortest(language, limit);
        let cost = self.schemas.terms.len() - before;
        self.spend(u32::try_from(cost / 4).unwrap_or(u32::MAX));
        found
    }

    /// Tries sample strings of the formats and a few plain strings, if nothing else is possible.
    fn sampled(&mut self, strings: &Strings, reason: &str) -> Outcome {
        let samples = strings.formats.iter().flat_map(|(format, _)| format.samples());
        let plain = ["", "a", "0", "A", " ", "aa", "a.b", "a b", "{", "%", "-"];
        let candidates: Vec<String> = samples
            .chain(&plain)
            .map(|&text| text.to_owned())
            .chain(Some(string_of_length(strings.min)))
            .collect();
        for candidate in candidates {
            if self.satisfies(strings, &candidate) {
                return Outcome::Witness(candidate.into());
            }
        }
        Outcome::Unknown(None, reason.into())
    }

    fn satisfies(&mut self, strings: &Strings, text: &str) -> bool {
        let length = text.chars().count() as u64;
        let terms = &mut self.schemas.terms;
        length >= strings.min
            && strings.max.is_none_or(|max| length <= max)
            && !strings.excluded.iter().any(|excluded| excluded == text)
            && strings.patterns.iter().all(|&(term, yes)| terms.matches(term, text) == yes)
            && strings.formats.iter().all(|&(format, yes)| format.accepts(text, terms) == yes)
    }
}

impl Strings {
    fn at_most(&mut self, max: u64) {
        self.max = Some(self.max.map_or(max, |known| known.min(max)));
    }

    /// There are more strings of one length than an enumeration excludes, but only one of length zero.
    fn of_length_alone(&self) -> Outcome {
        let free = |text: &str| {
            let length = text.chars().count() as u64;
            length >= self.min
                && self.max.is_none_or(|max| length <= max)
                && !self.excluded.iter().any(|excluded| excluded == text)
        };
        if self.min > MAX_BUILT_CHARS {
            return Outcome::Unknown(None, "a length over 100,000".into());
        }
        for text in ["a", "b", "x", "y", "z", ""] {
            if free(text) {
                return Outcome::Witness(text.into());
            }
        }
        if self.max == Some(0) {
            return Outcome::Empty;
        }
        let stem = string_of_length(self.min.max(1));
        let stem = &stem[1..];
        let letters = ('a'..='z').chain('0'..='9').chain('\u{4e00}'..='\u{9fff}');
        for letter in letters {
            let text = format!("{letter}{stem}");
            if free(&text) {
                return Outcome::Witness(text.into());
            }
        }
        Outcome::Unknown(None, "too many excluded strings".into())
    }
}

fn string_of_length(length: u64) -> String {
    "a".repeat(usize::try_from(length.min(MAX_BUILT_CHARS)).expect("at most 100,000"))
}
