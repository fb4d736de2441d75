//! The parts of a value that a schema rejects.

use serde_json::{Map, Value};

use super::address;
use super::rejections::{Rejection, Search, schemas};

type Keywords = Map<String, Value>;

impl<'d> Search<'_, 'd> {
    /// Adds the places that the keywords for lists and objects reject.
    pub(super) fn parts(&mut self, keywords: &'d Keywords, value: &Value, place: &Rejection) {
        match value {
            Value::Object(members) => {
                for (name, inner) in members {
                    self.member(keywords, (name, inner), place);
                }
                self.dependencies(keywords, value, place);
            }
            Value::Array(items) => {
                self.items(keywords, items, place);
                self.contains(keywords, items, place);
            }
            _ => {}
        }
    }

    fn member(&mut self, keywords: &'d Keywords, (name, value): (&String, &Value), place: &Rejection) {
        let text = Value::from(name.as_str());
        let mut is_declared = false;
        if let Some(schema) = keywords.get("properties").and_then(|properties| properties.get(name)) {
            is_declared = true;
            self.visit(schema, value, place.below("properties", name).part(name));
        }
        for (pattern, schema) in named(keywords, "patternProperties") {
            let alone = ("pattern", || pattern.as_str().into());
            let matches = self.validator.accepts_alone(address(schema), alone, &text);
            is_declared |= matches != Some(false);
            if matches == Some(true) {
                self.visit(schema, value, place.below("patternProperties", pattern).part(name));
            }
        }
        if let Some(schema) = keywords.get("additionalProperties").filter(|_| !is_declared) {
            self.visit(schema, value, place.at("additionalProperties").part(name));
        }
        if let Some(schema) = keywords.get("propertyNames")
            && self.validator.accepts_by(schema, &text) == Some(false)
        {
            self.found.push(place.at("propertyNames").part(name));
        }
    }

    fn dependencies(&mut self, keywords: &'d Keywords, value: &Value, place: &Rejection) {
        let has = |name: &str| value.get(name).is_some();
        let draft = self.draft();
        let used = ["dependencies", "dependentRequired", "dependentSchemas"];
        for keyword in used.into_iter().filter(|keyword| draft.has(keyword)) {
            for (name, dependency) in named(keywords, keyword).filter(|(name, _)| has(name)) {
                let place = place.below(keyword, name);
                match dependency {
                    Value::Array(names) if !names.iter().filter_map(Value::as_str).all(has) => {
                        self.found.push(place);
                    }
                    schema => self.visit(schema, value, place),
                }
            }
        }
    }

    fn items(&mut self, keywords: &'d Keywords, items: &[Value], place: &Rejection) {
        let listed = self.draft().first_items();
        let prefix = schemas(keywords, listed);
        let is_list = keywords.get("items").is_some_and(Value::is_array);
        let rest = if is_list { "additionalItems" } else { "items" };
        for (index, item) in items.iter().enumerate() {
            let name = index.to_string();
            if let Some(schema) = prefix.get(index) {
                self.visit(schema, item, place.below(listed, &name).part(&name));
            } else if let Some(schema) = keywords.get(rest) {
                self.visit(schema, item, place.at(rest).part(&name));
            }
        }
    }

    fn contains(&mut self, keywords: &'d Keywords, items: &[Value], place: &Rejection) {
        let Some(schema) = keywords.get("contains") else { return };
        let verdicts: Vec<Option<bool>> =
            items.iter().map(|item| self.validator.accepts_by(schema, item)).collect();
        let count = |unwanted: Option<bool>, wanted: bool| {
            verdicts.iter().filter(|verdict| (**verdict == unwanted) == wanted).count() as f64
        };
        let limit = |keyword: &str| {
            keywords.get(keyword).and_then(Value::as_f64).filter(|_| self.draft().has(keyword))
        };
        let (sure, possible) = (count(Some(true), true), count(Some(false), false));
        if possible < limit("minContains").unwrap_or(1.0) {
            self.found.push(place.at("contains"));
        } else if limit("maxContains").is_some_and(|max| sure > max) {
            self.found.push(place.at("maxContains"));
        }
    }
}

fn named<'d>(keywords: &'d Keywords, keyword: &str) -> impl Iterator<Item = (&'d String, &'d Value)> {
    keywords.get(keyword).and_then(Value::as_object).into_iter().flatten()
}
