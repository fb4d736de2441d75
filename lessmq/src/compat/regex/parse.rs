//! ECMA-262 patterns: the subset that schemas use.

use std::fmt;

use self::Refusal::{Invalid, Unsupported};
use super::terms::negate;

/// Why a pattern cannot be converted to a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is not a pattern.
    Invalid(&'static str),
    /// It may be a pattern, but of a kind that is not supported.
    Unsupported(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Invalid(why) | Self::Unsupported(why)) = self;
        f.write_str(why)
    }
}

/// Whether `text` is a pattern. Patterns of kinds that are not supported are not read to the end.
pub(crate) fn may_be_pattern(text: &str) -> bool {
    !matches!(parse(text), Err(Refusal::Invalid(_)))
}

/// The longest pattern that is parsed.
const MAX_PATTERN_BYTES: usize = 1_000;
/// How deep groups may nest. They are parsed by recursion.
const MAX_GROUP_DEPTH: usize = 60;
/// The greatest count of a quantifier, such as `{1,20}`.
const MAX_REPEAT: u32 = 1_000;

const UNBALANCED: Refusal = Invalid("an unbalanced pattern");

#[derive(Debug, Clone)]
pub(super) enum Ast {
    Class(Vec<(char, char)>),
    Concat(Vec<Ast>),
    Choice(Vec<Ast>),
    Repeat(Box<Ast>, u32, Option<u32>),
    Start,
    End,
    Ahead(Box<Ast>, bool),
    Behind(Box<Ast>, bool),
}

/// Parses a regular expression.
pub(super) fn parse(pattern: &str) -> Result<Ast, Refusal> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(Unsupported("a pattern of more than 1,000 bytes"));
    }
    let mut parser = Parser { rest: pattern.chars().collect(), at: 0, depth: 0 };
    let ast = parser.choice()?;
    if parser.at < parser.rest.len() {
        return Err(UNBALANCED);
    }
    Ok(ast)
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
        if self.depth > MAX_GROUP_DEPTH {
            return Err(Unsupported("a pattern nested too deeply"));
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
            return Err(Unsupported("a repetition over 1,000"));
        }
        if max.is_some_and(|max| max < min) {
            return Err(Invalid("a repetition whose bounds are the wrong way round"));
        }
        if matches!(self.peek(), Some('*' | '+')) {
            return Err(Invalid("a quantifier of a quantifier"));
        }
        Ok(Ast::Repeat(Box::new(atom), min, max))
    }

    /// Parses `{m}`, `{m,}` or `{m,n}` up to the closing brace, which is not consumed.
    fn bounds(&mut self) -> Result<(u32, Option<u32>), Refusal> {
        let body: String = self.rest[self.at + 1..].iter().take_while(|&&c| c != '}').collect();
        let (min, max) = match body.split_once(',') {
            Some((min, "")) => (min, None),
            Some((min, max)) => (min, Some(max)),
            None => (body.as_str(), Some(body.as_str())),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(min) || !max.is_none_or(digits) {
            return Err(Invalid("a brace that is no repetition"));
        }
        let parse = |text: &str| text.parse::<u32>().map_err(|_| Unsupported("a repetition over 1,000"));
        let bounds = (parse(min)?, max.map(parse).transpose()?);
        self.at += 1 + body.chars().count();
        if self.peek() != Some('}') {
            return Err(Invalid("a brace that is no repetition"));
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
            Some('*' | '+' | '?') | None => Err(Invalid("a quantifier with nothing before it")),
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
            while self.next().ok_or(UNBALANCED)? != '>' {}
            0
        } else if self.peek() == Some('?') {
            return Err(Unsupported("an unknown kind of group"));
        } else {
            0
        };
        let inner = self.choice()?;
        if !self.eat(")") {
            return Err(UNBALANCED);
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
            let c = self.next().ok_or(UNBALANCED)?;
            if c == ']' {
                break;
            }
            let from = if c == '\\' { self.escape(true)? } else { vec![(c, c)] };
            let single = from.len() == 1 && from[0].0 == from[0].1;
            if self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|&c| c != ']') {
                if !single {
                    return Err(Invalid("a class escape at the end of a range"));
                }
                self.at += 1;
                let c = self.next().ok_or(UNBALANCED)?;
                let to = if c == '\\' { self.escape(true)? } else { vec![(c, c)] };
                if to.len() != 1 || to[0].0 != to[0].1 || to[0].0 < from[0].0 {
                    return Err(Invalid("an invalid character range"));
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
        match self.next().ok_or(Invalid("a pattern that ends in a backslash"))? {
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
                _ => Err(Invalid("a control escape without its letter")),
            },
            'x' => self.hex(2).and_then(one),
            'u' if self.eat("{") => {
                let digits = self.rest[self.at..].iter().take_while(|&&c| c != '}').count();
                let c = self.hex(digits)?;
                if self.eat("}") { one(c) } else { Err(UNBALANCED) }
            }
            'u' => self.hex(4).and_then(one),
            class @ ('p' | 'P') if self.eat("{") => {
                let name: String = self.rest[self.at..].iter().take_while(|&&c| c != '}').collect();
                self.at += name.chars().count();
                if !self.eat("}") {
                    return Err(UNBALANCED);
                }
                let ranges =
                    super::unicode::property(&name).ok_or(Unsupported("an unknown Unicode property"))?;
                Ok(if class == 'p' { ranges } else { negate(ranges) })
            }
            'b' | 'B' | 'p' | 'P' | 'k' | '0'..='9' => {
                Err(Unsupported("an escape such as \\b, \\p or a back-reference"))
            }
            c if c.is_ascii_alphanumeric() => Err(Invalid("an unknown escape")),
            c => one(c),
        }
    }

    fn hex(&mut self, digits: usize) -> Result<char, Refusal> {
        const BAD: Refusal = Invalid("an invalid hexadecimal escape");
        let text: String = self.rest.get(self.at..self.at + digits).ok_or(BAD)?.iter().collect();
        self.at += digits;
        let code = u32::from_str_radix(&text, 16).map_err(|_| BAD)?;
        char::from_u32(code).ok_or(BAD)
    }
}
