//! Stable names for places in a schema, and the paths to a type.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::contract::{Contract, MethodKind, MethodMessage, Role, schema};

/// The limit of reported paths.
const MAX_PATHS: usize = 32;
/// The limit of steps in a path.
const MAX_STEPS: usize = 24;
/// The limit of visited schemas. Types that all refer to each other have too many paths.
const MAX_VISITS: usize = 20_000;

/// `pointer` with tags in place of the numbers of alternatives. A number changes when an alternative is added before it.
pub(super) fn stable_pointer(root: &Value, pointer: &str) -> String {
    let mut at = Some(root);
    let mut is_choice = false;
    let mut out = String::new();
    for step in pointer.split('/').skip(1) {
        at = at.and_then(|value| schema::member(value, &schema::unescape(step)));
        let label = at.filter(|_| is_choice).and_then(alternative_label);
        out.push('/');
        out.push_str(label.as_deref().unwrap_or(step));
        is_choice = matches!(step, "oneOf" | "anyOf" | "allOf");
    }
    out
}

/// What distinguishes an alternative from the others.
fn alternative_label(schema: &Value) -> Option<String> {
    let members = schema.as_object()?;
    let fixed = |schema: &Value| schema.get("const").map(Value::to_string);
    let tag = members.get("properties").and_then(Value::as_object).and_then(|properties| {
        properties.iter().find_map(|(name, tag)| Some(format!("{name}={}", fixed(tag)?)))
    });
    let only = members.get("required").and_then(Value::as_array).filter(|names| names.len() == 1);
    let text = |key: &str| members.get(key).map(Value::to_string);
    tag.or_else(|| fixed(schema))
        .or_else(|| only.map(|names| names[0].to_string()))
        .or_else(|| text("$ref"))
        .or_else(|| text("title"))
        .or_else(|| text("enum"))
        .or_else(|| text("type"))
}

/// The name of the type that contains the place at `pointer`.
pub(super) fn type_at<'a>(schema: &'a Value, pointer: &'a str) -> Option<&'a str> {
    let definition = pointer.rsplit_once("/$defs/").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    definition.or_else(|| schema.get("title")?.as_str())
}

/// The types of a contract and the references to them, collected once for all findings.
#[derive(Debug)]
pub(super) struct Places<'a> {
    messages: Vec<Sent<'a>>,
    /// The messages that use a type, by its name and by whether they are requests.
    by_type: HashMap<(bool, &'a str), Vec<usize>>,
}

/// A message as one side sends it.
#[derive(Debug)]
struct Sent<'a> {
    label: String,
    schema: &'a Value,
    /// For each type, the types that refer to it.
    users: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(contract: &'a Contract) -> Self {
        let mut places = Self { messages: Vec::new(), by_type: HashMap::new() };
        for sent in contract.messages() {
            let is_request = sent.role == Role::Request;
            let schema = if is_request { &sent.message.reads } else { &sent.message.writes };
            let types = schema.get("$defs").and_then(Value::as_object);
            let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
            for (from, schema) in types.into_iter().flatten() {
                references(schema).into_iter().for_each(|to| users.entry(to).or_default().push(from));
            }
            let title = schema.get("title").and_then(Value::as_str);
            let mentioned: HashSet<&str> = references(schema).into_iter().chain(title).collect();
            for name in mentioned {
                places.by_type.entry((is_request, name)).or_default().push(places.messages.len());
            }
            places.messages.push(Sent { label: label(&sent), schema, users });
        }
        places
    }

    /// Every path to the type `name` in the messages of one direction: the message, then the fields.
    pub(super) fn paths(&self, name: &str, direction: Role) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        let mut visits = MAX_VISITS;
        let known = self.by_type.get(&(direction == Role::Request, name));
        for Sent { label, schema, users } in known.into_iter().flatten().map(|&at| &self.messages[at]) {
            if paths.len() >= MAX_PATHS || visits == 0 {
                break;
            }
            let leading = leading_to(users, name);
            let (types, steps) = (vec![], vec![label.clone()]);
            Search { root: schema, name, leading, types, steps, visits: &mut visits, paths: &mut paths }
                .root();
        }
        paths
    }
}

/// How a path names the message that it starts in.
fn label(sent: &MethodMessage<'_>) -> String {
    match sent.kind {
        MethodKind::Call => format!("{} of call {}", sent.role, sent.method),
        kind => format!("{kind} {}", sent.method),
    }
}

/// The types that lead to the type `name` by references.
fn leading_to<'a>(users: &HashMap<&'a str, Vec<&'a str>>, name: &str) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let mut remaining = vec![name];
    while let Some(to) = remaining.pop() {
        for from in users.get(to).into_iter().flatten().copied() {
            if found.insert(from) {
                remaining.push(from);
            }
        }
    }
    found
}

/// The names of the types that a schema refers to.
fn references(root: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut remaining = vec![root];
    while let Some(schema) = remaining.pop() {
        let target = schema.get("$ref").and_then(Value::as_str);
        found.extend(target.and_then(|target| target.strip_prefix("#/$defs/")));
        remaining.extend(schema::subschemas(schema).map(|(_, subschema)| subschema));
    }
    found
}

struct Search<'a> {
    root: &'a Value,
    name: &'a str,
    /// The types that lead to `name`.
    leading: HashSet<&'a str>,
    /// The types on the current path. No type is entered twice.
    types: Vec<&'a str>,
    steps: Vec<String>,
    /// How many schemas may still be visited.
    visits: &'a mut usize,
    paths: &'a mut Vec<Vec<String>>,
}

impl<'a> Search<'a> {
    fn root(&mut self) {
        if self.root.get("title").and_then(Value::as_str) == Some(self.name) {
            self.paths.push(self.steps.clone());
        } else {
            self.schema(self.root);
        }
    }

    fn schema(&mut self, schema: &'a Value) {
        let Some(members) = schema.as_object() else { return };
        if self.paths.len() >= MAX_PATHS || self.steps.len() > MAX_STEPS || *self.visits == 0 {
            return;
        }
        *self.visits -= 1;
        if let Some(name) =
            members.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix("#/$defs/"))
        {
            self.definition(name);
        }
        for (key, step) in [("properties", None), ("patternProperties", Some("{}"))] {
            for (name, inner) in members.get(key).and_then(Value::as_object).into_iter().flatten() {
                match step {
                    Some(step) => self.enter_items(step, inner),
                    None => self.step(name.clone(), inner),
                }
            }
        }
        self.parts(members);
    }

    fn parts(&mut self, members: &'a Map<String, Value>) {
        for key in ["oneOf", "anyOf", "allOf"] {
            members
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .for_each(|part| self.schema(part));
        }
        for (key, step) in [("items", "[]"), ("additionalProperties", "{}")] {
            if let Some(inner) = members.get(key) {
                self.enter_items(step, inner);
            }
        }
        for (index, inner) in
            members.get("prefixItems").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            self.enter_items(&format!("[{index}]"), inner);
        }
    }

    fn definition(&mut self, name: &'a str) {
        if name == self.name {
            self.paths.push(self.steps.clone());
        } else if let Some(target) = self.root.get("$defs").and_then(|types| types.get(name))
            && self.leading.contains(name)
            && !self.types.contains(&name)
        {
            self.types.push(name);
            self.schema(target);
            self.types.pop();
        }
    }

    fn step(&mut self, step: String, inner: &'a Value) {
        self.steps.push(step);
        self.schema(inner);
        self.steps.pop();
    }

    /// Enters the items of a list or the values of a map.
    fn enter_items(&mut self, mark: &str, inner: &'a Value) {
        let last = self.steps.len() - 1;
        let length = self.steps[last].len();
        self.steps[last].push_str(mark);
        self.schema(inner);
        self.steps[last].truncate(length);
    }
}

/// The paths as lines of a tree. Common prefixes are shown once.
pub(super) fn tree(paths: &[Vec<String>]) -> Vec<String> {
    let mut lines = Vec::new();
    let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
    branch(&paths, 0, &mut lines);
    lines
}

fn branch(paths: &[&[String]], depth: usize, lines: &mut Vec<String>) {
    let mut rest = paths;
    while let Some((first, others)) = rest.split_first() {
        let Some(head) = first.first() else {
            rest = others;
            continue;
        };
        let count = rest.iter().take_while(|path| path.first() == Some(head)).count();
        let (group, after) = rest.split_at(count);
        rest = after;
        let shared = shared_prefix(group);
        lines.push(format!("{}{}", "  ".repeat(depth), first[..shared].join(" → ")));
        let below: Vec<&[String]> = group.iter().map(|path| &path[shared..]).collect();
        branch(&below, depth + 1, lines);
    }
}

fn shared_prefix(paths: &[&[String]]) -> usize {
    let shortest = paths.iter().map(|path| path.len()).min().unwrap_or(0);
    (0..shortest).take_while(|&at| paths.iter().all(|path| path[at] == paths[0][at])).count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::Message;

    #[test]
    fn alternatives_are_named_by_their_tags() {
        let tagged = |kind: &str| json!({"properties": {"kind": {"const": kind}, "n": {"type": "integer"}}});
        let schema = json!({"$defs": {"By": {"oneOf": [tagged("card"), tagged("cash")]}}});
        let place = stable_pointer(&schema, "/$defs/By/oneOf/1/properties/n/type");
        assert_eq!(place, r#"/$defs/By/oneOf/kind="cash"/properties/n/type"#);
        let more = json!({"$defs": {"By": {"oneOf": [tagged("bond"), tagged("card"), tagged("cash")]}}});
        assert_eq!(stable_pointer(&more, "/$defs/By/oneOf/2/properties/n/type"), place);
    }

    #[test]
    fn the_paths_of_types_that_all_refer_to_each_other_are_found_in_time() {
        let mut types = Map::new();
        for from in 0..30 {
            let fields = (0..30).map(|to| (format!("f{to}"), json!({"$ref": format!("#/$defs/T{to}")})));
            types.insert(format!("T{from}"), json!({"properties": fields.collect::<Map<_, _>>()}));
        }
        types.insert("Aim".to_owned(), json!({"type": "string"}));
        types["T7"]["properties"]["aim"] = json!({"$ref": "#/$defs/Aim"});
        let schema = json!({"$ref": "#/$defs/T0", "$defs": types});
        let message = Message { writes: schema.clone(), reads: schema };
        let mut contract = Contract::empty("shop", semver::Version::new(1, 0, 0));
        let command = crate::contract::Command { docs: Default::default(), ordered: false, request: message };
        contract.methods.insert("place".to_owned(), command.into());
        let places = Places::new(&contract);
        let found = places.paths("Aim", Role::Request);
        assert!(
            found.len() <= MAX_PATHS
                && found.iter().all(|path| path.last().is_some_and(|step| step == "aim"))
        );
        assert!(places.paths("Nothing", Role::Request).is_empty());
    }

    #[test]
    fn a_type_is_found_as_a_message_and_inside_a_type_in_one_direction() {
        let home = json!({"type": "object", "properties": {"street": {"type": "string"}}});
        let user = json!({"properties": {"homes": {"type": "array", "items": {"$ref": "#/$defs/Home"}}}});
        let within =
            json!({"properties": {"user": {"$ref": "#/$defs/User"}}, "$defs": {"Home": home, "User": user}});
        let mut itself = home.clone();
        itself["title"] = "Home".into();
        let mut contract = Contract::empty("shop", semver::Version::new(1, 0, 0));
        for (name, payload) in [("moved", within), ("built", itself)] {
            let payload = Message { writes: payload.clone(), reads: payload };
            let event = crate::contract::Event { docs: Default::default(), ordered: false, payload };
            contract.methods.insert(name.to_owned(), event.into());
        }
        let places = Places::new(&contract);
        let found = places.paths("Home", Role::Payload);
        assert_eq!(found, [vec!["event built"], vec!["event moved", "user", "homes[]"]]);
        assert!(places.paths("Home", Role::Request).is_empty());
    }

    #[test]
    fn paths_with_a_common_prefix_share_a_line() {
        let path = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let paths = [path("get author home"), path("get author work"), path("list users[] home")];
        assert_eq!(tree(&paths), ["get → author", "  home", "  work", "list → users[] → home"]);
    }
}
