//! Finds every place of a value that a schema rejects.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Validator, address};
use crate::compat::options::Draft;
use crate::compat::schema::{Compiler, Document, Lit};
use crate::contract::schema::join;

/// The depth limit of the schemas that apply to a value and to its parts.
const MAX_DEPTH: usize = 400;

/// Keywords without schemas, which accept or reject a value independently of other keywords.
const PLAIN: [&str; 18] = [
    "type",
    "const",
    "enum",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
];

/// The keywords of which one rejects a value if no other keyword does.
const OTHERS: [&str; 3] = ["unevaluatedProperties", "unevaluatedItems", "dependentRequired"];

/// A place of a value that a schema rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// A JSON pointer into the value.
    pub(crate) instance: String,
    /// A JSON pointer into the schema, to the keyword that rejects the place.
    pub(crate) schema: String,
}

impl Rejection {
    pub(super) fn at(&self, keyword: &str) -> Self {
        Self { schema: join(&self.schema, keyword), ..self.clone() }
    }

    /// The same for the schema that `keyword` has for `name`.
    pub(super) fn below(&self, keyword: &str, name: &str) -> Self {
        self.at(keyword).at(name)
    }

    pub(super) fn part(&self, name: &str) -> Self {
        Self { instance: join(&self.instance, name), ..self.clone() }
    }
}

impl<'d> Validator<'d> {
    /// The places of `value` that are certainly rejected.
    pub(crate) fn rejections(&mut self, value: &Value) -> Vec<Rejection> {
        let root = self.root;
        let mut search =
            Search { validator: self, seen: HashSet::new(), found: Vec::new(), repeated: 0, depth: 0 };
        search.visit(root, value, Rejection { instance: String::new(), schema: String::new() });
        search.found
    }

    pub(super) fn accepts_by(&mut self, schema: &'d Value, value: &Value) -> Option<bool> {
        match schema {
            Value::Bool(accepts) => Some(*accepts),
            _ => self.schemas.evaluate(*self.known.get(&address(schema))?, value),
        }
    }

    /// Whether a schema with only this keyword accepts `value`. The node is stored for the address `key`.
    pub(super) fn accepts_alone(
        &mut self,
        key: usize,
        (keyword, operand): (&str, impl FnOnce() -> Value),
        value: &Value,
    ) -> Option<bool> {
        let lit = match self.keywords.get(&key) {
            Some(&lit) => lit,
            None => {
                let lit = self.compile(&Value::from_iter([(keyword, operand())]))?;
                self.keywords.insert(key, lit);
                lit
            }
        };
        self.schemas.evaluate(lit, value)
    }

    fn compile(&mut self, schema: &Value) -> Option<Lit> {
        let document = Document::new(schema, self.document.draft);
        let compiler = Compiler::new(&mut self.schemas, &document, self.formats);
        compiler.ignoring_unknown_formats().root(schema, false).ok()
    }
}

pub(super) struct Search<'s, 'd> {
    pub(super) validator: &'s mut Validator<'d>,
    /// The pairs of schema and value that were visited, by address.
    seen: HashSet<(usize, usize)>,
    pub(super) found: Vec<Rejection>,
    /// How often such a pair was met again. Its places are not added again.
    repeated: usize,
    depth: usize,
}

impl<'d> Search<'_, 'd> {
    /// Adds the places of `value` that `schema` rejects.
    pub(super) fn visit(&mut self, schema: &'d Value, value: &Value, place: Rejection) {
        let verdict = self.validator.accepts_by(schema, value);
        if *schema == Value::Bool(false) {
            self.found.push(place);
            return;
        }
        let Value::Object(keywords) = schema else { return };
        if verdict == Some(true) || self.depth > MAX_DEPTH {
            return;
        }
        if !self.seen.insert((address(schema), address(value))) {
            self.repeated += 1;
            return;
        }
        self.depth += 1;
        let before = (self.found.len(), self.repeated);
        self.references(schema, value, &place);
        if !self.draft().has_ref_alone() || !keywords.contains_key("$ref") {
            self.plain(keywords, value, &place);
            self.combinations(keywords, value, &place);
            self.parts(schema, keywords, value, &place);
        }
        if verdict == Some(false) && (self.found.len(), self.repeated) == before {
            let keyword = OTHERS.into_iter().find(|keyword| keywords.contains_key(*keyword));
            self.found.push(keyword.map_or_else(|| place.clone(), |keyword| place.at(keyword)));
        }
        self.depth -= 1;
    }

    pub(super) fn draft(&self) -> Draft {
        self.validator.document.draft
    }

    fn references(&mut self, schema: &'d Value, value: &Value, place: &Rejection) {
        for keyword in ["$ref", "$recursiveRef", "$dynamicRef"] {
            let document = &self.validator.document;
            if let Some(target) = document.only_target(schema, keyword) {
                let reference = schema[keyword].as_str().unwrap_or_default();
                let pointer = document.pointer_to(target, reference);
                self.visit(target, value, Rejection { schema: pointer, ..place.clone() });
            }
        }
    }

    fn plain(&mut self, keywords: &'d Map<String, Value>, value: &Value, place: &Rejection) {
        for keyword in PLAIN {
            let Some(operand) = keywords.get(keyword).filter(|_| self.draft().has(keyword)) else { continue };
            let alone = (keyword, || operand.clone());
            if self.validator.accepts_alone(address(operand), alone, value) == Some(false) {
                self.found.push(place.at(keyword));
            }
        }
    }

    fn combinations(&mut self, keywords: &'d Map<String, Value>, value: &Value, place: &Rejection) {
        for (index, schema) in schemas(keywords, "allOf").iter().enumerate() {
            self.visit(schema, value, place.below("allOf", &index.to_string()));
        }
        for keyword in ["anyOf", "oneOf"] {
            self.choice(keyword, schemas(keywords, keyword), value, place);
        }
        if let Some(schema) = keywords.get("not")
            && self.validator.accepts_by(schema, value) == Some(true)
        {
            self.found.push(place.at("not"));
        }
        let condition = keywords.get("if").filter(|_| self.draft().has("if"));
        let condition = condition.and_then(|schema| self.validator.accepts_by(schema, value));
        let branch = condition.map(|holds| if holds { "then" } else { "else" });
        if let Some((keyword, schema)) = branch.and_then(|keyword| Some((keyword, keywords.get(keyword)?))) {
            self.visit(schema, value, place.at(keyword));
        }
    }

    /// The places that the only possible branch rejects, or the choice itself.
    fn choice(&mut self, keyword: &str, branches: &'d [Value], value: &Value, place: &Rejection) {
        let verdicts: Vec<Option<bool>> =
            branches.iter().map(|schema| self.validator.accepts_by(schema, value)).collect();
        let accepting = verdicts.iter().filter(|verdict| **verdict == Some(true)).count();
        let possible: Vec<usize> =
            (0..branches.len()).filter(|&index| verdicts[index] != Some(false)).collect();
        match possible[..] {
            [] if !branches.is_empty() => self.found.push(place.at(keyword)),
            [only] if accepting == 0 => {
                self.visit(&branches[only], value, place.below(keyword, &only.to_string()));
            }
            _ if accepting > 1 && keyword == "oneOf" => self.found.push(place.at(keyword)),
            _ => {}
        }
    }
}

/// The schemas in the list `keyword`.
fn schemas<'d>(keywords: &'d Map<String, Value>, keyword: &str) -> &'d [Value] {
    keywords.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
