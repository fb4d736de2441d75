//! From a counter-example to the keyword that refuses it, and to the place in the writer's schema that allows it.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::rules::{self, Rule};
use super::schema::Document;

/// Why a reader refuses a value.
#[derive(Debug)]
pub(super) struct Cause {
    pub(super) rule: &'static Rule,
    /// Where in the value.
    pub(super) instance_path: String,
    /// The keyword, in the reader's schema.
    pub(super) reader_pointer: String,
    pub(super) message: String,
}

/// The most telling of the errors that `value` makes.
pub(super) fn cause(reader: &Validator, value: &Value) -> Cause {
    let mut errors = reader.iter_errors(value);
    match errors.next() {
        Some(error) => of_error(&error),
        None => Cause {
            rule: &rules::NEVER_READ,
            instance_path: String::new(),
            reader_pointer: String::new(),
            message: "the reader refuses the message".to_owned(),
        },
    }
}

fn of_error(error: &ValidationError<'_>) -> Cause {
    if let ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } =
        error.kind()
        && let Some(inner) = meant(context, error.instance_path().as_str().len())
    {
        return of_error(inner);
    }
    let rule = match error.kind() {
        ValidationErrorKind::OneOfMultipleValid { .. } => &rules::VARIANT_AMBIGUOUS,
        kind => rules::of_keyword(kind.keyword()),
    };
    let instance_path = error.instance_path().as_str().to_owned();
    let place =
        if instance_path.is_empty() { "the message".to_owned() } else { format!("`{instance_path}`") };
    let mut detail = error.to_string();
    if detail.chars().count() > 160 {
        detail = detail.chars().take(160).chain(['…']).collect();
    }
    Cause {
        rule,
        reader_pointer: error.schema_path().as_str().to_owned(),
        message: format!("{}: at {place}, {detail}", rule.summary),
        instance_path,
    }
}

/// The error of the branch that the writer most likely meant: the one whose errors all lie deeper than the choice itself,
/// and not in its tag.
fn meant<'e>(
    branches: &'e [Vec<ValidationError<'static>>],
    depth: usize,
) -> Option<&'e ValidationError<'static>> {
    let is_deep = |error: &ValidationError<'_>| {
        let tag = matches!(error.kind(), ValidationErrorKind::Constant { .. });
        error.instance_path().as_str().len() > depth && !tag
    };
    let mut candidates = branches.iter().filter(|errors| !errors.is_empty() && errors.iter().all(is_deep));
    let only = candidates.next()?.first();
    if candidates.next().is_some() { None } else { only }
}

/// Where the writer's schema speaks about the part of `value` at `path`, as far as that can be followed.
pub(super) fn locate(document: &Document<'_>, writer: &Value, path: &str, value: &Value) -> String {
    let steps: Vec<String> =
        path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let found = descend(document, writer, String::new(), &steps, value, 0);
    found.map_or_else(String::new, |(_, pointer)| pointer)
}

/// The pointer that goes furthest along `steps`, with how many it took.
fn descend(
    document: &Document<'_>,
    schema: &Value,
    pointer: String,
    steps: &[String],
    value: &Value,
    depth: usize,
) -> Option<(usize, String)> {
    if depth > 100 || !plausible(schema, value) {
        return None;
    }
    let mut best = (0, pointer.clone());
    let mut consider = |found: Option<(usize, String)>| {
        if let Some(found) = found.filter(|found| found.0 > best.0) {
            best = found;
        }
    };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
        && let Some(fragment) = reference.strip_prefix('#')
        && let Ok(target) = document.resolve(schema, reference)
    {
        let found = descend(document, target, fragment.to_owned(), steps, value, depth + 1);
        if steps.is_empty() {
            return found;
        }
        consider(found);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (index, branch) in schema.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
            consider(descend(document, branch, format!("{pointer}/{key}/{index}"), steps, value, depth + 1));
        }
    }
    if let Some((step, rest)) = steps.split_first() {
        let escaped = step.replace('~', "~0").replace('/', "~1");
        let member =
            value.get(step).or_else(|| step.parse::<usize>().ok().and_then(|index| value.get(index)));
        let inner = member.unwrap_or(&Value::Null);
        let places = [
            format!("/properties/{escaped}"),
            format!("/prefixItems/{escaped}"),
            format!("/items/{escaped}"),
            "/items".to_owned(),
            "/additionalProperties".to_owned(),
        ];
        for place in places {
            if let Some(next) = schema.pointer(&place) {
                let found = descend(document, next, format!("{pointer}{place}"), rest, inner, depth + 1);
                consider(found.map(|(taken, pointer)| (taken + 1, pointer)));
            }
        }
    }
    Some(best)
}

/// Whether the tags of `schema`, where it has some, are those of `value`.
fn plausible(schema: &Value, value: &Value) -> bool {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return true };
    properties.iter().all(|(name, property)| match (property.get("const"), value.get(name)) {
        (Some(expected), Some(actual)) => expected == actual,
        _ => true,
    })
}
