//! Generates documents for people and tools from contracts.
//!
//! `methods` lists the methods of a contract, and `hoist` collects the types of all messages. `asyncapi` and `openapi`
//! make API descriptions of them. `model` makes a page of texts and tables, which `markdown` and `html` render. A
//! request is shown as its provider reads it, every other message as its provider writes it.

mod asyncapi;
mod hoist;
mod html;
mod markdown;
mod methods;
mod model;
mod openapi;
mod prose;
mod reference;
mod reference_data;
mod sample;
mod shape;
mod words;

use lessmq::contract::Contract;
use serde_json::Value;

use crate::report::{Error, Result};

/// The format of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DocumentFormat {
    /// Markdown, for a repository or a wiki
    #[default]
    Markdown,
    /// One self-contained HTML page
    Html,
    /// AsyncAPI 3.0, as JSON
    Asyncapi,
    /// OpenAPI 3.1 of calls and commands over HTTP (`POST /rpc/SERVICE.METHOD`), as JSON
    Openapi,
}

/// The contracts of a document.
#[derive(Debug)]
pub(crate) struct Subject {
    /// One contract for each service, sorted by name.
    pub(crate) contracts: Vec<Contract>,
    /// The prefix of the names on the broker.
    pub(crate) namespace: String,
}

impl Subject {
    /// The names of the services.
    fn title(&self) -> String {
        let names: Vec<&str> = self.contracts.iter().map(|contract| contract.service.as_str()).collect();
        names.join(", ")
    }

    /// The version of a single service. For several services, each version with the service's name.
    fn version(&self) -> String {
        if let [only] = self.contracts.as_slice() {
            return only.version.to_string();
        }
        let each = self.contracts.iter().map(|contract| format!("{} {}", contract.service, contract.version));
        each.collect::<Vec<_>>().join(", ")
    }

    /// The descriptions of the services, in Markdown.
    fn description(&self) -> Option<String> {
        if let [only] = self.contracts.as_slice() {
            return only.overview().map(str::to_owned);
        }
        let described = self.contracts.iter().filter_map(|contract| {
            contract.overview().map(|text| format!("**{}**: {text}", contract.service))
        });
        let described: Vec<String> = described.collect();
        (!described.is_empty()).then(|| described.join("\n\n"))
    }
}

/// Writes the document.
pub(crate) fn write(subject: &Subject, format: DocumentFormat) -> Result<String> {
    match format {
        DocumentFormat::Asyncapi => json(&asyncapi::document(subject)?),
        DocumentFormat::Openapi => json(&openapi::document(subject)?),
        DocumentFormat::Markdown => Ok(markdown::document(&model::page(subject)?)),
        DocumentFormat::Html => Ok(html::document(&model::page(subject)?)),
    }
}

fn json(document: &Value) -> Result<String> {
    serde_json::to_string_pretty(document)
        .map(|text| text + "\n")
        .map_err(|error| Error::new("cannot write the document as JSON").because(error))
}
