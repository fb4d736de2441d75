//! Formats as types: what a Rust peer parses.
//!
//! Integer formats are ranges. A string format is a set of strings, described by two patterns (every string of the
//! format matches `within`, every string that matches `surely` is of the format) and by a check for a single string.

use super::regex::{TermId, Terms};

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
    /// The `jsonschema` crate checks the string.
    Standard,
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

const fn standard(name: &'static str, samples: &'static [&'static str]) -> TextFormat {
    TextFormat { name, within: ANYTHING, surely: None, check: Check::Standard, samples }
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
        check: Check::Standard,
        samples: &["2024-02-29T12:30:00Z"],
    },
    TextFormat {
        name: "date",
        within: concat!("^", digits!(date), "$"),
        surely: Some(concat!("^", digits!(sure date), "$")),
        check: Check::Standard,
        samples: &["2024-02-29"],
    },
    TextFormat {
        name: "time",
        within: concat!("^", digits!(time), digits!(zone), "$"),
        surely: Some(concat!("^", digits!(sure time), "Z$")),
        check: Check::Standard,
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
    standard("duration", &["PT1H", "P1D"]),
    standard("email", &["user@example.com"]),
    standard("hostname", &["example.com", "a"]),
    standard("idn-email", &["user@example.com"]),
    standard("idn-hostname", &["example.com", "a"]),
    standard("iri", &["https://example.com/", "a:b"]),
    standard("iri-reference", &["https://example.com/", "a"]),
    standard("json-pointer", &["", "/a"]),
    standard("regex", &["a", "^a+$"]),
    standard("relative-json-pointer", &["0", "1/a"]),
    standard("uri", &["https://example.com/", "a:b"]),
    standard("uri-reference", &["https://example.com/", "a"]),
    standard("uri-template", &["a", "/{a}"]),
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

    /// The formats that this module checks itself.
    pub(crate) fn checked_here() -> impl Iterator<Item = &'static str> {
        TABLE.iter().filter(|format| !matches!(format.check, Check::Standard)).map(|format| format.name)
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

    /// Whether `text` is of this format.
    pub(crate) fn accepts(self, text: &str, terms: &mut Terms) -> bool {
        let entry = self.entry();
        match entry.check {
            Check::Exact => {
                let (within, _) = self.bounds(terms);
                terms.matches(within, text)
            }
            Check::With(check) => check(text),
            Check::Standard => standard_accepts(entry.name, text),
        }
    }
}

fn standard_accepts(name: &str, text: &str) -> bool {
    let schema = serde_json::json!({"format": name});
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema with one `format` is valid");
    validator.is_valid(&serde_json::Value::from(text))
}

#[cfg(test)]
mod tests {
    use super::super::regex::Found;
    use super::*;

    #[test]
    fn the_table_agrees_with_itself() {
        for entry in TABLE {
            let id = FormatId::named(entry.name).expect("an entry finds itself");
            let mut terms = Terms::default();
            let (within, surely) = id.bounds(&mut terms);
            for sample in entry.samples {
                assert!(id.accepts(sample, &mut terms), "{sample} is a {}", entry.name);
                assert!(terms.matches(within, sample), "{sample} is within {}", entry.name);
            }
            let outside = terms.complement(within);
            let stray = terms.intersection([surely, outside]);
            assert_eq!(terms.shortest(stray, 50_000), Found::Nothing, "{}", entry.name);
            if let Found::Word(word) = terms.shortest(surely, 50_000) {
                assert!(id.accepts(&word, &mut terms), "{word} is a {}", entry.name);
            }
        }
    }
}
