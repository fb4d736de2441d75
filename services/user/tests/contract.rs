//! The contract of the service, and its contract crate.

use lessmq::contract::{Contract, DOCUMENT_SCHEMA};
// A crate is linked, and registers its interfaces, only if it is used.
use user_contract::UsersClient;
use user_service::messaging::UserEventsClient;

fn contract_of(package: &str) -> Contract {
    let _linked = (UsersClient::new, UserEventsClient::new);
    let mut contracts = lessmq::registry::contracts_of(package).expect("method names are unique");
    assert_eq!(contracts.len(), 1, "{package} declares one service");
    contracts.remove(0)
}

#[test]
fn the_document_in_the_contract_crate_is_current() {
    let document = Contract::from_json(user_contract::CONTRACT.as_bytes()).expect("the document is valid");
    let hint = "run `lessmq-cli publish -p user-service` and review the difference";
    assert_eq!(document.without_rust_types(), contract_of("user-service"), "{hint}");
}

#[test]
fn the_contract_crate_has_the_contract_of_the_service() {
    let (service, contract) = (contract_of("user-service"), contract_of("user-contract"));
    assert_eq!(contract, service);
    assert_eq!(contract.fingerprint(), service.fingerprint());
}

#[test]
fn the_document_matches_its_schema() {
    let schema = serde_json::from_str(DOCUMENT_SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is a JSON Schema");
    let document = serde_json::from_str(user_contract::CONTRACT).expect("the document is JSON");
    let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    Contract::from_json(user_contract::CONTRACT.as_bytes()).expect("the document is valid");
}
