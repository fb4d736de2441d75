//! Parses the output of the harness.
//!
//! After the line [`START`] it prints, each on its own line: `interface PACKAGE MODULE NAME SERVICE KIND METHODS` with the kind
//! `methods` or `events`, and the names of the methods with commas between them; `contract PACKAGE BYTES` or `error PACKAGE BYTES`, followed by that many bytes of text; at the
//! end `end`. Libraries may print anything before.

use lessmq::contract::Contract;
use lessmq::name::newer_version;

use crate::document;
use crate::report::{Error, Result};

/// The line before the harness's own output.
pub(super) const START: &str = "-- lessmq contracts 1 --";

/// The output of a harness.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) interfaces: Vec<LinkedInterface>,
    /// Each contract with the name of its package.
    pub(super) contracts: Vec<(String, Contract)>,
}

/// An interface in LessMQ's registry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LinkedInterface {
    pub(super) package: String,
    pub(super) module: String,
    pub(super) name: String,
    pub(super) service: String,
    pub(super) has_events: bool,
    pub(super) methods: Vec<String>,
}

impl LinkedInterface {
    /// Whether another interface has a newer version of one of the methods.
    pub(super) fn is_older_than_one_of(&self, others: &[&Self]) -> bool {
        let others = others.iter().filter(|other| !std::ptr::eq(**other, self));
        let names: Vec<&str> = others.flat_map(|other| &other.methods).map(String::as_str).collect();
        self.methods.iter().any(|method| newer_version(method, names.iter().copied()).is_some())
    }
}

pub(super) fn read(text: &str) -> Result<Transcript> {
    let invalid = || {
        Error::new("cannot parse the output of the compiled contracts")
            .hint("this is a bug in lessmq-cli: report it")
    };
    let (_, mut rest) = text.split_once(START).ok_or_else(invalid)?;
    rest = rest.trim_start_matches(['\r', '\n']);
    let mut transcript = Transcript::default();
    loop {
        let (line, after) = rest.split_once('\n').ok_or_else(invalid)?;
        rest = after;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["interface", package, module, name, service, kind, methods] => {
                transcript.interfaces.push(LinkedInterface {
                    package: (*package).to_owned(),
                    module: module.replace("r#", ""),
                    name: (*name).to_owned(),
                    service: (*service).to_owned(),
                    has_events: *kind == "events",
                    methods: methods.split(',').map(str::to_owned).collect(),
                });
            }
            [kind @ ("contract" | "error"), package, length] => {
                let length = length.parse().map_err(|_| invalid())?;
                let (body, after) = rest.split_at_checked(length).ok_or_else(invalid)?;
                rest = after;
                if *kind == "error" {
                    return Err(no_contract_error(package, body));
                }
                let name = format!("contract of package `{package}`");
                transcript.contracts.push(((*package).to_owned(), document::parse(&name, body.as_bytes())?));
            }
            ["end"] => return Ok(transcript),
            _ => return Err(invalid()),
        }
    }
}

/// The library's error, whose hint is on a separate line.
fn no_contract_error(package: &str, text: &str) -> Error {
    let (message, hint) = text.trim_end().split_once("\nhint: ").unwrap_or((text.trim_end(), ""));
    let error = Error::new(format!("cannot build the contract of package `{package}`")).because(message);
    if hint.is_empty() { error } else { error.hint(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_libraries_is_ignored() {
        let document = r#"{"lessmq":"1","service":"user","version":"1.0.0"}"#;
        let text = format!(
            "loading\n{START}\ninterface user-service user_service::api Users user methods get,get@2\ncontract user-service {}\n{document}end\n",
            document.len()
        );
        let transcript = read(&text).expect("it is well formed");
        let interface = &transcript.interfaces[0];
        assert_eq!((interface.module.as_str(), interface.name.as_str()), ("user_service::api", "Users"));
        assert_eq!((interface.service.as_str(), interface.has_events), ("user", false));
        assert_eq!(interface.methods, ["get", "get@2"]);
        assert_eq!(transcript.contracts[0].1.service, "user");
    }

    #[test]
    fn truncated_output_is_an_error() {
        for text in ["", START, &format!("{START}\n"), &format!("{START}\ncontract user 100\n{{}}\nend\n")] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_error_keeps_its_hint() {
        let text = "doubled\nhint: rename one";
        let error =
            read(&format!("{START}\nerror user {}\n{text}end\n", text.len())).expect_err("it is an error");
        assert_eq!((error.causes, error.hint.as_deref()), (vec!["doubled".to_owned()], Some("rename one")));
    }
}
