//! Reads a contract document. A contract that was read can be written, read again, and is identical to itself.

#![no_main]

use lessmq::compat::{Verdict, check_evolution};
use lessmq::contract::Contract;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(contract) = Contract::from_json(bytes) else { return };
    let again = Contract::from_json(contract.to_json().as_bytes()).expect("what was written is read");
    assert_eq!(again.fingerprint(), contract.fingerprint());
    assert_eq!(check_evolution(&contract, &again).verdict, Verdict::Identical);
});
