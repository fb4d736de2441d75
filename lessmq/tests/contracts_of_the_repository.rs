//! Every committed contract of this repository is valid.

use std::fs;
use std::path::Path;

use lessmq::contract::{Contract, DOCUMENT_SCHEMA};

#[test]
fn every_committed_contract_matches_the_schema_of_contracts() {
    let schema = serde_json::from_str(DOCUMENT_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut count = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts")).unwrap() {
        let path = entry.unwrap().path().join("contract.json");
        let document = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let errors: Vec<_> = validator
            .iter_errors(&serde_json::from_slice(&document).unwrap())
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        let contract = Contract::from_json(&document).unwrap();
        assert_eq!(
            contract.to_json().as_bytes(),
            document,
            "{} is not in the form that is written",
            path.display()
        );
        count += 1;
    }
    assert!(count > 0, "there are contracts in the repository");
}
