//! Compares two schemas. Every incompatibility has a counter-example, and no input stops the process.

#![no_main]

use lessmq::compat::{Options, Reading, Verdict, compare_schemas};
use libfuzzer_sys::fuzz_target;
use serde_json::{Deserializer, Value};

fuzz_target!(|bytes: &[u8]| {
    let mut schemas = Deserializer::from_slice(bytes).into_iter::<Value>();
    let (Some(Ok(old)), Some(Ok(new))) = (schemas.next(), schemas.next()) else { return };
    for reading in [Reading::Typed, Reading::Strict] {
        let options = Options { reading, budget: 20_000, ..Options::default() };
        let comparison = compare_schemas(&old, &new, &options);
        assert_eq!(comparison.verdict == Verdict::Incompatible, !comparison.findings.is_empty());
        for finding in comparison.findings {
            assert!(finding.counterexample.is_some());
            assert!(old.pointer(&finding.writer_pointer).is_some());
            assert!(new.pointer(&finding.reader_pointer).is_some());
        }
    }
});
