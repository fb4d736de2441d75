//! What the harness prints, read.
//!
//! After the line [`START`], whatever came before, one line each: `interface PACKAGE MODULE NAME
//! SERVICE KIND`, where the kind is `methods` or `events`; or
//! `contract PACKAGE BYTES` or `error PACKAGE BYTES`, followed by as many bytes of text; at last `end`.

use lessmq::contract::Contract;

use crate::document;
use crate::error::{Error, Result};

/// The line after which the harness speaks.
pub(super) const START: &str = "-- lessmq contracts 1 --";

/// Everything that a harness said.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) interfaces: Vec<Interface>,
    /// By package.
    pub(super) contracts: Vec<(String, Contract)>,
}

/// An interface that is linked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) package: String,
    pub(super) module: String,
    pub(super) name: String,
    pub(super) service: String,
    pub(super) is_of_events: bool,
}

pub(super) fn read(text: &str) -> Result<Transcript> {
    let broken =
        || Error::new("cannot read what the compiled contracts say").hint("this is a defect of lessmq-cli");
    let (_, mut rest) = text.split_once(START).ok_or_else(broken)?;
    rest = rest.trim_start_matches(['\r', '\n']);
    let mut transcript = Transcript::default();
    loop {
        let (line, after) = rest.split_once('\n').ok_or_else(broken)?;
        rest = after;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["interface", package, module, name, service, kind] => transcript.interfaces.push(Interface {
                package: (*package).to_owned(),
                module: module.replace("r#", ""),
                name: (*name).to_owned(),
                service: (*service).to_owned(),
                is_of_events: *kind == "events",
            }),
            [kind @ ("contract" | "error"), package, length] => {
                let length = length.parse().map_err(|_| broken())?;
                let (body, after) = rest.split_at_checked(length).ok_or_else(broken)?;
                rest = after;
                if *kind == "error" {
                    return Err(refused(package, body));
                }
                let place = format!("the contract of package `{package}`");
                transcript.contracts.push(((*package).to_owned(), document::parse(&place, body.as_bytes())?));
            }
            ["end"] => return Ok(transcript),
            _ => return Err(broken()),
        }
    }
}

/// The library's error, which has its hint after a line feed.
fn refused(package: &str, text: &str) -> Error {
    let (message, hint) = text.trim_end().split_once("\nhint: ").unwrap_or((text.trim_end(), ""));
    let error = Error::new(format!("package `{package}` has no contract")).because(message);
    if hint.is_empty() { error } else { error.hint(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_print_before_is_ignored() {
        let document = r#"{"lessmq":"1","service":"user","version":"1.0.0"}"#;
        let text = format!(
            "loading\n{START}\ninterface user-service user_service::api Users user methods\ncontract user-service {}\n{document}end\n",
            document.len()
        );
        let transcript = read(&text).expect("it is well formed");
        let interface = &transcript.interfaces[0];
        assert_eq!((interface.module.as_str(), interface.name.as_str()), ("user_service::api", "Users"));
        assert_eq!((interface.service.as_str(), interface.is_of_events), ("user", false));
        assert_eq!(transcript.contracts[0].1.service, "user");
    }

    #[test]
    fn what_is_cut_off_is_no_result() {
        for text in ["", START, &format!("{START}\n"), &format!("{START}\ncontract user 100\n{{}}\nend\n")] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refusal_keeps_its_hint() {
        let text = "doubled\nhint: rename one";
        let error =
            read(&format!("{START}\nerror user {}\n{text}end\n", text.len())).expect_err("it is refused");
        assert_eq!((error.causes, error.hint.as_deref()), (vec!["doubled".to_owned()], Some("rename one")));
    }
}
