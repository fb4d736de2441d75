//! Renames with `#[serde(alias)]`, in structs and in enums of every tagging, and variants that are added to an enum with
//! `#[serde(other)]`, have the verdict that serde implies.

#![cfg(feature = "macros")]

use lessmq::compat::{Options, SchemaComparison, Verdict, compare_schemas};
use lessmq::contract::{Contract, ContractBuilder, Message, MethodMeta};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A type before and after a rename, by the shape of the type.
macro_rules! renamed {
    ($($module:ident: $(#[$attribute:meta])* $kind:ident $old:tt => $new:tt;)*) => {
        $(mod $module {
            use super::*;
            #[derive(Serialize, Deserialize, JsonSchema)]
            $(#[$attribute])*
            pub(super) $kind Old $old
            #[lessmq::reads]
            #[derive(Serialize, Deserialize, JsonSchema)]
            $(#[$attribute])*
            pub(super) $kind New $new
        })*
    };
}

renamed! {
    plain: struct { a: u8, b: Option<u8> } => { #[serde(alias = "a")] x: u8, #[serde(alias = "b")] y: Option<u8> };
    closed: #[serde(deny_unknown_fields)] struct { a: u8 } => { #[serde(alias = "a", alias = "c")] x: u8 };
    flat: struct { #[serde(flatten)] inner: plain::Old } => { #[serde(flatten)] inner: plain::New, #[serde(alias = "d", default)] e: u8 };
    names: enum { A, B } => { #[serde(alias = "A")] X, B };
    external: enum { A(u8), B { c: u8 }, D } => { #[serde(alias = "A")] X(u8), #[serde(alias = "B")] Y { #[serde(alias = "c")] z: u8 }, #[serde(alias = "D")] W };
    internal: #[serde(tag = "kind")] enum { A { c: u8 }, B } => { #[serde(alias = "A")] X { #[serde(alias = "c")] z: u8 }, #[serde(alias = "B")] Y };
    adjacent: #[serde(tag = "kind", content = "of")] enum { A(u8), B } => { #[serde(alias = "A")] X(u8), #[serde(alias = "B")] Y };
    untagged: #[serde(untagged)] enum { A { a: u8 }, B(String) } => { X { #[serde(alias = "a")] x: u8 }, Y(String) };
}

fn compare<Old: JsonSchema, New: JsonSchema>() -> SchemaComparison {
    compare_schemas(&Message::of::<Old>().writes, &Message::of::<New>().reads, &Options::default())
}

/// The rename is compatible for senders of the old name, and incompatible for readers of the old name.
fn check<Old: JsonSchema, New: JsonSchema>() {
    let forward = compare::<Old, New>();
    assert_eq!(forward.verdict, Verdict::Compatible, "{forward:?} {:#?}", Message::of::<New>().reads);
    let backward = compare::<New, Old>();
    assert_eq!(backward.verdict, Verdict::Incompatible, "{backward:?}");
}

#[test]
fn a_rename_with_an_alias_is_compatible_in_requests_only() {
    check::<plain::Old, plain::New>();
    check::<closed::Old, closed::New>();
    check::<flat::Old, flat::New>();
    check::<names::Old, names::New>();
    check::<external::Old, external::New>();
    check::<internal::Old, internal::New>();
    check::<adjacent::Old, adjacent::New>();
    check::<untagged::Old, untagged::New>();
}

/// The contract accepts each document that serde accepts.
#[track_caller]
fn agrees<T: DeserializeOwned + JsonSchema>(documents: &[&str]) {
    let message = Message::of::<T>();
    for document in documents {
        let serde = serde_json::from_str::<T>(document).map(drop);
        let contract = message.check_read(document.as_bytes());
        assert_eq!(serde.is_ok(), contract.is_ok(), "{document}: {serde:?} {contract:?} {:#}", message.reads);
    }
}

#[test]
fn the_contract_reads_what_serde_reads() {
    agrees::<plain::New>(&[
        r#"{"a": 1}"#,
        r#"{"x": 1}"#,
        r#"{"a": 1, "x": 2}"#,
        r#"{}"#,
        r#"{"a": 1, "b": 2}"#,
        r#"{"a": 1, "b": 2, "y": 3}"#,
        r#"{"a": "1"}"#,
    ]);
    agrees::<closed::New>(&[r#"{"a": 1}"#, r#"{"c": 1}"#, r#"{"c": 1, "a": 1}"#, r#"{"a": 1, "b": 1}"#]);
    agrees::<flat::New>(&[
        r#"{"a": 1}"#,
        r#"{"x": 1, "d": 3}"#,
        r#"{"x": 1, "d": 3, "e": 3}"#,
        r#"{"d": 1}"#,
    ]);
    agrees::<names::New>(&[r#""A""#, r#""X""#, r#""B""#, r#""C""#]);
    agrees::<external::New>(&[
        r#"{"A": 1}"#,
        r#"{"X": 1}"#,
        r#"{"A": 1, "X": 1}"#,
        r#"{"B": {"c": 1}}"#,
        r#"{"Y": {"c": 1}}"#,
        r#"{"B": {}}"#,
        r#""D""#,
        r#""W""#,
        r#""A""#,
    ]);
    agrees::<internal::New>(&[
        r#"{"kind": "A", "c": 1}"#,
        r#"{"kind": "X", "z": 1}"#,
        r#"{"kind": "X", "z": 1, "c": 1}"#,
        r#"{"kind": "B"}"#,
        r#"{"kind": "Z"}"#,
    ]);
    agrees::<adjacent::New>(&[r#"{"kind": "A", "of": 1}"#, r#"{"kind": "B"}"#, r#"{"kind": "A"}"#]);
    agrees::<untagged::New>(&[r#"{"a": 1}"#, r#"{"x": 1}"#, r#""text""#, r#"{"b": 1}"#]);
}

#[test]
fn aliases_are_in_the_read_schema_and_change_the_fingerprint() {
    let message = Message::of::<plain::New>();
    assert!(!message.writes.to_string().contains("aliases"), "{}", message.writes);
    assert!(message.reads.to_string().contains(r#""x-aliases":["a"]"#), "{}", message.reads);
    let mut contract =
        ContractBuilder::new("shop", "1.0.0").command::<plain::New>(MethodMeta::new("place")).build();
    let with = contract.fingerprint();
    assert_eq!(Contract::from_json(contract.to_json().as_bytes()).expect("it is one").fingerprint(), with);
    let request = &mut contract.command_mut("place").expect("it is there").request;
    request.reads = request.writes.clone();
    assert_ne!(contract.fingerprint(), with);
}

#[test]
fn a_field_without_its_name_and_aliases_is_missing() {
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Empty {}
    let comparison = compare::<Empty, plain::New>();
    let finding = &comparison.findings[0];
    assert_eq!((finding.rule.id, finding.subject.as_deref()), ("field-required", Some("x")), "{finding:?}");
    let reads = Message::of::<plain::New>().reads;
    assert!(reads.pointer(&finding.reader_pointer).is_some(), "{finding:?}");
}

#[test]
fn an_alias_that_names_another_field_or_is_in_an_unknown_shape_has_no_effect() {
    let reader = |schema: &str| -> serde_json::Value { serde_json::from_str(schema).expect("it is JSON") };
    let writer = reader(r#"{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}"#);
    for odd in [
        r#"{"type": "object", "properties": {"a": {"type": "string"}, "x": {"type": "integer", "x-aliases": ["a"]}}, "required": ["a", "x"]}"#,
        r#"{"properties": {"x": {"type": "integer", "x-aliases": ["a"]}}, "required": ["x"]}"#,
        r#"{"type": "integer", "x-variant-aliases": ["a"]}"#,
        r#"{"type": "object", "properties": {"x": {"x-aliases": 3}}, "required": ["x"]}"#,
    ] {
        let comparison = compare_schemas(&writer, &reader(odd), &Options::default());
        assert_eq!(comparison.verdict, Verdict::Incompatible, "{odd}: {comparison:?}");
    }
}

/// An enum with a variant for unknown names, and the same with more variants.
macro_rules! extended {
    ($($module:ident: $(#[$attribute:meta])* { $($old:tt)* } + { $($new:tt)* };)*) => {
        $(mod $module {
            use super::*;
            #[lessmq::reads]
            #[derive(Serialize, Deserialize, JsonSchema)]
            $(#[$attribute])*
            pub(super) enum Old { $($old)* #[serde(other)] Unknown }
            #[lessmq::reads]
            #[derive(Serialize, Deserialize, JsonSchema)]
            $(#[$attribute])*
            pub(super) enum New { $($old)* $($new)* #[serde(other)] Unknown }
        })*
    };
}

extended! {
    more_names: { A, #[serde(alias = "C")] B, } + { N, };
    more_external: { A(u8), B, } + { N, };
    more_internal: #[serde(tag = "k")] { A { x: u8 }, #[serde(alias = "C")] B(plain::Old), } + { N { y: String }, };
    more_closed: #[serde(tag = "k", deny_unknown_fields)] { A { x: u8 }, } + { N, };
    more_adjacent: #[serde(tag = "k", content = "of")] { A { x: u8 }, B, } + { N, };
    content_adjacent: #[serde(tag = "k", content = "of")] { A { x: u8 }, B, } + { N { y: u8 }, };
    content_external: { A(u8), B, } + { N(u8), };
}

#[test]
fn a_variant_that_is_added_is_compatible_if_unknown_names_are_read() {
    /// Old readers read the new variant if it has a form that the variant for unknown names accepts.
    fn check<Old: JsonSchema, New: JsonSchema>(expected: Verdict) {
        let comparison = compare::<New, Old>();
        assert_eq!(comparison.verdict, expected, "{comparison:?} {:#}", Message::of::<Old>().reads);
        assert_eq!(compare::<Old, New>().verdict, Verdict::Compatible);
    }
    check::<more_names::Old, more_names::New>(Verdict::Compatible);
    check::<more_external::Old, more_external::New>(Verdict::Compatible);
    check::<more_internal::Old, more_internal::New>(Verdict::Compatible);
    check::<more_closed::Old, more_closed::New>(Verdict::Compatible);
    check::<more_adjacent::Old, more_adjacent::New>(Verdict::Compatible);
    check::<content_adjacent::Old, content_adjacent::New>(Verdict::Incompatible);
    check::<content_external::Old, content_external::New>(Verdict::Incompatible);
}

#[test]
fn unknown_names_are_read_as_serde_reads_them() {
    agrees::<more_names::Old>(&[r#""A""#, r#""B""#, r#""C""#, r#""N""#, r#""Unknown""#, "1", r#"{"N": 1}"#]);
    agrees::<more_external::Old>(&[r#""A""#, r#"{"A": 1}"#, r#""N""#, r#"{"N": 1}"#, r#""B""#]);
    agrees::<more_internal::Old>(&[
        r#"{"k": "A"}"#,
        r#"{"k": "C"}"#,
        r#"{"k": "C", "a": 1}"#,
        r#"{"k": "N"}"#,
        r#"{"k": "N", "x": "any"}"#,
        r#"{"k": "A", "x": "any"}"#,
        r#"{}"#,
    ]);
    agrees::<more_adjacent::Old>(&[
        r#"{"k": "N"}"#,
        r#"{"k": "N", "of": null}"#,
        r#"{"k": "N", "of": {"y": 1}}"#,
        r#"{"k": "A", "of": {"x": 1}}"#,
        r#"{"k": "A"}"#,
    ]);
}

#[test]
fn the_variant_for_unknown_names_is_one_name_for_senders() {
    let message = Message::of::<more_internal::Old>();
    assert!(!message.writes.to_string().contains("x-other"), "{}", message.writes);
    assert!(message.check_written(br#"{"k": "Unknown"}"#).is_ok());
    assert!(message.check_written(br#"{"k": "N"}"#).is_err());
}
