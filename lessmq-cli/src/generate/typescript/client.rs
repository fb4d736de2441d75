//! The client.

use std::collections::BTreeSet;

use super::types::expression;
use super::{comment, decoders, key, quoted};
use crate::generate::model::{Docs, Kind, Method, Model, Request, Type};
use crate::generate::names::{camel, pascal, unique};

const TRANSPORT: &str = "
import * as codec from \"./codec.js\";

/** What carries messages, as JSON, to the service. */
export interface Transport {
  /** Sends a request and waits for the answer. Rejects where there is none. */
  call(service: string, method: string, request: string): Promise<Answer>;
  /** Sends a command; resolves when it is stored. */
  command(service: string, method: string, message: string): Promise<void>;
  /** Publishes an event; resolves when it is stored. */
  publish(service: string, event: string, message: string): Promise<void>;
}

/** What a service answers, as JSON: a reply, or an error of the kind that the call declares. */
export type Answer = { readonly reply: string } | { readonly error: string };

/** What a call that can fail results in. */
export type Outcome<Reply, Failure> =
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: false; readonly error: Failure };
";

/// The names that the module defines.
pub(super) fn taken(service: &str) -> BTreeSet<String> {
    let own = ["Answer", "Array", "BigInt", "Error", "Map", "Object", "Outcome", "Promise", "Transport"];
    own.into_iter().map(str::to_owned).chain([format!("{}Client", pascal(service))]).collect()
}

/// The text of `client.ts`.
pub(super) fn client(model: &Model) -> String {
    let description = model.description.clone().or_else(|| model.events_description.clone());
    let docs = Docs { description, deprecated: None };
    let mut text = TRANSPORT.replace("\n/** What carries", &format!("{}\n/** What carries", imports(model)));
    let lines: String = model.methods.iter().map(|method| table(model, method)).collect();
    text += &format!(
        "\n/** How the messages of each method are read. */\nexport const messages = {{\n{lines}}} as const;\n\n"
    );
    text += &comment(&docs, "");
    text +=
        &format!("export class {}Client {{\n  readonly #transport: Transport;\n\n", pascal(&model.service));
    text += "  constructor(transport: Transport) {\n    this.#transport = transport;\n  }\n";
    let mut taken = BTreeSet::new();
    for one in &model.methods {
        text += "\n";
        text += &method(model, one, &unique(&method_name(&one.name_in_code), &mut taken));
    }
    text + "}\n"
}

fn imports(model: &Model) -> String {
    let mut names = BTreeSet::new();
    for method in &model.methods {
        for ty in types_of(method) {
            ty.any(&mut |ty| {
                if let Type::Named(id) = ty {
                    names.insert(model.types[id.0].name.as_str());
                }
                false
            });
        }
    }
    if names.is_empty() {
        return String::new();
    }
    let lines: String = names.iter().map(|name| format!("  decode{name},\n  type {name},\n")).collect();
    format!("import {{\n{lines}}} from \"./types.js\";\n")
}

fn types_of(method: &Method) -> Vec<&Type> {
    let mut types: Vec<&Type> = match &method.request {
        Request::Arguments(fields) => fields.iter().map(|field| &field.ty).collect(),
        Request::Payload(ty) => vec![ty],
    };
    if let Kind::Call { reply, error, .. } = &method.kind {
        types.push(reply);
        types.extend(error);
    }
    types
}

/// A line of the table of decoders.
fn table(model: &Model, method: &Method) -> String {
    let request = match &method.request {
        Request::Arguments(fields) => decoders::arguments(model, fields),
        Request::Payload(ty) => decoders::expression(model, ty),
    };
    let mut parts = vec![format!("request: {request}")];
    if let Kind::Call { reply, error, .. } = &method.kind {
        parts.push(format!("reply: {}", decoders::expression(model, reply)));
        parts.extend(error.iter().map(|error| format!("error: {}", decoders::expression(model, error))));
    }
    let lines: String = parts.iter().map(|part| format!("    {part},\n")).collect();
    format!("  {}: {{\n{lines}  }},\n", key(&method.name))
}

/// The access to a member of an object: `.get`, or `["get@2"]` for a name that is no identifier.
fn member(name: &str) -> String {
    match key(name) {
        plain if plain == name => format!(".{plain}"),
        quoted => format!("[{quoted}]"),
    }
}

/// A name for a method. It may not be unique.
fn method_name(wire: &str) -> String {
    match camel(wire) {
        reserved if reserved == "constructor" => format!("{reserved}_"),
        name => name,
    }
}

fn method(model: &Model, method: &Method, name: &str) -> String {
    let (service, wire) = (quoted(&model.service), quoted(&method.name));
    let (argument, request) = argument(model, &method.request);
    let mut text = comment(&method.docs, "  ");
    let send = |verb: &str| format!("this.#transport.{verb}({service}, {wire}, {request})");
    match &method.kind {
        Kind::Command => {
            text += &format!(
                "  async {name}({argument}): Promise<void> {{\n    await {};\n  }}\n",
                send("command")
            );
        }
        Kind::Event => {
            text += &format!(
                "  async {name}({argument}): Promise<void> {{\n    await {};\n  }}\n",
                send("publish")
            );
        }
        Kind::Call { reply, error, .. } => {
            let (ty, decode) = (expression(model, reply), format!("messages{}", member(&method.name)));
            let call = format!("    const answer = await {};\n", send("call"));
            let reply_text = format!("{decode}.reply(codec.parse(answer.reply))");
            match error {
                Some(error) => {
                    let error = expression(model, error);
                    text +=
                        &format!("  async {name}({argument}): Promise<Outcome<{ty}, {error}>> {{\n{call}");
                    text += &format!(
                        "    if (\"reply\" in answer) return {{ ok: true, reply: {reply_text} }};\n"
                    );
                    text += &format!(
                        "    return {{ ok: false, error: {decode}.error(codec.parse(answer.error)) }};\n  }}\n"
                    );
                }
                None => {
                    text += &format!("  async {name}({argument}): Promise<{ty}> {{\n{call}");
                    text += &format!("    if (\"reply\" in answer) return {reply_text};\n");
                    text += &format!(
                        "    throw new Error({});\n  }}\n",
                        quoted(&format!(
                            "{}.{} answered with an error that it does not declare",
                            model.service, method.name
                        ))
                    );
                }
            }
        }
    }
    text
}

/// The argument of a method, and the expression for its JSON.
fn argument(model: &Model, request: &Request) -> (String, String) {
    match request {
        Request::Arguments(fields) if fields.is_empty() => (String::new(), "\"{}\"".to_owned()),
        Request::Arguments(fields) => {
            let mut lines = String::new();
            for field in fields {
                let optional = if super::types::is_optional(field) { "?" } else { "" };
                lines += &comment(&field.docs, "    ");
                lines += &format!(
                    "    readonly {}{optional}: {};\n",
                    key(&field.wire),
                    expression(model, &field.ty)
                );
            }
            let all_optional = fields.iter().all(super::types::is_optional);
            let default = if all_optional { " = {}" } else { "" };
            (format!("request: {{\n{lines}  }}{default}"), "codec.stringify(request)".to_owned())
        }
        Request::Payload(ty) => {
            (format!("message: {}", expression(model, ty)), "codec.stringify(message)".to_owned())
        }
    }
}
