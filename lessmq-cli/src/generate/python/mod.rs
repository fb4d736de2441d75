//! Generates Python: dataclasses, codecs and a client, which use only the standard library.

mod client;
mod codecs;
mod models;
mod names;
mod types;

use lessmq::contract::Contract;
use serde_json::Value;

use self::names::Names;
use super::Generated;
use super::model::Docs;
use super::read::model;
use crate::report::Result;

/// The files of a package: `__init__.py`, `models.py`, `client.py`, `codec.py`, and `py.typed` for type checkers.
pub(crate) fn sources(contract: &Contract) -> Result<Generated> {
    let model = model(contract, &names::taken(&contract.service))?;
    let names = Names::new(&model);
    let mut generated = Generated::default();
    let package = format!(
        "\n\"\"\"The contract of the service `{}`.\"\"\"\n\nfrom .client import *\nfrom .models import *\n",
        model.service
    );
    generated.add("__init__.py", "#", contract, &package);
    generated.add("client.py", "#", contract, &client::client(&names));
    generated.add("codec.py", "#", contract, include_str!("codec.py"));
    generated.add("models.py", "#", contract, &models::models(&names));
    generated.add("py.typed", "#", contract, "");
    Ok(generated)
}

/// A docstring.
fn docstring(docs: &Docs, indent: &str) -> String {
    let mut lines: Vec<String> = docs.description.iter().flat_map(|text| text.lines()).map(escaped).collect();
    if let Some(note) = &docs.deprecated {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let note =
            if note.is_empty() { String::new() } else { format!(": {}", escaped(&note.replace('\n', " "))) };
        lines.push(format!("Deprecated{note}."));
    }
    match &lines[..] {
        [] => String::new(),
        [line] => format!("{indent}\"\"\"{line}\"\"\"\n"),
        [first, rest @ ..] => {
            let body: String =
                rest.iter().map(|line| format!("{indent}{line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}\"\"\"{first}\n{body}{indent}\"\"\"\n")
        }
    }
}

fn escaped(line: &str) -> String {
    line.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A string literal.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            c if c.is_control() => quoted += &format!("\\U{:08x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// JSON as a literal.
fn json(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(name, value)| format!("{}: {}", quoted(name), json(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}
