//! Unicode properties in patterns: `\p{Letter}`, `\p{Script=Greek}`.
//!
//! The tables are large. So they are known only with the feature `jsonschema`, whose crate needs them too.

/// The characters with a property; `None` if the property is not known.
#[cfg(feature = "jsonschema")]
pub(super) fn property(name: &str) -> Option<Vec<(char, char)>> {
    use regex_syntax::hir::{Class, HirKind};

    // Other forms are read by the parser, but they are not ECMA-262.
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_known_form = match name.split_once('=') {
        None => is_name(name),
        Some((key, value)) => ["General_Category", "Script", "gc", "sc"].contains(&key) && is_name(value),
    };
    if !is_known_form {
        return None;
    }
    match regex_syntax::parse(&format!("\\p{{{name}}}")).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => {
            Some(class.ranges().iter().map(|range| (range.start(), range.end())).collect())
        }
        _ => None,
    }
}

/// No property is known without the feature `jsonschema`.
#[cfg(not(feature = "jsonschema"))]
pub(super) fn property(_name: &str) -> Option<Vec<(char, char)>> {
    None
}

#[cfg(all(test, feature = "jsonschema"))]
mod tests {
    use super::property;

    #[test]
    fn properties_have_the_names_of_ecma_262() {
        let has = |name: &str, c: char| {
            property(name).is_some_and(|ranges| ranges.iter().any(|&(from, to)| (from..=to).contains(&c)))
        };
        assert!(has("Letter", 'é') && has("L", 'é') && !has("L", '1'));
        assert!(has("Script=Greek", 'α') && has("sc=Greek", 'α') && !has("Script=Greek", 'a'));
        for unknown in ["letter", "No_Such_Property", "L ", "", "age=3.0"] {
            assert_eq!(property(unknown), None, "{unknown}");
        }
    }
}
