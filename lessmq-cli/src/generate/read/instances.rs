//! Names the instances of generic types.
//!
//! Schemas have no generic types: `Page<User>` and `Page<Post>` are two definitions, which schemars calls `Page` and `Page2`,
//! or two messages with the title `Page`. Their names say which is which: `PageOfUser` and `PageOfPost`.

use std::collections::{BTreeMap, BTreeSet};

use super::type_name;
use crate::generate::model::{Fields, NamedType, Shape, Type};
use crate::generate::names::pascal;

/// Gives the instances of a generic type names with their arguments. Types keep the names that they have if the new ones are
/// not unique.
pub(super) fn name_instances(types: &mut [NamedType], taken: &BTreeSet<String>) {
    let mut families: BTreeMap<(&str, Vec<&str>), Vec<usize>> = BTreeMap::new();
    for (index, declared) in types.iter().enumerate() {
        if let Shape::Struct(fields) = &declared.shape
            && !declared.inline
        {
            let base = declared.schema_name.trim_end_matches(|c: char| c.is_ascii_digit());
            let names = fields.fields.iter().map(|field| field.wire.as_str()).collect();
            families.entry((base, names)).or_default().push(index);
        }
    }
    let families = families.into_iter().filter(|(_, members)| members.len() > 1);
    let renamed: Vec<(usize, String)> =
        families.filter_map(|((base, _), members)| family_names(types, base, &members)).flatten().collect();
    let mut used: BTreeSet<String> =
        types.iter().map(|declared| declared.name.clone()).chain(taken.iter().cloned()).collect();
    for (index, name) in renamed {
        if used.insert(name.clone()) {
            types[index].name = name;
        }
    }
}

/// The new name of each type of a family. `None` if they do not differ in one argument.
fn family_names(types: &[NamedType], base: &str, members: &[usize]) -> Option<Vec<(usize, String)>> {
    let fields = |index: usize| match &types[index].shape {
        Shape::Struct(Fields { fields, .. }) => &fields[..],
        _ => &[],
    };
    let is_other = |field: &usize| {
        let mut all = members.iter().map(|index| &fields(*index)[*field].ty);
        let first = all.next();
        all.any(|ty| Some(ty) != first)
    };
    let field = (0..fields(*members.first()?).len()).find(is_other)?;
    let family: Vec<&str> = members.iter().map(|index| types[*index].name.as_str()).collect();
    let base = type_name(base);
    let name = |index: &usize| {
        // A type that contains another one with its name is no instance.
        let argument = argument(types, &fields(*index)[field].ty)?;
        let is_instance = !argument.starts_with(&base) && !family.contains(&argument.as_str());
        let argument = is_instance.then_some(argument)?;
        Some((*index, format!("{base}Of{}", pascal(&argument))))
    };
    let names: Vec<(usize, String)> = members.iter().map(name).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = names.iter().map(|(_, name)| name).collect();
    (distinct.len() == members.len()).then_some(names)
}

/// The name of the innermost type. `None` for types whose name would say little.
fn argument(types: &[NamedType], ty: &Type) -> Option<String> {
    match ty {
        Type::Named(id) => Some(types[id.0].name.clone()),
        Type::Text => Some("Text".to_owned()),
        Type::Option(inner) | Type::List(inner) | Type::Set(inner) | Type::Array(inner, _) => {
            argument(types, inner)
        }
        Type::Map { value, .. } => argument(types, value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use crate::generate::read::model;

    /// The names of the types of a contract with an event that has two fields.
    fn check(first: &Value, second: &Value, definitions: Value, expected: &[&str]) {
        let schema = json!({
            "title": "Both", "type": "object", "required": ["a", "b"],
            "properties": {"a": first, "b": second}, "$defs": definitions,
        });
        let contract = crate::generate::tests::contract(schema.clone(), schema);
        let model = model(&contract, &BTreeSet::new()).expect("it can be read");
        let names: BTreeSet<&str> = model.types.iter().map(|declared| declared.name.as_str()).collect();
        assert_eq!(names, expected.iter().copied().collect());
    }

    fn link(name: &str) -> Value {
        json!({"$ref": format!("#/$defs/{name}")})
    }

    fn page(item: &Value) -> Value {
        json!({"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": item}}})
    }

    #[test]
    fn instances_of_a_generic_type_have_the_names_of_their_arguments() {
        let user = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        let post = json!({"type": "object", "properties": {"text": {"type": "string"}}});
        let definitions = |second: &Value| json!({"Page": page(&link("User")), "Page2": page(second), "User": user, "Post": post});
        let (one, two) = (link("Page"), link("Page2"));
        check(&one, &two, definitions(&link("Post")), &["Both", "PageOfPost", "PageOfUser", "Post", "User"]);
        check(
            &one,
            &two,
            definitions(&json!({"type": "string"})),
            &["Both", "PageOfText", "PageOfUser", "User"],
        );
        check(&one, &two, definitions(&json!({"type": "boolean"})), &["Both", "Page", "Page2", "User"]);
        check(&one, &one, definitions(&link("Post")), &["Both", "Page", "User"]);
    }

    #[test]
    fn unlike_types_with_one_name_keep_their_numbers() {
        let a = json!({"type": "object", "properties": {"x": {"type": "string"}}});
        let b = json!({"type": "object", "properties": {"y": {"type": "string"}}});
        check(
            &link("Plain"),
            &link("Plain2"),
            json!({"Plain": a, "Plain2": b}),
            &["Both", "Plain", "Plain2"],
        );
    }
}
