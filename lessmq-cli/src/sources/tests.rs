//! The lines that declare what findings are about.

use std::fs;

use lessmq::contract::{MethodKind, Role};
use serde_json::{Value, json};

use super::keys::KeyType;
use super::{MapKey, SchemaPoint, Sources, Target};
use crate::syntax::Library;

const LIBRARY: &str = r#"
#[lessmq::interface(service = "user")]
pub trait Users {
    async fn get(
        &self,
        id: u64,
        /// What it is.
        r#type: Option<Kind>,
    ) -> Result<Account, GetError>;
    async fn days(&self, since: jiff::Timestamp) -> Vec<NaiveDate>;
}

#[lessmq::interface(service = "user", events)]
pub trait UserEvents {
    async fn changed(&self, event: Change) -> lessmq::HandlerResult;
    async fn moved(&self, event: Option<chrono::NaiveDate>) -> lessmq::HandlerResult;
}

#[serde(rename_all = "camelCase")]
pub struct Account {
    pub display_name: String,
    #[serde(rename = "mail")]
    pub email: Option<Vec<Address>>,
    pub kind: Kind,
}

use chrono::NaiveDate as Day2;

/// What it is.
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Person,
    /// A company.
    LegalPerson,
}

mod other {
    /// Of the same name, and less like it.
    pub struct Account { number: u64 }

    #[schemars(rename = "Address")]
    pub struct PostalAddress { street: String, zip: String }

    pub struct Day(chrono::NaiveDate);

    pub struct Days { all: BTreeMap<String, Vec<chrono::NaiveDate>>, first: Option<Day> }

    /// Who it is.
    ///
    /// And more.
    #[serde(rename = "User")]
    pub struct UserId(pub Uuid);

    #[serde(transparent)]
    pub struct Plain(Uuid);

    #[serde(from = "String")]
    pub struct Code(Uuid);

    pub struct Twice(Uuid);

    mod twice { pub struct Twice(pub Uuid); }

    pub struct Keyed {
        ids: HashMap<uuid::Uuid, HashMap<String, u8>>,
        users: Option<BTreeMap<UserId, u8>>,
        plain: IndexMap<Plain, u8>,
        codes: BTreeMap<Code, u8>,
        twice: BTreeMap<Twice, u8>,
        pair: (BTreeMap<Uuid, u8>, BTreeMap<String, u8>),
        list: Vec<String>,
        kinds: BTreeMap<Kind, u8>,
        aliased: ByTime<u8>,
        stamps: BTreeMap<Stamp, u8>,
        same: BTreeMap<Wrapped, u8>,
        days: BTreeMap<Day2, u8>,
    }

    type ByTime<T> = BTreeMap<Stamp, T>;
    type Stamp = chrono::DateTime<chrono::FixedOffset>;

    #[repr(transparent)]
    pub struct Wrapped(Uuid);

    pub struct Page<T> { items: Vec<T>, more: bool }
}

#[serde(tag = "code", rename_all = "snake_case")]
pub enum GetError {
    NotFound,
    /// Wait.
    #[serde(alias = "many")]
    TooMany { limit: u32 },
}

/// Without names in JSON.
#[serde(untagged)]
pub enum When {
    Day(chrono::NaiveDate),
    Time(Vec<jiff::Timestamp>),
    Both { day: time::Date },
}

pub enum Change {
    Renamed(String),
    Moved { to: other::PostalAddress },
}
"#;

fn sources(name: &str) -> Sources {
    let root = std::env::temp_dir().join(format!("lessmq-cli-sources-{}-{name}", std::process::id()));
    fs::create_dir_all(&root).expect("it is writable");
    let root_file = root.join("lib.rs");
    fs::write(&root_file, LIBRARY).expect("it is writable");
    let sources = Sources::read(&[Library { root_file, crate_name: "user".to_owned() }], &root);
    fs::remove_dir_all(&root).expect("the test made it");
    sources
}

/// A finding about one message.
struct Found<'a> {
    direction: Role,
    /// The message as the source declares it, and a pointer into it.
    new: (Value, &'a str),
    old: (Value, &'a str),
    example: Value,
}

/// Checks that the location of a finding is that of `expected` in the library.
fn check(name: &str, found: &Found<'_>, expected: &str) {
    let is_event = found.direction == Role::Payload;
    let location = sources(name).locate(&Target {
        service: "user",
        method: if is_event { "changed" } else { "get" },
        kind: if is_event { MethodKind::Event } else { MethodKind::Call },
        direction: Some(found.direction),
        new: Some(SchemaPoint { schema: &found.new.0, pointer: found.new.1 }),
        old: Some(SchemaPoint { schema: &found.old.0, pointer: found.old.1 }),
        example: Some(&found.example),
    });
    let location = location.expect("it is found");
    let marked: String =
        location.text.chars().skip(location.column - 1).take(location.end_column - location.column).collect();
    assert_eq!((location.file.as_str(), marked.as_str()), ("lib.rs", expected));
    assert_eq!(LIBRARY.lines().nth(location.line - 1), Some(location.text.as_str()));
}

fn account(name: &Value) -> Value {
    json!({
        "title": "Account",
        "properties": {"displayName": name, "kind": {"$ref": "#/$defs/Kind"}, "mail": {}},
        "required": ["displayName", "kind"],
        "$defs": {
            "Kind": {"enum": ["person", "legal-person"]},
            "Address": {"properties": {"street": {"type": "string"}, "zip": {"type": "string"}}},
        },
    })
}

#[test]
fn a_field_is_found_by_its_name_on_the_wire() {
    let text = json!({"type": "string"});
    let number = json!({"type": "integer"});
    let found = Found {
        direction: Role::Reply,
        new: (account(&text), "/properties/displayName"),
        old: (account(&number), "/properties/displayName/type"),
        example: json!({"displayName": "a"}),
    };
    check("field", &found, "display_name: String");
    let mail = Found { new: (account(&text), "/properties/mail/items"), ..found };
    check("renamed", &mail, "email: Option<Vec<Address>>");
}

#[test]
fn a_field_of_a_renamed_type_is_found() {
    let found = Found {
        direction: Role::Reply,
        new: (account(&json!({})), "/$defs/Address/properties/zip"),
        old: (account(&json!({})), "/$defs/Address/properties/zip/type"),
        example: json!({}),
    };
    check("type", &found, "zip: String");
}

#[test]
fn of_types_with_one_name_the_one_most_like_the_schema_is_found() {
    let mut old = account(&json!({}));
    old["required"] = json!(["displayName", "kind", "gone"]);
    let found = Found {
        direction: Role::Reply,
        new: (account(&json!({})), ""),
        old: (old, "/required"),
        example: json!({"displayName": "a", "kind": "person"}),
    };
    check("namesakes", &found, "Account");
    assert!(LIBRARY.matches("struct Account").count() == 2);
}

#[test]
fn an_added_variant_is_found_by_the_counter_example() {
    let mut old = account(&json!({}));
    old["$defs"]["Kind"] = json!({"enum": ["person"]});
    let found = Found {
        direction: Role::Reply,
        new: (account(&json!({})), "/$defs/Kind"),
        old: (old, "/$defs/Kind/enum"),
        example: json!({"displayName": "a", "kind": "legal-person"}),
    };
    check("variant", &found, "LegalPerson");
}

#[test]
fn a_tagged_variant_and_its_fields_are_found() {
    let error = |limit: Value| {
        json!({"title": "GetError", "oneOf": [
            {"properties": {"code": {"const": "not_found"}}},
            {"properties": {"code": {"const": "too_many"}, "limit": limit}},
        ]})
    };
    let found = Found {
        direction: Role::Error,
        new: (error(json!({"type": "integer"})), "/oneOf/1/properties/limit"),
        old: (error(json!({"type": "string"})), "/oneOf/1/properties/limit/type"),
        example: json!({"code": "too_many", "limit": 1}),
    };
    check("tagged", &found, "limit: u32");
    let new = error(json!({}));
    let old = json!({"title": "GetError", "oneOf": [{"properties": {"code": {"const": "not_found"}}}]});
    let added = Found { new: (new, ""), old: (old, "/oneOf"), ..found };
    check("tag-added", &added, "TooMany { limit: u32 }");
}

#[test]
fn an_externally_tagged_variant_is_found() {
    let change = |to: Value| {
        json!({"title": "Change", "oneOf": [
            {"properties": {"Renamed": {"type": "string"}}},
            {"properties": {"Moved": {"properties": {"to": to}}}},
        ]})
    };
    let found = Found {
        direction: Role::Payload,
        new: (change(json!({"type": "string"})), "/oneOf/1/properties/Moved/properties/to"),
        old: (change(json!({"type": "null"})), "/oneOf/1/properties/Moved/properties/to/type"),
        example: json!({"Moved": {"to": "a"}}),
    };
    check("key", &found, "to: other::PostalAddress");
}

#[test]
fn the_arguments_of_a_call_are_the_fields_of_its_request() {
    let request = |required: Value| json!({"title": "GetRequest", "properties": {"id": {}, "type": {}}, "required": required});
    let found = Found {
        direction: Role::Request,
        new: (request(json!(["id", "type"])), "/required"),
        old: (request(json!(["id"])), ""),
        example: json!({"id": 1}),
    };
    check("argument", &found, "r#type: Option<Kind>");
}

#[test]
fn a_generic_type_is_found_without_its_arguments() {
    let page = |more: Value| json!({"title": "Page_for_Account", "properties": {"items": {}, "more": more}});
    let found = Found {
        direction: Role::Reply,
        new: (page(json!({"type": "boolean"})), "/properties/more"),
        old: (page(json!({"type": "null"})), "/properties/more/type"),
        example: json!({"more": true}),
    };
    check("generic", &found, "more: bool");
}

#[test]
fn without_a_declaration_the_method_is_found() {
    let found = Found {
        direction: Role::Reply,
        new: (json!({"title": "FromElsewhere", "properties": {"a": {}}}), "/properties/a"),
        old: (json!({}), ""),
        example: json!({}),
    };
    check("elsewhere", &found, "get");
    let odd = Found { new: (json!(true), "/no/such~1place/7"), ..found };
    check("odd", &odd, "get");
}

#[test]
fn the_words_of_a_type_are_found() {
    let sources = sources("words");
    let check = |method: &str, direction: Role, new: (Value, &str), expected: Option<&str>| {
        let words = sources.type_words(&Target {
            service: "user",
            method,
            kind: if direction == Role::Payload { MethodKind::Event } else { MethodKind::Call },
            direction: Some(direction),
            new: Some(SchemaPoint { schema: &new.0, pointer: new.1 }),
            old: None,
            example: None,
        });
        assert_eq!(words.map(|words| words.join(" ")).as_deref(), expected, "{method} {}", new.1);
    };
    let days = || {
        json!({
            "title": "Days",
            "properties": {"all": {"additionalProperties": {"items": {}}}, "first": {}, "other": {}},
            "$defs": {"Day": {}},
        })
    };
    let every_day = "/properties/all/additionalProperties/items";
    check("days", Role::Reply, (days(), every_day), Some("Vec chrono NaiveDate"));
    check("days", Role::Reply, (days(), "/$defs/Day"), Some("chrono NaiveDate"));
    check("days", Role::Reply, (days(), "/properties/other"), None);
    let list = json!({"title": "Array_of_NaiveDate", "items": {}});
    check("days", Role::Reply, (list, "/items"), Some("Vec NaiveDate"));
    let request = json!({"title": "DaysRequest", "properties": {"since": {}}});
    check("days", Role::Request, (request, "/properties/since"), Some("jiff Timestamp"));
    check(
        "moved",
        Role::Payload,
        (json!({"title": "Nullable_NaiveDate"}), ""),
        Some("Option chrono NaiveDate"),
    );
    let change = || json!({"title": "Change", "oneOf": [{"properties": {"Renamed": {"type": "string"}}}]});
    check("changed", Role::Payload, (change(), "/oneOf/0/properties/Renamed"), Some("String"));
    check("unknown", Role::Reply, (json!({}), ""), None);
    let when = || json!({"title": "When", "anyOf": [{}, {"items": {}}, {"properties": {"day": {}}}]});
    check("days", Role::Reply, (when(), "/anyOf/0"), Some("chrono NaiveDate"));
    check("days", Role::Reply, (when(), "/anyOf/1/items"), Some("Vec jiff Timestamp"));
    check("days", Role::Reply, (when(), "/anyOf/2/properties/day"), Some("time Date"));
}

#[test]
fn the_words_of_keys_are_found() {
    let sources = sources("keys");
    let map = || json!({"additionalProperties": {"additionalProperties": {}}});
    let keyed = json!({
        "title": "Keyed",
        "properties": {
            "ids": map(), "users": map(), "plain": map(), "codes": map(), "twice": map(), "list": map(),
            "kinds": map(), "aliased": map(), "stamps": map(), "same": map(), "days": map(), "from_a_macro": map(),
            "pair": {"prefixItems": [map(), map()]},
        },
    });
    let check = |pointer: &str, expected: Option<&str>| {
        let found = sources.map_key(&Target {
            service: "user",
            method: "days",
            kind: MethodKind::Call,
            direction: Some(Role::Reply),
            new: Some(SchemaPoint { schema: &keyed, pointer }),
            old: None,
            example: None,
        });
        let docs = |docs: Option<String>| docs.map(|docs| format!(" ({docs})")).unwrap_or_default();
        let found = match found {
            MapKey::Type(KeyType { words, newtype }) => {
                let newtype = newtype.map(|(name, text)| format!("{name}{}: ", docs(text)));
                Some(newtype.unwrap_or_default() + &words.join(" "))
            }
            MapKey::Enum { name, docs: text } => Some(format!("enum {name}{}", docs(text))),
            MapKey::Text => Some("text".to_owned()),
            MapKey::Unknown => None,
        };
        assert_eq!(found.as_deref(), expected, "{pointer}");
    };
    check("/properties/ids", Some("uuid Uuid"));
    check("/properties/ids/additionalProperties", Some("text"));
    check("/properties/users", Some("User (Who it is.\n\nAnd more.): Uuid"));
    check("/properties/kinds", Some("enum Kind (What it is.)"));
    check("/properties/aliased", Some("chrono DateTime chrono FixedOffset"));
    check("/properties/stamps", Some("chrono DateTime chrono FixedOffset"));
    check("/properties/same", Some("Wrapped: Uuid"));
    check("/properties/plain", Some("Uuid"));
    // Serde writes it as another type.
    check("/properties/codes", Some("text"));
    check("/properties/twice", None);
    check("/properties/pair/prefixItems/0", None);
    check("/properties/list", None);
    // An import gives the type another name.
    check("/properties/days", None);
    check("/properties/from_a_macro", None);
}

#[test]
fn a_message_with_another_type_is_found_at_the_method() {
    let error = json!({"title": "GetError", "properties": {"displayName": {}}, "required": ["displayName"]});
    let found = Found {
        direction: Role::Reply,
        new: (account(&json!({"type": "string"})), ""),
        old: (error, "/required"),
        example: json!({"code": "too_many"}),
    };
    check("replaced", &found, "get");
    // The type was renamed, and has a new field.
    let renamed =
        json!({"title": "OldAccount", "properties": {"displayName": {}}, "required": ["displayName"]});
    let found = Found { old: (renamed, "/required"), example: json!({"displayName": "a"}), ..found };
    check("renamed-type", &found, "kind: Kind");
}
