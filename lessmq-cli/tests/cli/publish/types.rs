//! Contract crates use the types of the service: dates, decimals and ids.

use super::support::{redacted, use_own_lessmq};
use crate::support::Project;

/// A service with types of several crates.
const BANK: &str = r#"
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// Its id.
    pub id: Uuid,
    /// Its amount.
    pub amount: Decimal,
    /// When it is due.
    pub due: NaiveDate,
    /// When it was booked.
    pub booked: Option<DateTime<Utc>>,
    /// What each account pays.
    pub shares: HashMap<Uuid, Decimal>,
}

/// The id of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct AccountId(pub Uuid);

/// Payments.
#[lessmq::interface(service = "bank")]
pub trait Payments {
    /// One payment.
    async fn payment(&self, id: Uuid) -> Option<Payment>;

    /// What each account has.
    async fn balances(&self, day: NaiveDate) -> HashMap<AccountId, Decimal>;

    /// Payments that are due.
    async fn due(&self, day: NaiveDate, least: Option<Decimal>) -> Vec<Payment>;
}
"#;

/// The JSON of the service goes through the types of the contract crate.
const SAME_JSON: &str = r##"
use bank_contract::PaymentsClient;
use lessmq::Client;

#[test]
fn both_crates_have_the_same_json_and_the_same_contract() {
    let mut payment: the_bank::Payment = serde_json::from_str(
        r#"{"id": "0199f4a2-5b1c-7c3e-8f00-000000000001", "amount": "-1.50", "due": "2026-07-26", "booked": null, "shares": {}}"#,
    )
    .expect("it is a payment");
    for booked in [None, Some("2026-07-26T10:15:02.118Z".parse().expect("it is a time"))] {
        payment.booked = booked;
        payment.shares.insert(payment.id, payment.amount);
        let text = serde_json::to_string(&payment).expect("it can be written");
        let read: bank_contract::Payment = serde_json::from_str(&text).expect("it has the same form");
        let back = serde_json::to_value(&read).expect("it can be written");
        assert_eq!(back, serde_json::to_value(&payment).expect("it can be written"));
    }
    let number = serde_json::to_string(&payment).expect("it can be written").replace("\"-1.50\"", "7");
    serde_json::from_str::<bank_contract::Payment>(&number).expect("a decimal is read from a number too");
    let small = number.replace(":7,", ":1e-7,").replace(":7}", ":1e-7}");
    let read: bank_contract::Payment = serde_json::from_str(&small).expect("numbers may have an exponent");
    let back = serde_json::to_value(&read).expect("it can be written");
    assert_eq!(back["amount"], "0.0000001", "a decimal is written without an exponent");
    assert_eq!(PaymentsClient::contract().fingerprint(), the_bank::PaymentsClient::contract().fingerprint());
}
"##;

/// The code of a consumer that computes with the types.
const SAME_TYPES: &str = r#"
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bank_contract::{AccountId, Payment, Payments, PaymentsFake};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

#[test]
fn consumers_compute_with_the_types_of_the_service() {
    let fake = PaymentsFake::new().on_due(|day: NaiveDate, least: Option<Decimal>| async move {
        let booked: Option<DateTime<Utc>> = Some(DateTime::UNIX_EPOCH);
        let amount = least.unwrap_or_default() + Decimal::ONE;
        let shares: BTreeMap<Uuid, Decimal> = [(Uuid::nil(), amount)].into();
        vec![Payment { id: Uuid::nil(), amount, due: day, booked, shares }]
    });
    let fake = fake.on_balances(|_| async { [(AccountId(Uuid::nil()), Decimal::TWO)].into() });
    let payments = pin!(fake.due(NaiveDate::MIN, Some(Decimal::TEN)));
    let Poll::Ready(payments) = payments.poll(&mut Context::from_waker(Waker::noop())) else { panic!("it is ready") };
    assert_eq!(payments[0].amount.to_string(), "11");
    let balances = pin!(fake.balances(NaiveDate::MIN));
    let Poll::Ready(balances) = balances.poll(&mut Context::from_waker(Waker::noop())) else { panic!("it is ready") };
    let balances: BTreeMap<AccountId, Decimal> = balances;
    assert_eq!(balances[&AccountId::from(Uuid::nil())], Decimal::TWO);
}
"#;

/// The crates of the types.
const CRATES: &str =
    "chrono = { version = \"0.4.38\", default-features = false, features = [\"serde\", \"std\"] }
rust_decimal = { version = \"=1.43.0\", default-features = false, features = [\"serde\", \"std\"] }
uuid = { version = \"1\", features = [\"serde\"] }
";

/// The service, with these crates of types.
fn bank(name: &str, source: &str, crates: &str) -> Project {
    let project = Project::package(name, source);
    project.replace("Cargo.toml", "[dependencies]\n", &format!("[dependencies]\n{crates}"));
    let schemars =
        "schemars = { version = \"1\", features = [\"chrono04\", \"jiff02\", \"rust_decimal1\", \"uuid1\"] }";
    project.replace("Cargo.toml", "schemars = \"1\"", schemars);
    use_own_lessmq(&project);
    project
}

/// Writes the contract crate, and makes it a dependency of the tests of the service.
fn publish(project: &Project) {
    let output = project.cli(["publish"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let manifest = project.read("Cargo.toml");
    if !manifest.contains("dev-dependencies") {
        let manifest = manifest.replace("[workspace]\n", "[workspace]\nmembers = [\"contracts/*\"]\n");
        let test =
            "\n[dev-dependencies]\nbank-contract = { path = \"contracts/bank\" }\nserde_json = \"1\"\n";
        project.write("Cargo.toml", &(manifest + test));
    }
}

/// Runs a test of the service.
fn test(project: &Project, name: &str, source: &str) {
    let krate = project.root.file_name().unwrap().to_string_lossy().replace('-', "_");
    project.write(&format!("tests/{name}.rs"), &source.replace("the_bank", &krate));
    let output = project.cargo(&["test", "--quiet", "--test", name]).output().unwrap();
    let text = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).join("");
    assert!(output.status.success(), "{text}");
}

/// The dependencies of the contract crate.
fn dependencies(project: &Project) -> String {
    let manifest = project.read("contracts/bank/Cargo.toml");
    let dependencies = manifest.split_once("[dependencies]\n").unwrap().1;
    dependencies
        .lines()
        .filter(|line| !line.starts_with("lessmq = "))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn a_contract_crate_uses_the_types_of_the_service() {
    let project = bank("types-kept", BANK, CRATES);
    publish(&project);
    assert_eq!(
        dependencies(&project),
        "chrono = { version = \"0.4.38\", default-features = false, features = [\"serde\", \"std\"] }
rust_decimal = { version = \"1.43.0\", default-features = false, features = [\"serde\", \"std\"] }
schemars = { version = \"1.2\", features = [\"chrono04\", \"rust_decimal1\", \"uuid1\"] }
serde = { version = \"1\", features = [\"derive\"] }
uuid = { version = \"1\", default-features = false, features = [\"serde\", \"std\"] }
"
    );
    test(&project, "same_json", SAME_JSON);
    test(&project, "same_types", SAME_TYPES);
    let output = project.cli(["check", "--deny-stale"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let output = project.cli(["generate", "rust", "contracts/bank/contract.json", "--out", "generated"]);
    assert_eq!(output.exit, 0, "{output:?}");
    for line in dependencies(&project).lines() {
        assert!(output.stdout.contains(&format!("\n{line}\n")), "{output:?}");
    }
}

#[test]
fn settings_replace_types_without_a_change_of_the_contract() {
    let project = bank("types-replaced", BANK, CRATES);
    publish(&project);
    let contract = project.read("contracts/bank/contract.json");
    for (types, expected) in [
        (
            "\"chrono::DateTime\" = \"jiff::Timestamp\"\n\"chrono::NaiveDate\" = \"String\"",
            "jiff = { version = \"0.2\"",
        ),
        (
            "\"chrono::DateTime\" = \"time::OffsetDateTime\"\n\"rust_decimal::Decimal\" = \"String\"",
            "time = { version = \"0.3\"",
        ),
        (
            "\"uuid::Uuid\" = { crate = \"uuid\", version = \"1\", path = \"uuid::fmt::Hyphenated\", features = [\"serde\"] }",
            "uuid = { version = \"1\", default-features = false, features = [\"serde\"] }",
        ),
    ] {
        project.write("lessmq.toml", &format!("[types]\n{types}\n"));
        let output = project.cli(["check", "--deny-stale"]);
        assert_eq!(output.exit, 1, "{output:?}");
        publish(&project);
        assert!(dependencies(&project).contains(expected), "{}", dependencies(&project));
        assert_eq!(project.read("contracts/bank/contract.json"), contract);
        test(&project, "same_json", SAME_JSON);
    }
    project.write("lessmq.toml", "[types]\n\"chrono::NaiveDate\" = \"jiff::Timestamp\"\n");
    project.cli(["publish"]).check("publish-types-invalid");
}

#[test]
fn a_type_that_is_not_certain_is_reported_and_named_in_the_settings() {
    let source =
        format!("use chrono::NaiveDate as Day;\n{BANK}").replace("pub due: NaiveDate", "pub due: Day");
    let crates = format!(
        "{CRATES}jiff = {{ version = \"0.2\", default-features = false, features = [\"serde\", \"std\"] }}\n"
    );
    let project = bank("types-ambiguous", &source, &crates);
    redacted(project.cli(["publish"]), None).check("publish-types-ambiguous");
    let types = project.read("contracts/bank/src/types.rs");
    assert!(types.contains("use jiff::civil::Date;") && types.contains("pub due: Date"), "{types}");
    project.write("lessmq.toml", "[types]\ndate = \"chrono::NaiveDate\"\n");
    let output = project.cli(["publish"]);
    assert!(output.exit == 0 && !output.stdout.contains("ambiguous-type"), "{output:?}");
    assert!(!project.read("contracts/bank/Cargo.toml").contains("jiff"));
}

#[test]
fn a_feature_that_changes_decimals_is_reported() {
    let crates = CRATES
        .replace("=1.43.0\", default-features = false, features = [", "1\", features = [\"serde-float\", ");
    let project = bank("types-decimal-form", BANK, &crates);
    redacted(project.cli(["publish"]), None).check("publish-decimal-form");
    let output = project.cli(["check"]);
    assert!(output.exit == 0 && output.stdout.contains("warning[decimal-form]"), "{output:?}");
}

#[test]
fn a_changed_type_is_in_the_changelog() {
    let project = bank("types-changed", BANK, CRATES);
    publish(&project);
    super::support::set_version(&project, "1.2.0", "1.2.1");
    let crates = "jiff = { version = \"0.2\", default-features = false, features = [\"serde\", \"std\"] }\n";
    project.replace("Cargo.toml", "[dependencies]\n", &format!("[dependencies]\n{crates}"));
    project.replace("src/lib.rs", "pub booked: Option<DateTime<Utc>>", "pub booked: Option<jiff::Timestamp>");
    project.replace("src/lib.rs", "{DateTime, NaiveDate, Utc}", "NaiveDate");
    let output = project.cli(["publish"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let changelog = project.read("contracts/bank/CHANGELOG.md");
    let expected = "- call `payment`, reply: the Rust type of `/$defs/Payment/properties/booked` is `jiff::Timestamp`, not \
                    `chrono::DateTime`";
    assert!(changelog.contains(expected), "{changelog}");
}

/// A service with maps whose keys have types of all kinds.
const KEYED: &str = r#"
use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who owns an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct OwnerId(pub Uuid);

/// How much trust there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Level {
    Low,
    High,
}

type Stamp = DateTime<FixedOffset>;

/// Everything by a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Keyed {
    pub owners: HashMap<OwnerId, u32>,
    pub levels: HashMap<Level, u32>,
    pub times: HashMap<DateTime<FixedOffset>, u32>,
    pub stamps: HashMap<String, Stamp>,
    pub opened: DateTime<FixedOffset>,
    pub when: When,
}

/// When it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum When {
    At(DateTime<FixedOffset>),
    On(NaiveDate),
}

macro_rules! hidden {
    ($name:ident) => {
        /// Declared by a macro.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            pub ids: HashMap<Uuid, u32>,
        }
    };
}

hidden!(Hidden);

/// Payments.
#[lessmq::interface(service = "bank")]
pub trait Payments {
    /// Everything.
    async fn keyed(&self) -> Keyed;

    /// What a macro declares.
    async fn hidden(&self) -> Hidden;
}
"#;

const SAME_KEYS: &str = r##"
use bank_contract::PaymentsClient;
use lessmq::Client;

#[test]
fn both_crates_have_the_same_json_and_the_same_contract() {
    let text = r#"{"owners": {"0199f4a2-5b1c-7c3e-8f00-000000000001": 1}, "levels": {"High": 2},
        "times": {"2026-07-26T10:15:02+02:00": 3}, "stamps": {"a": "2026-07-26T10:15:02+02:00"},
        "opened": "2026-07-26T10:15:02+02:00", "when": "2026-07-26"}"#;
    let ours: the_bank::Keyed = serde_json::from_str(text).expect("it is one");
    let theirs: bank_contract::Keyed = serde_json::from_str(text).expect("it has the same form");
    let json = |value| serde_json::to_value(value).expect("it can be written");
    assert_eq!(serde_json::to_value(&theirs).expect("it can be written"), json(&ours));
    assert_eq!(theirs.levels[&bank_contract::Level::High], 2);
    assert_eq!(PaymentsClient::contract().fingerprint(), the_bank::PaymentsClient::contract().fingerprint());
}
"##;

#[test]
fn keys_of_maps_keep_their_types_and_unknown_ones_are_reported() {
    let project = bank("types-keys", KEYED, CRATES);
    project.write("lessmq.toml", "[types]\n\"chrono::NaiveTime\" = \"String\"\n");
    redacted(project.cli(["publish"]), None).check("publish-types-keys");
    let types = project.read("contracts/bank/src/types.rs");
    for expected in [
        "owners: BTreeMap<OwnerId, u32>",
        "levels: BTreeMap<Level, u32>",
        "times: BTreeMap<DateTime<FixedOffset>, u32>",
        "stamps: BTreeMap<String, DateTime<FixedOffset>>",
        "opened: DateTime<FixedOffset>",
        "    DateTime(DateTime<FixedOffset>)",
        "    Date(NaiveDate)",
        "ids: BTreeMap<String, u32>",
        "/// Who owns an account.\n",
        "/// How much trust there is.\n",
    ] {
        assert!(types.contains(expected), "{expected}\n{types}");
    }
    publish(&project);
    test(&project, "same_keys", SAME_KEYS);
}

#[test]
fn features_of_other_programs_in_the_workspace_are_not_reported() {
    let source = "
/// Amounts.
#[lessmq::interface(service = \"SERVICE\")]
pub trait Amounts {
    /// One amount.
    async fn amount(&self) -> AMOUNT;
}
";
    let source = |service: &str, amount: &str| source.replace("SERVICE", service).replace("AMOUNT", amount);
    let (bank, other) = (source("bank", "rust_decimal::Decimal"), source("other", "u32"));
    let packages = [("services/bank", "src/lib.rs", &*bank), ("services/other", "src/lib.rs", &*other)];
    let project = Project::workspace("types-decimal-programs", &packages);
    use_own_lessmq(&project);
    for (package, features) in [("bank", "\"std\""), ("other", "\"std\", \"serde-float\"")] {
        let manifest = format!("services/{package}/Cargo.toml");
        let decimal = format!(
            "rust_decimal = {{ version = \"1\", default-features = false, features = [\"serde\", {features}] }}\n"
        );
        project.replace(&manifest, "[dependencies]\n", &format!("[dependencies]\n{decimal}"));
        let schemars = "schemars = { version = \"1\", features = [\"rust_decimal1\"] }";
        project.replace(&manifest, "schemars = \"1\"", schemars);
    }
    let output = project.cli(["publish"]);
    assert!(output.exit == 0 && !output.stdout.contains("decimal-form"), "{output:?}");
    assert!(project.read("contracts/bank/src/interfaces.rs").contains("-> Decimal"), "{output:?}");
}
