//! Warnings about code that consumers have to change although the change is compatible.

use lessmq::contract::Contract;

use crate::generate::rust::CodeChange;
use crate::report::{Diagnostic, ExitStatus, Subject, rule};

/// A warning for each change of code. `package` declares the contract.
pub(crate) fn warnings(changes: &[CodeChange], contract: &Contract, package: &str) -> Vec<Diagnostic> {
    let warning = |change: &CodeChange| {
        let method = change.method.as_ref().and_then(|name| contract.methods.get_key_value(name));
        let subject = match method {
            Some((name, method)) => {
                Subject::Method { kind: method.kind(), method: name.clone(), direction: None }
            }
            None => Subject::package(package),
        };
        let mut warning = Diagnostic::new(&rule::CODE_CHANGE, subject, change.text.clone());
        warning.status = ExitStatus::Success;
        warning
    };
    changes.iter().map(warning).collect()
}
