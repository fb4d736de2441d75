//! Chooses the draft of a schema: by `$schema`, by the caller, or by the form of its keywords.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::options::Draft;
use crate::contract::schema::{each_keyword, subschemas};

/// The draft by which a schema was read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChosenDraft {
    /// The draft.
    pub draft: Draft,
    /// Why it was chosen.
    #[serde(flatten)]
    pub reason: DraftReason,
}

/// Why a draft was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
#[non_exhaustive]
pub enum DraftReason {
    /// The schema names the draft in `$schema`.
    Schema,
    /// The caller gave the draft: [`Options::draft`](super::Options::draft).
    Option,
    /// A keyword has a form that this draft has and the latest one does not have.
    Keyword {
        /// A JSON pointer to the keyword.
        pointer: String,
    },
    /// Nothing tells the draft, so it is the latest one.
    Default,
}

impl fmt::Display for ChosenDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.draft.name())?;
        match &self.reason {
            DraftReason::Schema => f.write_str(", by `$schema`"),
            DraftReason::Option => f.write_str(", as given"),
            DraftReason::Keyword { pointer } => write!(f, ", by the keyword at `{pointer}`"),
            DraftReason::Default => f.write_str(", the latest"),
        }
    }
}

/// The draft of `schema`. `given` is the draft of schemas without `$schema`.
///
/// # Errors
/// The reason if the keywords of a schema without `$schema` belong to different drafts.
pub(super) fn choose(schema: &Value, given: Option<Draft>) -> Result<ChosenDraft, String> {
    let named = schema.get("$schema").and_then(Value::as_str).and_then(Draft::named);
    let chosen = match (named, given) {
        (Some(draft), _) => ChosenDraft { draft, reason: DraftReason::Schema },
        (None, Some(draft)) => ChosenDraft { draft, reason: DraftReason::Option },
        (None, None) => by_form(schema)?,
    };
    Ok(chosen)
}

/// What a form of a keyword says about the draft.
#[derive(Debug, Clone, Copy)]
struct Hint {
    first: Draft,
    last: Draft,
    /// Whether the form has no meaning in other drafts. Otherwise it is only unusual there.
    certain: bool,
}

/// What the keyword says about the draft, if it is not one that all drafts have.
fn hint(keyword: &str, value: &Value) -> Option<Hint> {
    let only = |first, last| Some(Hint { first, last, certain: true });
    let usual = |first, last| Some(Hint { first, last, certain: false });
    match (keyword, value) {
        ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(_)) => only(Draft::Draft4, Draft::Draft4),
        ("exclusiveMinimum" | "exclusiveMaximum", Value::Number(_)) => {
            only(Draft::Draft6, Draft::Draft202012)
        }
        ("id", Value::String(_)) => usual(Draft::Draft4, Draft::Draft4),
        ("items", Value::Array(_)) => only(Draft::Draft4, Draft::Draft201909),
        // A list of names is also the form of `dependentRequired`, but not under this name.
        ("additionalItems", _) => only(Draft::Draft4, Draft::Draft201909),
        ("dependencies", Value::Object(_)) => only(Draft::Draft4, Draft::Draft7),
        ("definitions", Value::Object(_)) => usual(Draft::Draft4, Draft::Draft7),
        ("$recursiveRef", Value::String(_)) | ("$recursiveAnchor", Value::Bool(_)) => {
            only(Draft::Draft201909, Draft::Draft201909)
        }
        ("prefixItems", Value::Array(_)) | ("$dynamicRef" | "$dynamicAnchor", Value::String(_)) => {
            only(Draft::Draft202012, Draft::Draft202012)
        }
        (
            "$defs"
            | "dependentRequired"
            | "dependentSchemas"
            | "minContains"
            | "maxContains"
            | "$anchor"
            | "unevaluatedItems"
            | "unevaluatedProperties",
            _,
        ) => only(Draft::Draft201909, Draft::Draft202012),
        ("if" | "then" | "else", _) => only(Draft::Draft7, Draft::Draft202012),
        ("const" | "contains" | "propertyNames", _) | ("$id", Value::String(_)) => {
            only(Draft::Draft6, Draft::Draft202012)
        }
        _ => None,
    }
}

/// The drafts that the keywords of a schema allow.
#[derive(Debug)]
struct Range {
    first: Draft,
    last: Draft,
}

impl Range {
    const ALL: Self = Self { first: Draft::Draft4, last: Draft::Draft202012 };

    fn narrow(&mut self, hint: Hint) {
        self.first = self.first.max(hint.first);
        self.last = self.last.min(hint.last);
    }
}

/// The draft by the forms of the keywords. Forms that are only unusual in other drafts count if nothing contradicts them.
fn by_form(schema: &Value) -> Result<ChosenDraft, String> {
    let mut certain = Range::ALL;
    let mut all = Range::ALL;
    each_keyword(schema, |keyword, value| {
        if let Some(hint) = hint(keyword, value) {
            all.narrow(hint);
            if hint.certain {
                certain.narrow(hint);
            }
        }
    });
    if certain.first > certain.last {
        return Err(mixed(schema));
    }
    let last = if all.first <= all.last { all.last } else { certain.last };
    if last == Draft::Draft202012 {
        return Ok(ChosenDraft { draft: last, reason: DraftReason::Default });
    }
    // Draft 2019-09 has lists in `items` too, but draft-07 is the usual one that has them.
    let draft = if certain.first == Draft::Draft201909 { last } else { last.min(Draft::Draft7) };
    let has_unusual = all.first <= all.last;
    let tells_it = |keyword: &str, value: &Value| {
        hint(keyword, value).is_some_and(|hint| hint.last == last && (hint.certain || has_unusual))
    };
    let pointer = find(schema, &tells_it).unwrap_or_default();
    Ok(ChosenDraft { draft, reason: DraftReason::Keyword { pointer } })
}

/// Names two keywords that no draft has together.
fn mixed(schema: &Value) -> String {
    let ends = |keyword: &str, value: &Value| hint(keyword, value).filter(|hint| hint.certain);
    let oldest = find(schema, &|keyword, value| {
        ends(keyword, value).is_some_and(|hint| hint.last < Draft::Draft202012)
    });
    let newest = |last: Draft| {
        find(schema, &|keyword, value| ends(keyword, value).is_some_and(|hint| hint.first > last))
    };
    let newer =
        [Draft::Draft201909, Draft::Draft7, Draft::Draft6, Draft::Draft4].into_iter().find_map(newest);
    format!(
        "the keywords belong to different drafts: `{}` and `{}`; name the draft in `$schema`",
        oldest.unwrap_or_default(),
        newer.unwrap_or_default()
    )
}

/// The pointer to the first keyword that `is_it` accepts.
fn find(root: &Value, is_it: &impl Fn(&str, &Value) -> bool) -> Option<String> {
    let mut remaining = std::collections::VecDeque::from([(root, String::new())]);
    while let Some((schema, pointer)) = remaining.pop_front() {
        let mut keywords = schema.as_object().into_iter().flatten();
        if let Some((keyword, _)) = keywords.find(|(keyword, value)| is_it(keyword, value)) {
            return Some(crate::contract::schema::join(&pointer, keyword));
        }
        remaining.extend(subschemas(schema).map(|(below, inner)| (inner, format!("{pointer}{below}"))));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(schema: Value, draft: Draft, pointer: Option<&str>) {
        let chosen = choose(&schema, None).expect("its keywords agree");
        let reason = match pointer {
            Some(pointer) => DraftReason::Keyword { pointer: pointer.to_owned() },
            None => DraftReason::Default,
        };
        assert_eq!(chosen, ChosenDraft { draft, reason }, "{schema}");
    }

    #[test]
    fn the_form_of_keywords_tells_the_draft() {
        check(json!({"items": [{"type": "string"}]}), Draft::Draft7, Some("/items"));
        check(
            json!({"properties": {"a": {"additionalItems": false}}}),
            Draft::Draft7,
            Some("/properties/a/additionalItems"),
        );
        check(json!({"dependencies": {"a": ["b"]}}), Draft::Draft7, Some("/dependencies"));
        check(json!({"definitions": {"a": {}}}), Draft::Draft7, Some("/definitions"));
        check(
            json!({"not": {"minimum": 1, "exclusiveMinimum": true}}),
            Draft::Draft4,
            Some("/not/exclusiveMinimum"),
        );
        check(json!({"id": "https://a.test/", "type": "object"}), Draft::Draft4, Some("/id"));
        check(json!({"id": "https://a.test/", "const": 1}), Draft::Draft202012, None);
        check(json!({"items": [{}], "$defs": {}}), Draft::Draft201909, Some("/items"));
        check(json!({"$recursiveRef": "#"}), Draft::Draft201909, Some("/$recursiveRef"));
        check(json!({"definitions": {}, "prefixItems": [{}]}), Draft::Draft202012, None);
        check(json!({"properties": {"items": true, "id": {}, "definitions": {}}}), Draft::Draft202012, None);
        check(
            json!({"const": {"items": [], "id": "a"}, "default": {"dependencies": {}}}),
            Draft::Draft202012,
            None,
        );
    }

    #[test]
    fn what_is_given_or_named_is_chosen() {
        let list = json!({"items": [{}]});
        let given = choose(&list, Some(Draft::Draft202012)).expect("it is given");
        assert_eq!(given, ChosenDraft { draft: Draft::Draft202012, reason: DraftReason::Option });
        let named = json!({"$schema": "http://json-schema.org/draft-06/schema#", "items": [{}]});
        let named = choose(&named, Some(Draft::Draft202012)).expect("it is named");
        assert_eq!(named, ChosenDraft { draft: Draft::Draft6, reason: DraftReason::Schema });
    }

    #[test]
    fn keywords_of_different_drafts_do_not_tell_the_draft() {
        let mixed = json!({"items": [{}], "not": {"prefixItems": [{}]}});
        let reason = choose(&mixed, None).expect_err("no draft has both");
        assert!(reason.contains("`/items` and `/not/prefixItems`"), "{reason}");
    }
}
