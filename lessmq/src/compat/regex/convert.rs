//! Converts parsed patterns to terms.
//!
//! A look-ahead is an intersection with the language of the text that follows, so the conversion takes that language as
//! an argument. A look-behind is supported if the text before it is always long enough to decide it. All other patterns
//! are refused.

use super::parse::Refusal::{self, Unsupported};
use super::parse::{Ast, parse};
use super::terms::{TermId, Terms};

impl Terms {
    /// The strings that contain a match of `pattern`.
    pub(crate) fn pattern(&mut self, pattern: &str) -> Result<TermId, Refusal> {
        let ast = parse(pattern)?;
        let at_start = self.convert(&ast, Self::ALL, true)?;
        if only_at_start(&ast) {
            return Ok(at_start);
        }
        let later = self.convert(&ast, Self::ALL, false)?;
        let prefix = self.of_length(1, None);
        let later = self.concat(prefix, later);
        Ok(self.union([at_start, later]))
    }

    /// The language of `ast` followed by `rest`. `start` is true at the start of the text.
    fn convert(&mut self, ast: &Ast, rest: TermId, start: bool) -> Result<TermId, Refusal> {
        if is_plain(ast) {
            let term = self.plain(ast)?;
            return Ok(self.concat(term, rest));
        }
        match ast {
            Ast::Start => Ok(if start { rest } else { Self::EMPTY }),
            Ast::End => Ok(self.intersection([rest, Self::EPSILON])),
            Ast::Ahead(inner, positive) => {
                let ahead = self.convert(inner, Self::ALL, start)?;
                let ahead = if *positive { ahead } else { self.complement(ahead) };
                Ok(self.intersection([ahead, rest]))
            }
            Ast::Choice(parts) => {
                let parts: Result<Vec<_>, _> =
                    parts.iter().map(|part| self.convert(part, rest, start)).collect();
                Ok(self.union(parts?))
            }
            Ast::Concat(parts) => self.convert_sequence(parts, rest, start),
            Ast::Repeat(inner, min, max) => self.convert_repeat(inner, *min, *max, rest, start),
            Ast::Behind(..) => {
                Err(Unsupported("a look-behind that may look further back than the start of its group"))
            }
            Ast::Class(_) => Ok(rest),
        }
    }

    fn convert_sequence(&mut self, parts: &[Ast], rest: TermId, start: bool) -> Result<TermId, Refusal> {
        // `prefix(?<!x)` is converted as a whole: the words of the prefix that do not end in x.
        if let Some(at) = parts.iter().rposition(|part| matches!(part, Ast::Behind(..))) {
            if parts[at + 1..].iter().any(mentions_start) {
                return Err(Unsupported("an anchor after a look-behind"));
            }
            let prefix = self.before_look_behind(&parts[..at], &parts[at])?;
            let rest = self.convert_sequence(&parts[at + 1..], rest, false)?;
            return Ok(self.concat(prefix, rest));
        }
        let Some((first, tail)) = parts.split_first() else { return Ok(rest) };
        if consumes_nothing(first) || !tail.iter().any(mentions_start) {
            let after = start && consumes_nothing(first);
            let rest = self.convert_sequence(tail, rest, after)?;
            return self.convert(first, rest, start);
        }
        if shortest(first) > 0 {
            let rest = self.convert_sequence(tail, rest, false)?;
            return self.convert(first, rest, start);
        }
        Err(Unsupported("an anchor after optional text"))
    }

    /// The words of `before` whose end satisfies the look-behind.
    fn before_look_behind(&mut self, before: &[Ast], look: &Ast) -> Result<TermId, Refusal> {
        let Ast::Behind(inner, positive) = look else { return Err(Unsupported("not a look-behind")) };
        let prefix = Ast::Concat(before.to_vec());
        if !is_plain(&prefix) || !is_plain(inner) {
            return Err(Unsupported("a look-behind next to an anchor"));
        }
        if longest(inner).is_none_or(|length| length > shortest(&prefix)) {
            return Err(Unsupported("a look-behind that may look further back than the start of its group"));
        }
        let words = self.plain(&prefix)?;
        let ending = self.plain(inner)?;
        let ending = self.concat(Self::ALL, ending);
        let ending = if *positive { ending } else { self.complement(ending) };
        Ok(self.intersection([words, ending]))
    }

    fn convert_repeat(
        &mut self,
        inner: &Ast,
        min: u32,
        max: Option<u32>,
        rest: TermId,
        start: bool,
    ) -> Result<TermId, Refusal> {
        if let Some(term) = self.behind_only(inner)? {
            let term = self.repeat(term, min, max);
            return Ok(self.concat(term, rest));
        }
        // A few rounds are unrolled, because a look-ahead depends on the rounds that follow.
        let Some(max) = max.filter(|&max| max <= 8) else {
            return Err(Unsupported("an anchor or look-around in a loop"));
        };
        let mut result = if min == 0 { rest } else { Self::EMPTY };
        let mut after = rest;
        if max > 1 && mentions_start(inner) {
            return Err(Unsupported("an anchor in a loop"));
        }
        for round in 1..=max {
            after = self.convert(inner, after, start && round == max)?;
            if round >= min {
                result = self.union([result, after]);
            }
        }
        Ok(result)
    }

    /// The language of a sequence whose look-arounds are all look-behinds within the sequence; otherwise `None`.
    fn behind_only(&mut self, ast: &Ast) -> Result<Option<TermId>, Refusal> {
        let Ast::Concat(parts) = ast else { return Ok(None) };
        if !parts.iter().all(|part| is_plain(part) || matches!(part, Ast::Behind(..))) {
            return Ok(None);
        }
        self.convert_sequence(parts, Self::EPSILON, false).map(Some)
    }

    fn plain(&mut self, ast: &Ast) -> Result<TermId, Refusal> {
        Ok(match ast {
            Ast::Class(ranges) => self.class(ranges.clone()),
            Ast::Concat(parts) => {
                let mut term = Self::EPSILON;
                for part in parts.iter().rev() {
                    let head = self.plain(part)?;
                    term = self.concat(head, term);
                }
                term
            }
            Ast::Choice(parts) => {
                let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.plain(part)).collect();
                self.union(parts?)
            }
            Ast::Repeat(inner, min, max) => {
                let inner = self.plain(inner)?;
                self.repeat(inner, *min, *max)
            }
            _ => Self::EPSILON,
        })
    }
}

fn is_plain(ast: &Ast) -> bool {
    match ast {
        Ast::Class(_) => true,
        Ast::Concat(parts) | Ast::Choice(parts) => parts.iter().all(is_plain),
        Ast::Repeat(inner, ..) => is_plain(inner),
        Ast::Start | Ast::End | Ast::Ahead(..) | Ast::Behind(..) => false,
    }
}

fn mentions_start(ast: &Ast) -> bool {
    match ast {
        Ast::Start => true,
        Ast::Concat(parts) | Ast::Choice(parts) => parts.iter().any(mentions_start),
        Ast::Repeat(inner, ..) | Ast::Ahead(inner, _) | Ast::Behind(inner, _) => mentions_start(inner),
        _ => false,
    }
}

fn only_at_start(ast: &Ast) -> bool {
    match ast {
        Ast::Start => true,
        Ast::Concat(parts) => {
            let head = parts.iter().take_while(|part| consumes_nothing(part)).count();
            parts.iter().take(head + 1).any(only_at_start)
        }
        Ast::Choice(parts) => parts.iter().all(only_at_start),
        _ => false,
    }
}

fn consumes_nothing(ast: &Ast) -> bool {
    longest(ast) == Some(0)
}

fn shortest(ast: &Ast) -> u32 {
    match ast {
        Ast::Class(_) => 1,
        Ast::Concat(parts) => parts.iter().map(shortest).fold(0, u32::saturating_add),
        Ast::Choice(parts) => parts.iter().map(shortest).min().unwrap_or(0),
        Ast::Repeat(inner, min, _) => shortest(inner).saturating_mul(*min),
        _ => 0,
    }
}

fn longest(ast: &Ast) -> Option<u32> {
    match ast {
        Ast::Class(_) => Some(1),
        Ast::Concat(parts) => parts.iter().map(longest).try_fold(0_u32, |sum, part| sum.checked_add(part?)),
        Ast::Choice(parts) => parts.iter().map(longest).try_fold(0, |most, part| Some(most.max(part?))),
        Ast::Repeat(inner, _, max) => match longest(inner)? {
            0 => Some(0),
            length => length.checked_mul((*max)?),
        },
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Found;
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let mut terms = Terms::default();
        let term = terms.pattern(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        terms.matches(term, text)
    }

    fn included(left: &str, right: &str) -> bool {
        let mut terms = Terms::default();
        let left = terms.pattern(left).expect("a pattern");
        let right = terms.pattern(right).expect("a pattern");
        let right = terms.complement(right);
        let both = terms.intersection([left, right]);
        terms.shortest(both, 10_000) == Found::Nothing
    }

    #[test]
    fn patterns_match_what_ecma_matches() {
        for (pattern, yes, no) in [
            ("a+", "bab", "bb"),
            ("^a{2,3}$", "aaa", "aaaa"),
            ("^[a-z0-9_-]+$", "a-b", "A"),
            (r"^\d{3}\.\w$", "123._", "123x_"),
            ("^(?=x$)x$", "x", "xx"),
            ("^(?!ab$)[ab]+$", "aba", "ab"),
            (r"^([a-z]+[a-z\-]*(?<!-))(\.[a-z]+[a-z\-]*(?<!-))*$", "a-b.c", "a-.c"),
            (r"^\cC$", "\u{3}", "C"),
            ("^(a|b$)", "b", "bc"),
            (r"\u0041", "xA", "x"),
            ("", "anything", "\0never"),
        ] {
            assert!(matches(pattern, yes), "{pattern} should match {yes}");
            assert!(pattern.is_empty() || !matches(pattern, no), "{pattern} should not match {no}");
        }
    }

    #[test]
    fn patterns_are_compared_by_the_strings_that_they_match() {
        assert!(included("^[a-f]+$", "^[a-z]+$"));
        assert!(!included("^[a-z]+$", "^[a-f]+$"));
        assert!(included("^(ab)*$", "^(abab)*(ab)?$"));
        assert!(included("^a+$", "a"));
        assert!(!included("a", "^a+$"));
    }

    #[test]
    fn unsupported_patterns_are_refused() {
        let mut terms = Terms::default();
        for pattern in [r"(a)\1", r"\bword", "(", "[", r"\p{letter}", "a{1", "a**", &"(".repeat(3_000)] {
            assert!(terms.pattern(pattern).is_err(), "{pattern}");
        }
    }
}
