//! JSON from the wire, for a terminal.

/// The deepest level that is indented. Deeper values stay on one line, so that the output cannot become much larger than
/// the input.
const MAX_INDENTED_LEVEL: usize = 32;

/// Valid JSON with line breaks and indentation. Numbers and the order of fields stay as they are, and control characters
/// are escaped.
pub(super) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut is_new, mut in_string, mut after_backslash) = (0, false, false, false);
    for c in json.chars() {
        if in_string {
            push(&mut out, c);
            in_string = after_backslash || c != '"';
            after_backslash = c == '\\' && !after_backslash;
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(c, '}' | ']');
        if closes {
            depth -= 1;
        }
        // An empty list or object stays on its line.
        if is_new != closes {
            new_line(&mut out, depth);
        }
        is_new = matches!(c, '{' | '[');
        if is_new {
            depth += 1;
        }
        in_string = c == '"';
        push(&mut out, c);
        match c {
            ',' => new_line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    if depth <= MAX_INDENTED_LEVEL {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

/// Valid JSON whose control characters are escaped.
pub(super) fn escape(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    json.chars().for_each(|c| push(&mut out, c));
    out
}

/// Adds a character. Control characters, and those that reverse the direction of text, are in strings only.
fn push(out: &mut String, c: char) {
    let reverses = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || reverses {
        out.push_str(&format!("\\u{:04x}", u32::from(c)));
    } else {
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_is_indented_as_serde_json_does_it() {
        for text in [
            r#"{"a":[1,{"b":null}],"c":{},"d":[],"e":"{[,:\"\\"}"#,
            "7",
            r#""text""#,
            "[]",
            "{}",
            "[[[]],[{}]]",
        ] {
            let value: Value = serde_json::from_str(text).expect("it is JSON");
            let expected = serde_json::to_string_pretty(&value).expect("it can be written");
            assert_eq!(pretty(text), expected);
            assert_eq!(pretty(&expected), expected);
        }
    }

    #[test]
    fn numbers_and_the_order_of_fields_stay_as_they_are() {
        assert_eq!(
            pretty(r#"{"b":340282366920938463463374607431768211455,"a":1.10}"#),
            "{\n  \"b\": 340282366920938463463374607431768211455,\n  \"a\": 1.10\n}"
        );
    }

    #[test]
    fn control_characters_are_escaped_and_the_value_stays_the_same() {
        let text = "{\"\u{9b}31m\":\"\u{7f}\u{202e}\"}";
        let shown = pretty(text);
        assert!(shown.is_ascii(), "{shown}");
        assert_eq!(
            serde_json::from_str::<Value>(&shown).expect("it is JSON"),
            serde_json::from_str::<Value>(text).expect("it is JSON")
        );
    }

    #[test]
    fn deep_nesting_does_not_inflate_the_output() {
        let text = "[".repeat(10_000) + &"]".repeat(10_000);
        assert!(pretty(&text).len() < 2 * text.len());
    }
}
