//! Generates TypeScript: types, decoders and a client, without dependencies.
//!
//! A value has the same shape as on the wire, so it is written unchanged. Decoders check received values, return large
//! integers as `bigint`, and add default values for absent fields.

mod client;
mod decoders;
mod types;

use lessmq::contract::Contract;

use super::Generated;
use super::model::{Docs, Model};
use super::read::model;
use crate::report::Result;

/// The files of a package: `index.ts`, `types.ts`, `client.ts`, `codec.ts`.
pub(crate) fn sources(contract: &Contract) -> Result<Generated> {
    let model = model(contract, &client::taken(&contract.service))?;
    let mut generated = Generated::default();
    generated.add("codec.ts", "//", contract, include_str!("codec.ts"));
    generated.add("types.ts", "//", contract, &types(&model));
    generated.add("client.ts", "//", contract, &client::client(&model));
    let index = "\nexport * from \"./client.js\";\nexport * as codec from \"./codec.js\";\nexport * from \"./types.js\";\n";
    generated.add("index.ts", "//", contract, index);
    Ok(generated)
}

/// The text of `types.ts`.
fn types(model: &Model) -> String {
    let mut text = String::from("\nimport * as codec from \"./codec.js\";\n");
    for declared in &model.types {
        text += "\n";
        text += &comment(&declared.docs, "");
        text += &types::declaration(model, declared);
        text += "\n";
        text += &decoders::declaration(model, declared);
    }
    text
}

/// A comment above a declaration.
fn comment(docs: &Docs, indent: &str) -> String {
    let described = docs.description.iter().flat_map(|text| text.lines()).map(str::to_owned);
    let deprecated = docs.deprecated.iter().map(|note| format!("@deprecated {}", note.replace('\n', " ")));
    let lines: Vec<String> = described.chain(deprecated).map(|line| inside_comment(&line)).collect();
    match &lines[..] {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let body: String =
                lines.iter().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{body}{indent} */\n")
        }
    }
}

/// A line of a comment, escaped so that it cannot end the comment.
fn inside_comment(line: &str) -> String {
    line.replace("*/", "*\u{200b}/").trim_end().to_owned()
}

/// A string literal.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// The name of a field, quoted if it is not an identifier.
fn key(name: &str) -> String {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_name = name.starts_with(is_start) && name.chars().all(|c| is_start(c) || c.is_ascii_digit());
    if is_name && name != "__proto__" { name.to_owned() } else { quoted(name) }
}
