//! Formats as types: what a Rust peer parses.
//!
//! Integer formats are ranges. A string format is a set of strings, described by two patterns (every string of the
//! format matches `within`, every string that matches `surely` is of the format) and by a check for a single string.

mod calendar;
mod names;
mod pointers;
mod templates;
#[cfg(test)]
mod tests;

use super::regex::{self, TermId, Terms};
use super::uri;

/// A string format of [`TABLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FormatId(u8);

struct TextFormat {
    name: &'static str,
    within: &'static str,
    surely: Option<&'static str>,
    check: Check,
    samples: &'static [&'static str],
}

enum Check {
    /// A string is of the format exactly if it matches `within`.
    Exact,
    With(fn(&str) -> bool),
    /// Nothing is checked: internationalized names need the tables of Unicode.
    Nothing,
}

macro_rules! digits {
    (date) => {
        r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    };
    (sure date) => {
        r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
    };
    (time) => {
        r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    };
    (sure time) => {
        r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?"
    };
    (zone) => {
        r"([zZ]|[+-]([01]\d|2[0-3]):[0-5]\d)"
    };
    (byte) => {
        "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    };
}

/// The pattern that matches every string, for formats without a narrower pattern.
const ANYTHING: &str = "";

/// A format that is not compared as a language.
const fn text(name: &'static str, check: fn(&str) -> bool, samples: &'static [&'static str]) -> TextFormat {
    TextFormat { name, within: ANYTHING, surely: None, check: Check::With(check), samples }
}

const fn unchecked(name: &'static str, samples: &'static [&'static str]) -> TextFormat {
    TextFormat { name, within: ANYTHING, surely: None, check: Check::Nothing, samples }
}

const TABLE: &[TextFormat] = &[
    TextFormat {
        name: "uuid",
        within: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        surely: None,
        check: Check::Exact,
        samples: &["67e55044-10b1-426f-9247-bb680e5fe0c8"],
    },
    TextFormat {
        name: "date-time",
        within: concat!("^", digits!(date), "[tT]", digits!(time), digits!(zone), "$"),
        surely: Some(concat!("^", digits!(sure date), "T", digits!(sure time), "Z$")),
        check: Check::With(calendar::is_date_time),
        samples: &["2024-02-29T12:30:00Z"],
    },
    TextFormat {
        name: "date",
        within: concat!("^", digits!(date), "$"),
        surely: Some(concat!("^", digits!(sure date), "$")),
        check: Check::With(calendar::is_date),
        samples: &["2024-02-29"],
    },
    TextFormat {
        name: "time",
        within: concat!("^", digits!(time), digits!(zone), "$"),
        surely: Some(concat!("^", digits!(sure time), "Z$")),
        check: Check::With(calendar::is_time),
        samples: &["12:30:00Z"],
    },
    TextFormat {
        name: "ipv4",
        within: concat!("^", digits!(byte), r"(\.", digits!(byte), "){3}$"),
        surely: None,
        check: Check::Exact,
        samples: &["192.0.2.1"],
    },
    TextFormat {
        name: "ipv6",
        within: "^[0-9a-fA-F:.]{2,45}$",
        surely: Some("^([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}$"),
        check: Check::With(|text| text.parse::<std::net::Ipv6Addr>().is_ok()),
        samples: &["2001:db8::1", "::"],
    },
    TextFormat {
        name: "ip",
        within: "^[0-9a-fA-F:.]{2,45}$",
        surely: Some(concat!(
            "^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|",
            digits!(byte),
            r"(\.",
            digits!(byte),
            "){3})$"
        )),
        check: Check::With(|text| text.parse::<std::net::IpAddr>().is_ok()),
        samples: &["192.0.2.1", "::"],
    },
    TextFormat { name: "char", within: r"^[\s\S]$", surely: None, check: Check::Exact, samples: &["a"] },
    text("duration", calendar::is_duration, &["PT1H", "P1D"]),
    text("email", names::is_email, &["user@example.com"]),
    text("hostname", names::is_hostname, &["example.com", "a"]),
    unchecked("idn-email", &["user@example.com"]),
    unchecked("idn-hostname", &["example.com", "a"]),
    text("iri", uri::is_iri, &["https://example.com/", "a:b", "a:\u{e4}"]),
    text("iri-reference", uri::is_iri_reference, &["https://example.com/", "a", "\u{e4}"]),
    text("json-pointer", pointers::is_pointer, &["", "/a"]),
    text("regex", regex::may_be_pattern, &["a", "^a+$"]),
    text("relative-json-pointer", pointers::is_relative_pointer, &["0", "1/a"]),
    text("uri", uri::is_uri, &["https://example.com/", "a:b"]),
    text("uri-reference", uri::is_uri_reference, &["https://example.com/", "a"]),
    text("uri-template", templates::is_template, &["a", "/{a}"]),
];

/// Formats, each with the formats that every string of it has as well.
const IMPLIED: [(&str, &[&str]); 7] = [
    ("email", &["idn-email"]),
    ("hostname", &["idn-hostname"]),
    ("ipv4", &["ip"]),
    ("ipv6", &["ip"]),
    ("iri", &["iri-reference"]),
    ("uri", &["iri", "iri-reference", "uri-reference"]),
    ("uri-reference", &["iri-reference"]),
];

/// The range of an integer format.
pub(crate) fn integer_range(name: &str) -> Option<(i128, i128)> {
    Some(match name {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" => (0, u64::MAX.into()),
        _ => return None,
    })
}

/// Whether a format has no effect: a Rust peer reads any number as a `double`.
pub(crate) fn has_no_effect(name: &str) -> bool {
    matches!(name, "float" | "double" | "password" | "int128" | "uint128")
}

impl FormatId {
    pub(crate) fn named(name: &str) -> Option<Self> {
        let at = TABLE.iter().position(|format| format.name == name)?;
        u8::try_from(at).ok().map(Self)
    }

    fn entry(self) -> &'static TextFormat {
        &TABLE[usize::from(self.0)]
    }

    /// Readable strings of the format.
    pub(crate) fn samples(self) -> &'static [&'static str] {
        self.entry().samples
    }

    /// The languages of `within` and `surely`: a superset and a subset of the format.
    pub(crate) fn bounds(self, terms: &mut Terms) -> (TermId, TermId) {
        let entry = self.entry();
        let within = terms.pattern(entry.within).expect("the table's patterns are tested");
        let surely = match (&entry.check, entry.surely) {
            (Check::Exact, _) => within,
            (_, Some(surely)) => terms.pattern(surely).expect("the table's patterns are tested"),
            (_, None) => Terms::EMPTY,
        };
        (within, surely)
    }

    /// Whether every string of this format is certainly of the `other` one.
    pub(crate) fn implies(self, other: Self) -> bool {
        let implied = IMPLIED.iter().find(|(name, _)| *name == self.entry().name);
        self == other || implied.is_some_and(|(_, others)| others.contains(&other.entry().name))
    }

    /// Whether `text` is of this format.
    pub(crate) fn accepts(self, text: &str, terms: &mut Terms) -> bool {
        let entry = self.entry();
        match entry.check {
            Check::Exact => {
                let (within, _) = self.bounds(terms);
                terms.matches(within, text)
            }
            Check::With(check) => check(text),
            Check::Nothing => true,
        }
    }
}
