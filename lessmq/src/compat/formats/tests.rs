use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

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

#[test]
fn strings_are_of_the_format_that_its_standard_describes() {
    for (format, yes, no) in [
        ("date", "2000-02-29", "1900-02-29"),
        ("date-time", "1998-12-31T15:59:60.123-08:00", "1998-12-31T23:58:60Z"),
        ("date-time", "2024-01-01t00:00:00z", "2024-01-01 00:00:00Z"),
        ("time", "01:29:60+01:30", "01:29:60+01:31"),
        ("duration", "P1Y2M3DT4H5M6S", "P1Y3D"),
        ("duration", "P4W", "P4WT1H"),
        ("email", r#""a @\" b"@[IPv6:::1]"#, "Ada <ada@example.com>"),
        ("email", "a.b+c@localhost", "a..b@localhost"),
        ("hostname", "a-1.example", "a-.example"),
        ("json-pointer", "/a~1b/~0", "/a~2"),
        ("relative-json-pointer", "10#", "01/a"),
        ("regex", r"\bword\p{L}", "(a"),
        ("uri", "http://u:p@[::1]:80/a%20b?c#d", "//host/a"),
        ("uri", "urn:isbn:1", "http://[::1"),
        ("uri-reference", "../a?b", "a b"),
        ("iri", "https://bücher.example/ä?\u{e000}", "https://example.com/\u{e000}"),
        ("uri-template", "/a{?b*,c:3}", "/a{b:0}"),
    ] {
        let id = FormatId::named(format).expect("the format is in the table");
        assert!(id.accepts(yes, &mut Terms::default()), "`{yes}` is a {format}");
        assert!(!id.accepts(no, &mut Terms::default()), "`{no}` is not a {format}");
    }
}

/// Replaces a part of a text.
type Edit = (Index, usize, String);

fn edited(text: &str, edits: Vec<Edit>) -> String {
    edits.into_iter().fold(text.to_owned(), |text, (at, removed, inserted)| {
        let letters: Vec<char> = text.chars().collect();
        let at = at.index(letters.len() + 1);
        let rest = letters.iter().skip(at + removed);
        letters[..at].iter().copied().chain(inserted.chars()).chain(rest.copied()).collect()
    })
}

/// Strings that are nearly of one format, and the name of the format.
fn candidates() -> impl Strategy<Value = (&'static str, String)> {
    const MORE: [(&str, &str); 14] = [
        ("date-time", "1998-12-31T23:59:60+00:00"),
        ("time", "23:20:50.52+23:59"),
        ("duration", "P1Y2M3DT4H5M6S"),
        ("email", r#""a b"@[IPv6:2001:db8::1]"#),
        ("email", "a.b@c.[127.0.0.1]"),
        ("hostname", "a--b.xn.c"),
        ("json-pointer", "/a~1b/~0"),
        ("relative-json-pointer", "10#"),
        ("regex", r"^(?<a>[^\d\-x]{2,3}|(?!b)\u0041\$)*?\x41$"),
        ("uri", "http://user:p%20@[v1.a:b]:80/a//b?c/?#d"),
        ("uri", "http://[::ffff:127.0.0.1]"),
        ("uri-reference", "//a:1@b:2/c:d"),
        ("iri", "https://bücher.example/ä?\u{e000}\u{f0000}"),
        ("uri-template", "a{+b.c_d%41:99,e*}{/f}"),
    ];
    let checked = TABLE.iter().filter(|entry| !matches!(entry.check, Check::Nothing));
    let samples = checked.flat_map(|entry| entry.samples.iter().map(|&sample| (entry.name, sample)));
    let edit =
        (any::<Index>(), 0..3_usize, r"[a-zA-Z0-9:/?#@%~.+*,;(){}\[\]|^$\\<>\x00\u{a0}é\u{fffe} -]{0,2}");
    (select(samples.chain(MORE).collect::<Vec<_>>()), vec(edit, 0..4))
        .prop_map(|((name, sample), edits)| (name, edited(sample, edits)))
}

/// Whether the `jsonschema` crate, which decodes such names, may reject what we accept.
fn has_encoded_name(name: &str, text: &str) -> bool {
    matches!(name, "email" | "hostname") && text.contains("xn--")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_checks_agree_with_the_jsonschema_crate((name, text) in candidates()) {
        let id = FormatId::named(name).expect("it is in the table");
        let mut terms = Terms::default();
        let ours = id.accepts(&text, &mut terms);
        let (within, _) = id.bounds(&mut terms);
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&json!({"format": name}))
            .expect("a schema with one `format` is valid");
        // It takes `*` for a digit in times and dates, and accepts a name in front of an email address.
        let is_accepted_wrongly = !terms.matches(within, &text) || name == "email" && text.contains(" <");
        let theirs = validator.is_valid(&Value::from(text.as_str())) && !is_accepted_wrongly;
        let may_differ = match name {
            "char" | "ip" => true, // It does not know them.
            "regex" => ours, // Ours accepts more, and does not read every pattern to the end.
            _ => has_encoded_name(name, &text),
        };
        prop_assert!(ours == theirs || may_differ, "{name} {text:?}: {ours}, {theirs}");
    }
}
