//! The parts of a value that a schema rejects.

use serde_json::{Map, Value};

use super::rejections::{Rejection, Search};
use crate::compat::parts::parts;
use crate::contract::schema::join;

type Keywords = Map<String, Value>;

impl<'d> Search<'_, 'd> {
    /// Adds the places that the keywords for lists and objects reject.
    pub(super) fn parts(
        &mut self,
        schema: &'d Value,
        keywords: &'d Keywords,
        value: &Value,
        place: &Rejection,
    ) {
        let validator = &mut *self.validator;
        let found = parts(validator.document.draft, schema, value, &mut |pattern, name| {
            let alone = ("pattern", || pattern.into());
            validator.accepts_alone(pattern.as_ptr().addr(), alone, &name.into())
        });
        for part in found {
            let place = Rejection {
                instance: join(&place.instance, &part.name),
                schema: format!("{}/{}", place.schema, part.keyword),
            };
            self.visit(part.schema, part.value, place);
        }
        match value {
            Value::Object(members) => {
                self.names(keywords, members, place);
                self.dependencies(keywords, value, place);
            }
            Value::Array(items) => self.contains(keywords, items, place),
            _ => {}
        }
    }

    fn names(&mut self, keywords: &'d Keywords, members: &Keywords, place: &Rejection) {
        let Some(schema) = keywords.get("propertyNames").filter(|_| self.draft().has("propertyNames")) else {
            return;
        };
        for name in members.keys() {
            let text = Value::from(name.as_str());
            if self.validator.accepts_by(schema, &text) == Some(false) {
                self.found.push(place.at("propertyNames").part(name));
            }
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

    fn contains(&mut self, keywords: &'d Keywords, items: &[Value], place: &Rejection) {
        let Some(schema) = keywords.get("contains").filter(|_| self.draft().has("contains")) else { return };
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
