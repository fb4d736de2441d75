//! Settings for types that no contract has.

use std::collections::BTreeSet;

use lessmq::contract::Contract;
use lessmq::contract::schema::{RUST_KEY_TYPE, RUST_TYPE, subschemas};

use super::{Replacements, RustType, Wire};

/// The types and formats in the settings that replace nothing in these contracts.
pub(crate) fn unused<'r>(replacements: &'r Replacements, contracts: &[&Contract]) -> Vec<&'r str> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for message in contracts.iter().flat_map(|contract| contract.messages()) {
        for (schema, is_read) in [(&message.message.writes, false), (&message.message.reads, true)] {
            let mut open = vec![schema];
            while let Some(schema) = open.pop() {
                open.extend(subschemas(schema).map(|(_, inner)| inner));
                let path = |keyword| Some(RustType::read(schema.get(keyword)?).ok()?.path);
                let wire = Wire::of_schema(schema, is_read);
                let format = || wire.map(|wire| wire.name().to_owned());
                let fits =
                    |name: &String| replacements.get(name).is_some_and(|replacement| replacement.fits(wire));
                used.extend(path(RUST_TYPE).or_else(format).filter(fits));
                used.extend(path(RUST_KEY_TYPE));
            }
        }
    }
    replacements.originals().filter(|original| !used.contains(*original)).collect()
}

#[cfg(test)]
mod tests {
    use lessmq::contract::{Contract, Docs, Event, Message};
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_that_replace_nothing_are_found() {
        let mut replacements = Replacements::default();
        for original in ["date", "uuid", "chrono::NaiveDate", "money::Amount", "jiff::Timestamp"] {
            replacements.add(original, &"String".into()).expect("it is valid");
        }
        let annotation = |path: &str| json!({"crate": path.split("::").next(), "version": "1", "path": path});
        let payload = json!({
            "properties": {
                "a": {"type": "string", "format": "date", "x-rust-type": annotation("chrono::NaiveDate")},
                "b": {"type": "string", "format": "uuid"},
                "c": {"type": "number", "x-rust-type": annotation("money::Amount")},
            },
            "additionalProperties": {"x-rust-key-type": annotation("jiff::Timestamp")},
        });
        let message = Message { writes: payload.clone(), reads: payload };
        let mut contract = Contract::empty("shop", "1.0.0".parse().expect("it is a version"));
        contract
            .methods
            .insert("a".to_owned(), Event { docs: Docs::default(), ordered: false, payload: message }.into());
        assert_eq!(unused(&replacements, &[&contract]), ["date"]);
        assert_eq!(unused(&replacements, &[]).len(), 5);
    }
}
