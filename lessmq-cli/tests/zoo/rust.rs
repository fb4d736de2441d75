//! Rust.

use std::collections::BTreeMap;

use lessmq::compat::{Options, Verdict, check_evolution, compare_schemas};
use lessmq::contract::{Contract, Message};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn generated_contract() -> Contract {
    // Nothing of a package that is not used is linked.
    let _ = zoo_contract::ZooServer::contract();
    let contracts = lessmq::registry::contracts_of("zoo-contract").unwrap();
    assert_eq!(contracts.len(), 1);
    contracts.into_iter().next().unwrap()
}

#[test]
fn the_zoo_is_large() {
    assert!(zoo::samples().len() >= 120, "{}", zoo::samples().len());
    assert!(zoo::samples().iter().all(|sample| sample.values.len() >= 2));
}

#[test]
fn both_contracts_are_compatible_in_both_directions() {
    let (original, generated) = (zoo::contract(), generated_contract());
    for (old, new) in [(&original, &generated), (&generated, &original)] {
        let report = check_evolution(old, new);
        let is_fine = matches!(report.verdict, Verdict::Identical | Verdict::Compatible);
        assert!(is_fine, "{report}");
    }
}

/// A constant string becomes an enum with one variant, whose schema has `enum` in place of `const`. The variants of a
/// union have another order if values would otherwise lose fields.
const NOT_IDENTICAL: [&str; 2] = ["narrow", "unions"];

#[test]
fn nearly_every_message_has_the_same_schemas() {
    let (original, generated) = (zoo::contract(), generated_contract());
    let is_same = |one: &Message, other: &Message| {
        let same = |one, other| {
            one == other || compare_schemas(one, other, &Options::default()).verdict == Verdict::Identical
        };
        same(&one.writes, &other.writes) && same(&one.reads, &other.reads)
    };
    let is_different = |name: &str| {
        let has_call = "both contracts have the call";
        let (call, other) = (original.call(name).expect(has_call), generated.call(name).expect(has_call));
        !is_same(&call.request, &other.request) || !is_same(&call.reply, &other.reply)
    };
    let names = original.calls().map(|(name, _)| name);
    let different: Vec<&str> = names.filter(|name| is_different(name)).collect();
    assert_eq!(different, NOT_IDENTICAL, "of {}", original.calls().count());
}

/// Decodes and encodes JSON with the generated type of a method.
type RoundTrip = Box<dyn Fn(&str) -> Result<String, String>>;

fn round_trip<T, Reply, E>(_method: fn(&zoo_contract::ZooClient, T) -> lessmq::Call<Reply, E>) -> RoundTrip
where
    T: Serialize + DeserializeOwned + 'static,
{
    Box::new(|text| {
        let value: T = serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?;
        serde_json::to_string(&value).map_err(|error| error.to_string())
    })
}

macro_rules! round_trips {
    ($($name:ident: $type:ty = [$($value:expr),+ $(,)?];)+) => {
        fn round_trips() -> BTreeMap<&'static str, RoundTrip> {
            [$((stringify!($name), round_trip(zoo_contract::ZooClient::$name))),+].into()
        }
    };
}

zoo::animals!(round_trips);

#[test]
fn every_value_is_preserved_by_the_generated_types() {
    let round_trips = round_trips();
    let mut failures = Vec::new();
    for sample in zoo::samples() {
        for (index, text) in sample.values.iter().enumerate() {
            let back = round_trips[sample.method](text);
            if let Err(error) = back.and_then(|back| sample.check(index, &back)) {
                failures.push(format!("{}: {error}", sample.method));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn an_unknown_name_is_read_as_the_variant_for_unknown_names() {
    let round_trips = round_trips();
    for (method, text, expected) in [
        ("with_other", r#""Newest""#, r#""Unknown""#),
        ("internal_other", r#"{"type":"Newest","number":1}"#, r#"{"type":"Unknown"}"#),
        ("adjacent_other", r#"{"t":"Newest"}"#, r#"{"t":"Unknown"}"#),
    ] {
        assert_eq!(round_trips[method](text).as_deref(), Ok(expected), "{method}");
    }
}
