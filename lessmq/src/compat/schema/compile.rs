//! Compiles JSON to nodes: references and the keywords that combine schemas. The other keywords are in `keywords`.
//!
//! Schemas inside schemas are compiled by recursion, but only [`MAX_STACKED_LEVELS`] levels deep, so that it fits any stack. A
//! schema of a part of the value that is deeper becomes a reference, whose target is compiled afterwards.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::arena::Schemas;
use super::documents::{Document, Target, Unresolved, address};
use super::node::{Kind, Kinds, Lit, ObjectAtom};
use crate::compat::hash::NumberMap;
use crate::compat::options::{Draft, Formats};

/// Why a value is not a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid(pub(crate) String);

pub(crate) type Compiled = Result<Lit, Invalid>;

/// A reference whose target is being compiled.
#[derive(Debug)]
struct InProgress {
    reference: Lit,
    /// Whether the reference was found again inside its own target.
    met: bool,
    /// How many other references were in progress when this one was found.
    level: usize,
    path: Path,
}

/// The steps between the root and the current schema.
#[derive(Debug, Clone, Copy, Default)]
struct Path {
    /// Steps into parts of the value.
    structure: usize,
    combinations: usize,
    negations: usize,
}

const NOTHING_ASSUMED: usize = usize::MAX;

/// A compiled schema: its address, whether it is closed, as [`Compiler::schema`] describes, and its dynamic scope.
type Key = (usize, bool, ScopeId);

/// The place of a dynamic scope in the list of all.
type ScopeId = u32;

/// Where dynamic references lead to, by name: to the outermost resource that was entered and has the anchor. Sorted by name.
type Scope<'s, 'd> = Vec<(Arc<str>, Target<'s, 'd>)>;

/// The keywords with a reference.
const REFERENCES: [&str; 3] = ["$ref", "$recursiveRef", "$dynamicRef"];

/// The limit of dynamic scopes. Each resource with a dynamic anchor can double their number.
const MAX_SCOPES: usize = 256;

/// From this depth on, schemas of parts of the value are compiled later.
const MAX_STACKED_LEVELS: usize = 16;
/// The depth limit of schemas that apply to the same value: `allOf` in `anyOf` in a reference, and so on.
const MAX_COMBINED_LEVELS: usize = 96;

/// The meaning of formats that the engine does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnknownFormats {
    /// They may reject any string.
    Opaque,
    /// They have no effect.
    Ignored,
}

/// A schema that is still to be compiled.
#[derive(Debug)]
struct Waiting<'s, 'd> {
    target: Target<'s, 'd>,
    closed: bool,
    scope: ScopeId,
    reference: Lit,
}

/// Compiles the schemas of one document, and those of the meta-schemas that it refers to.
#[derive(Debug)]
pub(crate) struct Compiler<'s, 'd> {
    pub(super) schemas: &'s mut Schemas,
    pub(super) document: &'s Document<'d>,
    pub(super) formats: Formats,
    pub(super) unknown_formats: UnknownFormats,
    /// The compiled schemas.
    known: NumberMap<Key, Lit>,
    in_progress: NumberMap<Key, InProgress>,
    /// All dynamic scopes. The first is empty.
    scopes: Vec<Scope<'s, 'd>>,
    /// The dynamic scope of the current schema.
    scope: ScopeId,
    path: Path,
    /// The level of the outermost reference in progress that is assumed to hold. Results that depend on the assumption are
    /// not stored.
    assumed: usize,
    depth: usize,
    /// The references to schemas that are compiled later.
    deferred: NumberMap<Key, Lit>,
    waiting: Vec<Waiting<'s, 'd>>,
    /// Whether schemas are recursive or deep, so that equal ones may have different nodes.
    has_references: bool,
    /// Whether a reference has a target that nothing identifies. The same text may mean something else in another document.
    unidentified: bool,
}

impl<'s, 'd> Compiler<'s, 'd> {
    pub(crate) fn new(schemas: &'s mut Schemas, document: &'s Document<'d>, formats: Formats) -> Self {
        Self {
            schemas,
            document,
            formats,
            unknown_formats: UnknownFormats::Opaque,
            known: NumberMap::default(),
            in_progress: NumberMap::default(),
            scopes: vec![Vec::new()],
            scope: 0,
            path: Path::default(),
            assumed: NOTHING_ASSUMED,
            depth: 0,
            deferred: NumberMap::default(),
            waiting: Vec::new(),
            has_references: false,
            unidentified: false,
        }
    }

    /// Gives formats that the engine does not know no effect.
    pub(crate) fn ignoring_unknown_formats(self) -> Self {
        Self { unknown_formats: UnknownFormats::Ignored, ..self }
    }

    /// Whether equal schemas of another document may have different nodes, because they are recursive or deep.
    pub(crate) fn has_references(&self) -> bool {
        self.has_references
    }

    /// Uses these nodes for the schemas at these addresses.
    pub(crate) fn with_known(mut self, nodes: Vec<(usize, Lit)>) -> Self {
        self.known.extend(nodes.into_iter().map(|(at, lit)| ((at, false, 0), lit)));
        self
    }

    /// Whether nothing but the document decides what its references lead to.
    pub(crate) fn is_self_contained(&self) -> bool {
        !self.unidentified
    }

    /// The nodes of all compiled schemas that are not closed, by address. Schemas with several nodes are left out: they
    /// depend on the dynamic scope.
    pub(crate) fn into_known(self) -> NumberMap<usize, Lit> {
        let mut known: NumberMap<usize, Option<Lit>> = NumberMap::default();
        known.reserve(self.known.len());
        for ((at, closed, _), lit) in self.known {
            if !closed {
                known
                    .entry(at)
                    .and_modify(|other| *other = other.filter(|other| *other == lit))
                    .or_insert(Some(lit));
            }
        }
        known.into_iter().filter_map(|(at, lit)| Some((at, lit?))).collect()
    }

    /// The dynamic scope inside of `schema`: its resource is entered.
    fn scope_in(&mut self, schema: &Value) -> ScopeId {
        let document = self.document;
        let anchors = document.dynamic_anchors(schema);
        let current = &self.scopes[self.scope as usize];
        let is_new = |name: &Arc<str>| !current.iter().any(|(known, _)| known == name);
        if !anchors.iter().any(|anchor| is_new(&anchor.name)) || self.scopes.len() >= MAX_SCOPES {
            return self.scope;
        }
        let mut scope = current.clone();
        let new = anchors.iter().filter(|anchor| is_new(&anchor.name));
        scope.extend(new.map(|anchor| (anchor.name.clone(), Target { document, schema: anchor.schema })));
        scope.sort_by(|(left, _), (right, _)| left.cmp(right));
        let is_same = |other: &Scope<'s, 'd>| {
            let addresses = |scope: &Scope<'s, 'd>| -> Vec<(Arc<str>, usize)> {
                scope.iter().map(|(name, target)| (name.clone(), address(target.schema))).collect()
            };
            addresses(other) == addresses(&scope)
        };
        let at = self.scopes.iter().position(is_same).unwrap_or_else(|| {
            self.scopes.push(scope);
            self.scopes.len() - 1
        });
        ScopeId::try_from(at).expect("the number of scopes is limited")
    }

    fn key(&mut self, schema: &Value, closed: bool) -> Key {
        (address(schema), closed, self.scope_in(schema))
    }

    pub(super) fn draft(&self) -> Draft {
        self.document.draft
    }

    /// The value of a keyword that the draft has.
    pub(super) fn keyword<'m>(&self, members: &'m Map<String, Value>, keyword: &str) -> Option<&'m Value> {
        members.get(keyword).filter(|_| self.draft().has(keyword))
    }

    /// The node of the whole document. A reference to the root is a reference to this node.
    pub(crate) fn root(&mut self, root: &'d Value, closed: bool) -> Compiled {
        let lit = if root.is_object() { self.referred(root, closed)? } else { self.schema(root, closed)? };
        while let Some(Waiting { target, closed, scope, reference }) = self.waiting.pop() {
            self.scope = scope;
            let target = self.at_target(target, |compiler, schema| compiler.referred(schema, closed))?;
            self.schemas.set_target(reference, target);
        }
        Ok(lit)
    }

    /// The node of `schema`. With `closed`, it describes the messages of a closed writer: see
    /// [`Reading::Typed`](crate::compat::Reading::Typed).
    pub(super) fn schema(&mut self, schema: &'d Value, closed: bool) -> Compiled {
        let members = match schema {
            Value::Bool(true) => return Ok(Lit::TRUE),
            Value::Bool(false) => return Ok(Lit::FALSE),
            Value::Object(members) => members,
            other => return invalid(format!("{} is not a schema", shorten(other))),
        };
        let key = self.key(schema, closed);
        if let Some(&lit) = self.known.get(&key) {
            return Ok(lit);
        }
        if self.depth > MAX_COMBINED_LEVELS {
            return Ok(self.schemas.unknown("too many levels of combined schemas"));
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.scope, key.2);
        let lit = self.object(schema, members, closed)?;
        if closed {
            let open = self.schema(schema, false)?;
            self.schemas.record_open_form(lit, open);
        }
        self.scope = outer;
        self.depth -= 1;
        if self.assumed == NOTHING_ASSUMED {
            self.known.insert(key, lit);
        }
        Ok(lit)
    }

    /// Compiles a schema that may be in another document.
    pub(super) fn at_target<T>(
        &mut self,
        target: Target<'s, 'd>,
        compile: impl FnOnce(&mut Self, &'d Value) -> Result<T, Invalid>,
    ) -> Result<T, Invalid> {
        let outer = std::mem::replace(&mut self.document, target.document);
        let result = compile(self, target.schema);
        self.document = outer;
        result
    }

    /// Compiles parts of `schema` in its dynamic scope.
    pub(super) fn in_scope_of<T>(
        &mut self,
        schema: &Value,
        compile: impl FnOnce(&mut Self) -> Result<T, Invalid>,
    ) -> Result<T, Invalid> {
        let scope = self.scope_in(schema);
        let outer = std::mem::replace(&mut self.scope, scope);
        let result = compile(self);
        self.scope = outer;
        result
    }

    /// The node of a schema for a part of the value.
    pub(super) fn inner(&mut self, schema: &'d Value, closed: bool) -> Compiled {
        let key = self.key(schema, closed);
        let is_known = self.known.contains_key(&key);
        if self.depth >= MAX_STACKED_LEVELS && schema.is_object() && !is_known {
            return Ok(self.later(schema, closed));
        }
        self.path.structure += 1;
        let lit = self.schema(schema, closed);
        self.path.structure -= 1;
        lit
    }

    /// A reference to a schema that is compiled later.
    fn later(&mut self, schema: &'d Value, closed: bool) -> Lit {
        let key = self.key(schema, closed);
        if let Some(&reference) = self.deferred.get(&key) {
            return reference;
        }
        let reference = self.schemas.reference();
        self.has_references = true;
        self.deferred.insert(key, reference);
        let target = Target { document: self.document, schema };
        self.waiting.push(Waiting { target, closed, scope: key.2, reference });
        if closed {
            let open = self.later(schema, false);
            self.schemas.record_open_form(reference, open);
        }
        reference
    }

    /// The node of a schema that may be negated.
    fn negated(&mut self, schema: &'d Value, closed: bool) -> Compiled {
        self.path.negations += 1;
        let lit = self.schema(schema, closed);
        self.path.negations -= 1;
        lit
    }

    fn object(&mut self, schema: &'d Value, members: &'d Map<String, Value>, closed: bool) -> Compiled {
        let mut lits = Vec::new();
        for keyword in REFERENCES {
            if let Some(reference) = self.keyword(members, keyword) {
                lits.push(self.reference(schema, (keyword, reference), closed)?);
                if self.draft().has_ref_alone() {
                    return Ok(lits[0]);
                }
            }
        }
        self.atoms(members, closed, &mut lits)?;
        self.combinations(members, closed, &mut lits)?;
        self.unevaluated(schema, members, closed, &mut lits)?;
        Ok(self.schemas.and(lits))
    }

    fn reference(
        &mut self,
        schema: &'d Value,
        (keyword, reference): (&str, &'d Value),
        closed: bool,
    ) -> Compiled {
        let Some(text) = reference.as_str() else {
            return invalid(format!("`{keyword}` is {}, not a string", shorten(reference)));
        };
        match self.target(schema, keyword, text) {
            Ok(Some(target)) => self.at_target(target, |compiler, schema| compiler.referred(schema, closed)),
            Ok(None) => Ok(self.schemas.unknown("a dynamic reference with too many possible targets")),
            Err(remote @ Unresolved::Remote { .. })
                if !self.document.has_dynamic_anchors() && self.scopes[self.scope as usize].is_empty() =>
            {
                // Another draft may give the other document another meaning, if it does not name its own.
                Ok(self.schemas.opaque(format!("{remote} (in a document of {})", self.draft().name())))
            }
            Err(unresolved) => {
                self.unidentified = true;
                Ok(self.schemas.unknown(unresolved.to_string()))
            }
        }
    }

    /// The targets of all references of a schema. `None` if one of them is not known.
    pub(super) fn targets(
        &mut self,
        schema: &'d Value,
        members: &Map<String, Value>,
    ) -> Option<Vec<Target<'s, 'd>>> {
        let mut targets = Vec::new();
        for keyword in REFERENCES {
            if let Some(reference) = self.keyword(members, keyword) {
                targets.push(self.target(schema, keyword, reference.as_str()?).ok()??);
            }
        }
        Some(targets)
    }

    /// The target of a reference in the current dynamic scope. `None` if there are too many dynamic scopes.
    fn target(
        &self,
        schema: &Value,
        keyword: &str,
        reference: &str,
    ) -> Result<Option<Target<'s, 'd>>, Unresolved> {
        let document = self.document;
        let target = document.reach(schema, reference)?;
        let name = match keyword {
            "$recursiveRef" if target.schema.get("$recursiveAnchor") == Some(&Value::Bool(true)) => "",
            "$dynamicRef" => {
                let name = reference.split_once('#').map_or("", |(_, name)| name);
                let anchor = target.schema.get("$dynamicAnchor").and_then(Value::as_str);
                // A pointer, or another kind of anchor: an ordinary reference.
                match anchor.filter(|anchor| !name.is_empty() && *anchor == name) {
                    Some(name) => name,
                    None => return Ok(Some(target)),
                }
            }
            _ => return Ok(Some(target)),
        };
        if self.scopes.len() >= MAX_SCOPES {
            return Ok(None);
        }
        let scope = &self.scopes[self.scope as usize];
        let found = scope.iter().find(|(known, _)| **known == *name);
        Ok(Some(found.map_or(target, |(_, target)| *target)))
    }

    /// The node of a referenced schema. A recursive schema has a reference node.
    fn referred(&mut self, target: &'d Value, closed: bool) -> Compiled {
        let key = self.key(target, closed);
        if let Some(&lit) = self.known.get(&key) {
            return Ok(lit);
        }
        if let Some(started) = self.in_progress.get_mut(&key) {
            if started.path.structure < self.path.structure {
                started.met = true;
                self.has_references = true;
                return Ok(started.reference);
            }
            let (path, level) = (started.path, started.level);
            return self.loop_without_structure(path, level);
        }
        let reference = self.schemas.reference();
        let level = self.in_progress.len();
        self.in_progress.insert(key, InProgress { reference, met: false, level, path: self.path });
        let lit = self.schema(target, closed)?;
        self.schemas.set_target(reference, lit);
        let recursive = self.in_progress.remove(&key).is_some_and(|started| started.met);
        if self.assumed >= level {
            self.assumed = NOTHING_ASSUMED;
            self.known.insert(key, lit);
        }
        if !recursive {
            return Ok(lit);
        }
        if self.assumed != NOTHING_ASSUMED {
            return Ok(reference);
        }
        self.known.insert(key, reference);
        if closed {
            let open = self.referred(target, false)?;
            self.schemas.record_open_form(reference, open);
        }
        Ok(reference)
    }

    /// The node of a schema that refers to itself without a part of the value in between. The reference adds no
    /// condition, as in validators. A cycle of plain `$ref`s, and a schema that negates itself, have no meaning.
    fn loop_without_structure(&mut self, since: Path, level: usize) -> Compiled {
        if since.combinations == self.path.combinations {
            return invalid("a `$ref` refers to itself without a part of the value in between".to_owned());
        }
        self.assumed = self.assumed.min(level);
        if since.negations == self.path.negations {
            Ok(Lit::TRUE)
        } else {
            Ok(self.schemas.unknown("a schema that is defined by its own negation"))
        }
    }

    pub(super) fn list(&mut self, key: &str, value: &'d Value, closed: bool) -> Result<Vec<Lit>, Invalid> {
        let Some(schemas) = value.as_array() else {
            return invalid(format!("`{key}` is {}, not a list", shorten(value)));
        };
        self.path.combinations += 1;
        let lits = schemas.iter().map(|schema| self.schema(schema, closed)).collect();
        self.path.combinations -= 1;
        lits
    }

    fn combinations(
        &mut self,
        members: &'d Map<String, Value>,
        closed: bool,
        lits: &mut Vec<Lit>,
    ) -> Result<(), Invalid> {
        if let Some(value) = members.get("allOf") {
            lits.extend(self.list("allOf", value, closed)?);
        }
        if let Some(value) = members.get("anyOf") {
            let branches = self.list("anyOf", value, closed)?;
            lits.push(if closed { self.schemas.each_of(branches) } else { self.schemas.or(branches) });
        }
        if let Some(value) = members.get("oneOf") {
            lits.push(self.exactly_one(value, closed)?);
        }
        if let Some(value) = members.get("not") {
            self.path.combinations += 1;
            lits.push(!self.negated(value, false)?);
            self.path.combinations -= 1;
        }
        if let Some(condition) = self.keyword(members, "if") {
            lits.push(self.conditional(condition, members, closed)?);
        }
        self.dependencies(members, closed, lits)
    }

    fn exactly_one(&mut self, value: &'d Value, closed: bool) -> Compiled {
        self.path.negations += 1;
        let branches = self.list("oneOf", value, closed)?;
        let open = self.list("oneOf", value, false)?;
        self.path.negations -= 1;
        let Some(overlaps) = self.schemas.overlaps(&open) else {
            return Ok(self.schemas.unknown("a `oneOf` with too many branches that overlap"));
        };
        let mut alternatives = Vec::with_capacity(branches.len());
        for (index, branch) in branches.into_iter().enumerate() {
            let others = overlaps[index].iter().map(|&other| !open[other]);
            let parts: Vec<Lit> = std::iter::once(branch).chain(others).collect();
            alternatives.push(self.schemas.and(parts));
        }
        Ok(self.schemas.or(alternatives))
    }

    fn conditional(
        &mut self,
        condition: &'d Value,
        members: &'d Map<String, Value>,
        closed: bool,
    ) -> Compiled {
        if !members.contains_key("then") && !members.contains_key("else") {
            return Ok(Lit::TRUE);
        }
        let holds = self.negated(condition, closed)?;
        let fails = !self.negated(condition, false)?;
        let mut branch = |key: &str| members.get(key).map_or(Ok(Lit::TRUE), |then| self.schema(then, closed));
        let (then, otherwise) = (branch("then")?, branch("else")?);
        let then = self.schemas.and([holds, then]);
        let otherwise = self.schemas.and([fails, otherwise]);
        Ok(self.schemas.or([then, otherwise]))
    }

    fn dependencies(
        &mut self,
        members: &'d Map<String, Value>,
        closed: bool,
        lits: &mut Vec<Lit>,
    ) -> Result<(), Invalid> {
        for key in ["dependencies", "dependentRequired", "dependentSchemas"] {
            let Some(value) = self.keyword(members, key) else { continue };
            let Some(entries) = value.as_object() else {
                return invalid(format!("`{key}` is {}, not an object", shorten(value)));
            };
            for (name, dependency) in entries {
                let wanted = match dependency {
                    Value::Array(names) if key != "dependentSchemas" => {
                        let names: Vec<Lit> = self.required(names)?;
                        self.schemas.and(names)
                    }
                    schema => self.schema(schema, closed)?,
                };
                let object = self.schemas.types(Kinds::only(Kind::Object));
                let has = self.schemas.object(ObjectAtom::Required(name.as_str().into()));
                lits.push(self.schemas.or([!object, !has, wanted]));
            }
        }
        Ok(())
    }
}

pub(super) fn invalid<T>(reason: String) -> Result<T, Invalid> {
    Err(Invalid(reason))
}

/// `value` as JSON, shortened for an error message.
pub(super) fn shorten(value: &Value) -> String {
    let kind = match value {
        Value::Array(_) => return "a list".to_owned(),
        Value::Object(_) => return "an object".to_owned(),
        other => other.to_string(),
    };
    if kind.chars().count() > 60 { kind.chars().take(60).chain(['…']).collect() } else { kind }
}
