//! Names in Rust, and serde's rules for names on the wire.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};

use crate::generate::names::{ascii, capitalised, is_identifier, pascal, snake, unique};

/// Names that cannot be used for a field, even with `r#`.
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];
/// serde's renaming rules, the most common ones first.
const RULES: [&str; 8] = [
    "snake_case",
    "camelCase",
    "PascalCase",
    "kebab-case",
    "SCREAMING_SNAKE_CASE",
    "SCREAMING-KEBAB-CASE",
    "lowercase",
    "UPPERCASE",
];

/// An identifier, raw if it is a keyword.
pub(super) fn ident(name: &str) -> Ident {
    if is_identifier(name) {
        Ident::new(name, Span::call_site())
    } else {
        Ident::new_raw(name, Span::call_site())
    }
}

/// Unique names for fields.
pub(super) fn field_names<'a>(wires: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    wires.map(|wire| unique(&field_name(wire), &mut taken)).collect()
}

fn field_name(wire: &str) -> String {
    let name = if is_snake(wire) { wire.to_owned() } else { snake(wire) };
    let name = if can_be_raw(&name) { name } else { ascii(&name, "field") };
    if NEVER.contains(&name.as_str()) { format!("{name}_") } else { name }
}

fn is_snake(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_plain)
}

fn can_be_raw(name: &str) -> bool {
    NEVER.contains(&name) || is_identifier(name) || is_identifier(&format!("r#{name}"))
}

/// Unique names for variants.
pub(super) fn variant_names<'a>(wires: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    wires.map(|wire| unique(&variant_name(wire), &mut taken)).collect()
}

fn variant_name(wire: &str) -> String {
    let is_pascal = wire.starts_with(|c: char| c.is_ascii_uppercase())
        && wire.chars().all(|c| c.is_ascii_alphanumeric())
        && wire.chars().any(|c| c.is_ascii_lowercase());
    let name = if is_pascal { wire.to_owned() } else { pascal(wire) };
    let name = if is_identifier(&name) { name } else { ascii(&name, "Variant").replace('_', "") };
    if NEVER.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// Applies a rule to the name of a field.
fn apply_to_field(rule: &str, name: &str) -> String {
    let joined = |words: Vec<String>| words.concat();
    match rule {
        "snake_case" | "lowercase" => name.to_owned(),
        "PascalCase" => joined(name.split('_').map(capitalised).collect()),
        "camelCase" => {
            let pascal = apply_to_field("PascalCase", name);
            lower_first(&pascal)
        }
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.to_ascii_uppercase().replace('_', "-"),
        _ => name.to_ascii_uppercase(),
    }
}

/// Applies a rule to the name of a variant.
fn apply_to_variant(rule: &str, name: &str) -> String {
    let snake = || {
        let mut snake = String::new();
        for (index, c) in name.char_indices() {
            if index > 0 && c.is_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        snake
    };
    match rule {
        "PascalCase" => name.to_owned(),
        "lowercase" => name.to_ascii_lowercase(),
        "UPPERCASE" => name.to_ascii_uppercase(),
        "camelCase" => lower_first(name),
        "snake_case" => snake(),
        "SCREAMING_SNAKE_CASE" => snake().to_ascii_uppercase(),
        "kebab-case" => snake().replace('_', "-"),
        _ => snake().to_ascii_uppercase().replace('_', "-"),
    }
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_ascii_lowercase(), characters.as_str()))
}

/// The serde attributes that convert names in code to names on the wire.
pub(super) struct Renaming {
    /// The rule for all names (`rename_all`).
    pub(super) rule: Option<&'static str>,
    /// The name on the wire (`rename`), for names that differ even with the rule.
    pub(super) renames: Vec<Option<String>>,
}

/// The renaming of fields.
pub(super) fn rename_fields(names: &[String], wires: &[&str]) -> Renaming {
    renaming(names, wires, "snake_case", apply_to_field)
}

/// The renaming of variants.
pub(super) fn rename_variants(names: &[String], wires: &[&str]) -> Renaming {
    renaming(names, wires, "PascalCase", apply_to_variant)
}

fn renaming(names: &[String], wires: &[&str], usual: &str, apply: fn(&str, &str) -> String) -> Renaming {
    let misses =
        |rule: &str| names.iter().zip(wires).filter(|(name, wire)| apply(rule, name) != **wire).count();
    let without = misses(usual);
    let best = RULES.into_iter().min_by_key(|rule| misses(rule));
    let rule = best.filter(|best| *best != usual && misses(best) == 0 && without > 0);
    let applied = rule.unwrap_or(usual);
    let renames = names.iter().zip(wires).map(|(name, wire)| {
        // The compiler normalises names, and serde would use the normalised name.
        let is_same = name.is_ascii() && apply(applied, name) == **wire;
        (!is_same).then(|| (*wire).to_owned())
    });
    Renaming { rule, renames: renames.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(names: &[&str], wires: &[&str]) -> (Option<&'static str>, Vec<Option<String>>) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let renaming = rename_variants(&names, wires);
        (renaming.rule, renaming.renames)
    }

    #[test]
    fn a_rule_is_used_only_if_it_applies_to_all_names() {
        assert_eq!(renamed(&["NotFound"], &["not_found"]), (Some("snake_case"), vec![None]));
        assert_eq!(renamed(&["NotFound", "Bad"], &["NotFound", "Bad"]), (None, vec![None, None]));
        assert_eq!(
            renamed(&["NotFound", "Bad"], &["not_found", "Bad"]),
            (None, vec![Some("not_found".to_owned()), None])
        );
    }

    #[test]
    fn every_field_gets_a_valid_name() {
        let wires = ["type", "self", "a-b", "a_b", "", "2nd", "größe", "日本", "_"];
        let names = field_names(wires.into_iter());
        assert_eq!(names, ["type", "self_", "a_b", "a_b2", "field", "field_2nd", "größe", "日本", "field2"]);
        for name in names {
            assert!(!ident(&name).to_string().is_empty());
        }
    }
}
