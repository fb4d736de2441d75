//! The names of fields and variants in JSON, as serde's attributes set them.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, Meta, Token};

/// The attributes of a type, a field or a variant that set names.
#[derive(Debug, Default)]
pub(super) struct Naming {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Option<String>,
    pub(super) rename_all_fields: Option<String>,
    pub(super) is_skipped: bool,
    pub(super) is_untagged: bool,
}

impl Naming {
    /// Reads `#[serde(…)]` and `#[schemars(…)]`, which overrides it. If the names for serializing and deserializing
    /// differ, the one for serializing is used.
    pub(super) fn read(attributes: &[Attribute]) -> Self {
        let mut naming = Self::default();
        for family in ["serde", "schemars"] {
            for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(family)) {
                let parts = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                // The compiler reports attributes that do not parse.
                parts.into_iter().flatten().for_each(|part| naming.add(&part));
            }
        }
        naming
    }

    fn add(&mut self, part: &Meta) {
        let is = |name| part.path().is_ident(name);
        self.is_skipped |= is("skip");
        self.is_untagged |= is("untagged");
        let target = match () {
            () if is("rename") => &mut self.rename,
            () if is("rename_all") => &mut self.rename_all,
            () if is("rename_all_fields") => &mut self.rename_all_fields,
            () => return,
        };
        if let Some(name) = value(part) {
            *target = Some(name);
        }
    }
}

/// The string in `name = "text"` or `name(serialize = "text", …)`.
fn value(part: &Meta) -> Option<String> {
    match part {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        Meta::List(list) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
            parts.iter().find(|part| part.path().is_ident("serialize")).and_then(value)
        }
        Meta::Path(_) => None,
    }
}

/// The name of a field, which is in snake case, with `rename_all`.
pub(super) fn field(name: &str, rule: Option<&str>) -> String {
    let words = || name.split('_').filter(|word| !word.is_empty());
    let pascal = || words().map(capitalized).collect::<String>();
    match rule.unwrap_or_default() {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => decapitalized(&pascal()),
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.to_uppercase().replace('_', "-"),
        _ => name.to_owned(),
    }
}

/// The name of a variant, which is in Pascal case, with `rename_all`.
pub(super) fn variant(name: &str, rule: Option<&str>) -> String {
    let snake = || {
        let mut snake = String::new();
        for (index, c) in name.char_indices() {
            if index > 0 && c.is_uppercase() {
                snake.push('_');
            }
            snake.extend(c.to_lowercase());
        }
        snake
    };
    match rule.unwrap_or_default() {
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "camelCase" => decapitalized(name),
        "snake_case" => snake(),
        "SCREAMING_SNAKE_CASE" => snake().to_uppercase(),
        "kebab-case" => snake().replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => snake().to_uppercase().replace('_', "-"),
        _ => name.to_owned(),
    }
}

fn capitalized(word: &str) -> String {
    first(word, |c| c.to_uppercase().collect())
}

fn decapitalized(word: &str) -> String {
    first(word, |c| c.to_lowercase().collect())
}

fn first(word: &str, change: impl Fn(char) -> String) -> String {
    let mut letters = word.chars();
    letters.next().map(change).unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_serde() {
        let rules = [
            ("lowercase", "display_name", "notfound"),
            ("UPPERCASE", "DISPLAY_NAME", "NOTFOUND"),
            ("PascalCase", "DisplayName", "NotFound"),
            ("camelCase", "displayName", "notFound"),
            ("snake_case", "display_name", "not_found"),
            ("SCREAMING_SNAKE_CASE", "DISPLAY_NAME", "NOT_FOUND"),
            ("kebab-case", "display-name", "not-found"),
            ("SCREAMING-KEBAB-CASE", "DISPLAY-NAME", "NOT-FOUND"),
        ];
        for (rule, of_field, of_variant) in rules {
            assert_eq!(field("display_name", Some(rule)), of_field, "{rule}");
            assert_eq!(variant("NotFound", Some(rule)), of_variant, "{rule}");
        }
        assert_eq!((field("a_b", None), variant("AbC", None)), ("a_b".to_owned(), "AbC".to_owned()));
    }

    #[test]
    fn attributes_of_schemars_override_those_of_serde() {
        let naming = |attributes: &str| {
            let item: syn::ItemStruct =
                syn::parse_str(&format!("{attributes} struct A;")).expect("it is a struct");
            Naming::read(&item.attrs)
        };
        let both = naming("#[schemars(rename = \"B\")] #[serde(rename = \"C\", rename_all = \"camelCase\")]");
        assert_eq!((both.rename.as_deref(), both.rename_all.as_deref()), (Some("B"), Some("camelCase")));
        let split = naming("#[serde(rename(serialize = \"out\", deserialize = \"in\"))]");
        assert_eq!(split.rename.as_deref(), Some("out"));
        assert!(naming("#[serde(skip)]").is_skipped);
    }
}
