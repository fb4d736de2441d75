//! ECMA-262 patterns (the subset that schemas use) into terms.
//!
//! Look-ahead is an intersection with what follows, so conversion takes the language of the rest as an argument.
//! Look-behind is decided where the text before it is long enough to tell; what is left is refused, never guessed.

use super::terms::{TermId, Terms, negate};

/// Why a pattern has no term.
pub(crate) type Refusal = &'static str;

const MAX_PATTERN: usize = 1_000;
const MAX_DEPTH: usize = 60;
const MAX_REPEAT: u32 = 1_000;

#[derive(Debug, Clone)]
enum Ast {
    Class(Vec<(char, char)>),
    Concat(Vec<Ast>),
    Choice(Vec<Ast>),
    Repeat(Box<Ast>, u32, Option<u32>),
    Start,
    End,
    Ahead(Box<Ast>, bool),
    Behind(Box<Ast>, bool),
}

impl Terms {
    /// The strings that contain a match of `pattern`.
    pub(crate) fn pattern(&mut self, pattern: &str) -> Result<TermId, Refusal> {
        if pattern.len() > MAX_PATTERN {
            return Err("a pattern longer than 1,000 characters");
        }
        let mut parser = Parser { rest: pattern.chars().collect(), at: 0, depth: 0 };
        let ast = parser.choice()?;
        if parser.at < parser.rest.len() {
            return Err("an unbalanced pattern");
        }
        let at_start = self.convert(&ast, Self::ALL, true)?;
        if only_at_start(&ast) {
            return Ok(at_start);
        }
        let later = self.convert(&ast, Self::ALL, false)?;
        let prefix = self.of_length(1, None);
        let later = self.concat(prefix, later);
        Ok(self.union([at_start, later]))
    }

    /// The language of `ast` followed by `rest`; `start` says that nothing stands before.
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
            Ast::Behind(..) => Err("a look-behind that reaches over its group"),
            Ast::Class(_) => Ok(rest),
        }
    }

    fn convert_sequence(&mut self, parts: &[Ast], rest: TermId, start: bool) -> Result<TermId, Refusal> {
        // `prefix(?<!x)` is one step: the prefix without those of its words that end in x.
        if let Some(at) = parts.iter().rposition(|part| matches!(part, Ast::Behind(..))) {
            if parts[at + 1..].iter().any(mentions_start) {
                return Err("an anchor after a look-behind");
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
        Err("an anchor after optional text")
    }

    /// The plain words of `before` whose end satisfies the look-behind.
    fn before_look_behind(&mut self, before: &[Ast], look: &Ast) -> Result<TermId, Refusal> {
        let Ast::Behind(inner, positive) = look else { return Err("not a look-behind") };
        let prefix = Ast::Concat(before.to_vec());
        if !is_plain(&prefix) || !is_plain(inner) {
            return Err("a look-behind beside an anchor");
        }
        if longest(inner).is_none_or(|length| length > shortest(&prefix)) {
            return Err("a look-behind that reaches over its group");
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
        // Few enough rounds are written out: each sees what follows it.
        let Some(max) = max.filter(|&max| max <= 8) else { return Err("an anchor or look-around in a loop") };
        let mut result = if min == 0 { rest } else { Self::EMPTY };
        let mut after = rest;
        if max > 1 && mentions_start(inner) {
            return Err("an anchor in a loop");
        }
        for round in 1..=max {
            after = self.convert(inner, after, start && round == max)?;
            if round >= min {
                result = self.union([result, after]);
            }
        }
        Ok(result)
    }

    /// A sequence whose only look-around is a look-behind inside itself is a plain language.
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

struct Parser {
    rest: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(i, c)| self.rest.get(self.at + i) == Some(&c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn choice(&mut self) -> Result<Ast, Refusal> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("a pattern nested too deeply");
        }
        let mut parts = vec![self.sequence()?];
        while self.eat("|") {
            parts.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Ast::Choice(parts) })
    }

    fn sequence(&mut self) -> Result<Ast, Refusal> {
        let mut parts = Vec::new();
        while self.peek().is_some_and(|c| c != '|' && c != ')') {
            let atom = self.atom()?;
            parts.push(self.quantified(atom)?);
        }
        Ok(Ast::Concat(parts))
    }

    fn quantified(&mut self, atom: Ast) -> Result<Ast, Refusal> {
        let (min, max) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => self.bounds()?,
            _ => return Ok(atom),
        };
        self.at += 1;
        self.eat("?");
        if min.max(max.unwrap_or(0)) > MAX_REPEAT {
            return Err("a repetition over 1,000");
        }
        if max.is_some_and(|max| max < min) {
            return Err("a repetition whose bounds are the wrong way round");
        }
        if matches!(self.peek(), Some('*' | '+')) {
            return Err("a quantifier of a quantifier");
        }
        Ok(Ast::Repeat(Box::new(atom), min, max))
    }

    /// `{m}`, `{m,}` or `{m,n}`, left standing on the closing brace.
    fn bounds(&mut self) -> Result<(u32, Option<u32>), Refusal> {
        let body: String = self.rest[self.at + 1..].iter().take_while(|&&c| c != '}').collect();
        let (min, max) = match body.split_once(',') {
            Some((min, "")) => (min, None),
            Some((min, max)) => (min, Some(max)),
            None => (body.as_str(), Some(body.as_str())),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(min) || !max.is_none_or(digits) {
            return Err("a brace that is no repetition");
        }
        let parse = |text: &str| text.parse::<u32>().map_err(|_| "a repetition over 1,000");
        let bounds = (parse(min)?, max.map(parse).transpose()?);
        self.at += 1 + body.chars().count();
        if self.peek() != Some('}') {
            return Err("a brace that is no repetition");
        }
        Ok(bounds)
    }

    fn atom(&mut self) -> Result<Ast, Refusal> {
        match self.next() {
            Some('^') => Ok(Ast::Start),
            Some('$') => Ok(Ast::End),
            Some('.') => Ok(Ast::Class(negate(vec![('\n', '\n')]))),
            Some('[') => self.class(),
            Some('(') => self.group(),
            Some('\\') => self.escape(false).map(Ast::Class),
            Some('*' | '+' | '?') | None => Err("a quantifier with nothing before it"),
            Some(c) => Ok(Ast::Class(vec![(c, c)])),
        }
    }

    fn group(&mut self) -> Result<Ast, Refusal> {
        let kind = if self.eat("?:") {
            0
        } else if self.eat("?=") {
            1
        } else if self.eat("?!") {
            2
        } else if self.eat("?<=") {
            3
        } else if self.eat("?<!") {
            4
        } else if self.eat("?<") || self.eat("?P<") {
            while self.next().ok_or("an unbalanced pattern")? != '>' {}
            0
        } else if self.peek() == Some('?') {
            return Err("an unknown kind of group");
        } else {
            0
        };
        let inner = self.choice()?;
        if !self.eat(")") {
            return Err("an unbalanced pattern");
        }
        Ok(match kind {
            1 | 2 => Ast::Ahead(Box::new(inner), kind == 1),
            3 | 4 => Ast::Behind(Box::new(inner), kind == 3),
            _ => inner,
        })
    }

    fn class(&mut self) -> Result<Ast, Refusal> {
        let negated = self.eat("^");
        let mut ranges = Vec::new();
        loop {
            let c = self.next().ok_or("an unbalanced pattern")?;
            if c == ']' {
                break;
            }
            let from = if c == '\\' { self.escape(true)? } else { vec![(c, c)] };
            let single = from.len() == 1 && from[0].0 == from[0].1;
            if self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|&c| c != ']') {
                if !single {
                    return Err("a class escape at the end of a range");
                }
                self.at += 1;
                let c = self.next().ok_or("an unbalanced pattern")?;
                let to = if c == '\\' { self.escape(true)? } else { vec![(c, c)] };
                if to.len() != 1 || to[0].0 != to[0].1 || to[0].0 < from[0].0 {
                    return Err("a character range that is none");
                }
                ranges.push((from[0].0, to[0].0));
            } else {
                ranges.extend(from);
            }
        }
        Ok(Ast::Class(if negated { negate(ranges) } else { ranges }))
    }

    fn escape(&mut self, in_class: bool) -> Result<Vec<(char, char)>, Refusal> {
        let digit = vec![('0', '9')];
        let word = vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
        let space = vec![
            ('\t', '\r'),
            (' ', ' '),
            ('\u{a0}', '\u{a0}'),
            ('\u{1680}', '\u{1680}'),
            ('\u{2000}', '\u{200a}'),
            ('\u{2028}', '\u{2029}'),
            ('\u{202f}', '\u{202f}'),
            ('\u{205f}', '\u{205f}'),
            ('\u{3000}', '\u{3000}'),
            ('\u{feff}', '\u{feff}'),
        ];
        let one = |c: char| Ok(vec![(c, c)]);
        match self.next().ok_or("a pattern that ends in a backslash")? {
            'd' => Ok(digit),
            'D' => Ok(negate(digit)),
            'w' => Ok(word),
            'W' => Ok(negate(word)),
            's' => Ok(space),
            'S' => Ok(negate(space)),
            't' => one('\t'),
            'n' => one('\n'),
            'r' => one('\r'),
            'v' => one('\u{b}'),
            'f' => one('\u{c}'),
            'b' if in_class => one('\u{8}'),
            'c' => match self.next() {
                Some(c) if c.is_ascii_alphabetic() => one(char::from((c as u8) % 32)),
                _ => Err("a control escape without its letter"),
            },
            'x' => self.hex(2).and_then(one),
            'u' if self.eat("{") => {
                let digits = self.rest[self.at..].iter().take_while(|&&c| c != '}').count();
                let c = self.hex(digits)?;
                if self.eat("}") { one(c) } else { Err("an unbalanced pattern") }
            }
            'u' => self.hex(4).and_then(one),
            c if c.is_ascii_alphanumeric() => Err("an escape such as \\b, \\p or a back-reference"),
            c => one(c),
        }
    }

    fn hex(&mut self, digits: usize) -> Result<char, Refusal> {
        const BAD: Refusal = "a hexadecimal escape that is none";
        let text: String = self.rest.get(self.at..self.at + digits).ok_or(BAD)?.iter().collect();
        self.at += digits;
        let code = u32::from_str_radix(&text, 16).map_err(|_| BAD)?;
        char::from_u32(code).ok_or(BAD)
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
    fn inclusion_is_of_languages_not_of_text() {
        assert!(included("^[a-f]+$", "^[a-z]+$"));
        assert!(!included("^[a-z]+$", "^[a-f]+$"));
        assert!(included("^(ab)*$", "^(abab)*(ab)?$"));
        assert!(included("^a+$", "a"));
        assert!(!included("a", "^a+$"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let mut terms = Terms::default();
        for pattern in [r"(a)\1", r"\bword", "(", "[", r"\p{L}", "a{1", "a**", &"(".repeat(3_000)] {
            assert!(terms.pattern(pattern).is_err(), "{pattern}");
        }
    }
}
