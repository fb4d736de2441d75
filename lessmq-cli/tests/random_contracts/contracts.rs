//! Random contracts, their values, and what became of these.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;
use std::sync::LazyLock;
use std::{env, fs};

use lessmq::contract::{Call, Contract, Docs, Event, Message, request_title};
use serde_json::{Value, json};

use crate::random::Random;
use crate::schemas::{arguments, message};
use crate::values::values;

/// The number in an environment variable that `cargo xtask random-contracts` sets.
fn setting<T: FromStr>(name: &str, otherwise: T) -> T {
    let text = env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// A random contract.
pub(crate) struct RandomContract {
    pub(crate) contract: Contract,
    pub(crate) samples: Vec<Sample>,
}

/// The values of one message.
pub(crate) struct Sample {
    pub(crate) method: &'static str,
    /// What clients call the message: a request, a reply or an error.
    pub(crate) role: &'static str,
    schema: Message,
    values: Vec<Value>,
}

impl Sample {
    /// Whether Rust has a public type for the message. The arguments of a method have none.
    pub(crate) fn is_in_rust(&self) -> bool {
        self.method != "arguments"
    }
}

/// All contracts of this run.
pub(crate) static CONTRACTS: LazyLock<Vec<RandomContract>> = LazyLock::new(|| {
    let count: usize = setting("LESSMQ_RANDOM_CONTRACTS", 12);
    let values: usize = setting("LESSMQ_RANDOM_VALUES", 1200);
    let seed: u64 = setting("LESSMQ_RANDOM_SEED", 1);
    let mut random = Random::new(seed);
    (0..count).map(|index| random_contract(&mut random, index, values.div_ceil(count))).collect()
});

/// A contract with about `count` values.
fn random_contract(random: &mut Random, index: usize, count: usize) -> RandomContract {
    let mut samples = Vec::new();
    let mut sampled = |random: &mut Random, method, role, schema: Message| {
        let values = values(random, &schema, count.div_ceil(5));
        samples.push(Sample { method, role, schema: schema.clone(), values });
        schema
    };
    let request = arguments(random, &request_title("arguments"));
    let request = sampled(random, "arguments", "request", request);
    let null = json!({"title": "null", "type": "null"});
    let reply = Message { writes: null.clone(), reads: null };
    let arguments = Call { docs: Docs::default(), idempotent: false, request, reply, error: None };
    let [request, reply, error] = ["request", "reply", "error"].map(|role| {
        let schema = message(random, "Whole");
        sampled(random, "payload", role, schema)
    });
    let payload = Call { docs: Docs::default(), idempotent: true, request, reply, error: Some(error) };
    let happened = message(random, "Happened");
    let happened = sampled(random, "happened", "request", happened);
    let happened = Event { docs: Docs::default(), ordered: false, payload: happened };
    let mut contract = Contract::empty(&format!("random{index}"), "1.0.0".parse().unwrap());
    contract.methods.insert("arguments".to_owned(), arguments.into());
    contract.methods.insert("payload".to_owned(), payload.into());
    contract.methods.insert("happened".to_owned(), happened.into());
    RandomContract { contract, samples }
}

/// Generates the code of every contract, each in a folder.
pub(crate) fn generate(language: &str, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let document = folder.join("contract.json");
    let mut failures = String::new();
    for (index, RandomContract { contract, .. }) in CONTRACTS.iter().enumerate() {
        fs::write(&document, contract.to_json()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lessmq-cli"));
        command.args(["generate", language]).arg(&document).arg("--out").arg(folder.join(name(index)));
        let output = command.output().unwrap();
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            let _ = writeln!(failures, "{}: {error}{}", name(index), contract.to_json());
        }
    }
    assert!(failures.is_empty(), "no code for\n{failures}");
    fs::remove_file(document).unwrap();
}

/// The name of the folder and the module of a contract.
pub(crate) fn name(index: usize) -> String {
    format!("c{index}")
}

/// The key of a message in the files with values.
pub(crate) fn key(index: usize, sample: &Sample) -> String {
    format!("{} {} {}", name(index), sample.method, sample.role)
}

fn samples() -> impl Iterator<Item = (String, &'static Sample)> {
    let contracts = CONTRACTS.iter().enumerate();
    contracts
        .flat_map(|(index, contract)| contract.samples.iter().map(move |sample| (key(index, sample), sample)))
}

/// Writes the values for the programs of a language.
pub(crate) fn write_samples(folder: &Path) {
    let texts: BTreeMap<String, Vec<String>> =
        samples().map(|(key, sample)| (key, sample.values.iter().map(Value::to_string).collect())).collect();
    fs::write(folder.join("samples.json"), serde_json::to_string(&texts).unwrap()).unwrap();
}

/// The greatest number of failures that are printed.
const MAX_FAILURES: usize = 40;

/// Checks that every value is unchanged.
pub(crate) fn check_results(results: &BTreeMap<String, Vec<String>>, is_expected: impl Fn(&Sample) -> bool) {
    let (mut failed, mut count, mut text) = (0, 0, String::new());
    for (key, sample) in samples().filter(|(_, sample)| is_expected(sample)) {
        let actual = &results[&key];
        assert_eq!(actual.len(), sample.values.len(), "{key}");
        count += actual.len();
        let mut differences = sample.values.iter().zip(actual).filter(|(value, text)| {
            !serde_json::from_str(text).is_ok_and(|actual: Value| is_same(value, &actual))
        });
        if let Some((value, actual)) = differences.next() {
            failed += 1;
            if failed <= MAX_FAILURES {
                let Message { writes, reads } = &sample.schema;
                let reads = if reads == writes { String::new() } else { format!("\n  read as: {reads}") };
                let _ = writeln!(
                    text,
                    "{key}:\n  value:   {value}\n  became:  {actual}\n  written as: {writes}{reads}"
                );
            }
        }
    }
    assert_eq!(failed, 0, "messages with changed values, of {count} values:\n{text}");
}

/// Whether two values are equal. Numbers are equal if they have the same value.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let integer = |number: &serde_json::Number| {
                number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
            };
            match (integer(one), integer(other)) {
                (Some(one), Some(other)) => one == other,
                _ => one.as_f64() == other.as_f64(),
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| is_same(value, other)))
        }
        (one, other) => one == other,
    }
}
