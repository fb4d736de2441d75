//! The client.

use std::collections::BTreeSet;

use super::names::{self, Names};
use super::types::{expression, of_field};
use super::{codecs, docstring, quoted};
use crate::generate::model::{Docs, Kind, Method, Request, Type};
use crate::generate::names::{pascal, unique};

const TRANSPORT: &str = "
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from . import codec
from .models import *


@dataclass(frozen=True, slots=True)
class Reply:
    \"\"\"What a service answers, as JSON.\"\"\"

    reply: str


@dataclass(frozen=True, slots=True)
class Failure:
    \"\"\"An error of the kind that a call declares, as JSON.\"\"\"

    error: str


Answer: TypeAlias = \"Reply | Failure\"


class Transport(Protocol):
    \"\"\"What carries messages, as JSON, to the service.\"\"\"

    def call(self, service: str, method: str, request: str) -> Answer:
        \"\"\"Sends a request and waits for the answer. Raises where there is none.\"\"\"

    def command(self, service: str, method: str, message: str) -> None:
        \"\"\"Sends a command; returns when it is stored.\"\"\"

    def publish(self, service: str, event: str, message: str) -> None:
        \"\"\"Publishes an event; returns when it is stored.\"\"\"

";

/// The text of `client.py`.
pub(super) fn client(names: &Names<'_>) -> String {
    let model = names.model;
    let class = format!("{}Client", pascal(&model.service));
    let all = ["Answer", "Failure", "MESSAGES", "Reply", "Transport", &class];
    let all: Vec<String> = all.into_iter().map(quoted).collect();
    let transport = TRANSPORT.replace("import *\n", &format!("import *\n\n__all__ = [{}]\n", all.join(", ")));
    let mut text = format!("\n\"\"\"A client of the service `{}`.\"\"\"\n{transport}\n", model.service);
    let lines: String = model.methods.iter().map(|method| table(names, method)).collect();
    text += &format!(
        "MESSAGES: dict[str, codec.Messages] = {{\n{lines}}}\n\"\"\"How the messages of each method are read and written.\"\"\"\n\n\n"
    );
    let description = model.description.clone().or_else(|| model.events_description.clone());
    let docs = Docs { description, deprecated: None };
    let docs = docstring(&docs, "    ");
    let space = if docs.is_empty() { "" } else { "\n" };
    text += &format!(
        "class {class}:\n{docs}{space}    def __init__(self, transport: Transport) -> None:\n        self._transport = transport\n"
    );
    let mut taken = BTreeSet::new();
    for one in &model.methods {
        text += "\n";
        text += &method(names, one, &unique(&names::method(&one.name_in_code), &mut taken));
    }
    text
}

fn request_codec(names: &Names<'_>, method: &Method) -> String {
    match &method.request {
        Request::Arguments(fields) => format!("codec.arguments({})", codecs::list(names, fields)),
        Request::Payload(ty) => codecs::expression(names, ty),
    }
}

/// A line of the table of codecs.
fn table(names: &Names<'_>, method: &Method) -> String {
    let mut parts = vec![format!("request={}", request_codec(names, method))];
    if let Kind::Call { reply, error, .. } = &method.kind {
        parts.push(format!("reply={}", codecs::expression(names, reply)));
        parts.extend(error.iter().map(|error| format!("error={}", codecs::expression(names, error))));
    }
    format!("    {}: codec.Messages({}),\n", quoted(&method.name), parts.join(", "))
}

fn method(names: &Names<'_>, method: &Method, name: &str) -> String {
    let (service, wire) = (quoted(&names.model.service), quoted(&method.name));
    let (arguments, value) = arguments(names, &method.request);
    let mut docs = docstring(&method.docs, "        ");
    // No argument's name begins with an underscore, so these are free.
    docs += &format!("        _message = codec.stringify(MESSAGES[{wire}].request.encode({value}))\n");
    let send = |verb: &str| format!("self._transport.{verb}({service}, {wire}, _message)");
    match &method.kind {
        Kind::Command => {
            format!("    def {name}(self{arguments}) -> None:\n{docs}        {}\n", send("command"))
        }
        Kind::Event => {
            format!("    def {name}(self{arguments}) -> None:\n{docs}        {}\n", send("publish"))
        }
        Kind::Call { reply, error, .. } => {
            let output = output(names, reply, error.as_ref());
            let (reply_type, reply_codec) = (expression(names, reply), codecs::expression(names, reply));
            let mut text = format!("    def {name}(self{arguments}) -> {output}:\n{docs}");
            text += &format!("        _answer = {}\n", send("call"));
            let decode = format!("{reply_codec}.from_json(codec.parse(_answer.reply))");
            match error {
                Some(error) => {
                    let error_codec = codecs::expression(names, error);
                    text += "        if isinstance(_answer, Reply):\n";
                    text += &format!("            return codec.Ok({decode})\n");
                    text += &format!(
                        "        return codec.Err({error_codec}.from_json(codec.parse(_answer.error)))\n"
                    );
                }
                None => {
                    text += "        if isinstance(_answer, Failure):\n";
                    text += &format!(
                        "            raise codec.DecodeError(\"$\", {})\n",
                        quoted(&format!("a reply: {} declares no error", method.name))
                    );
                    text += &if reply_type == "None" {
                        format!("        {decode}\n")
                    } else {
                        format!("        _reply: {reply_type} = {decode}\n        return _reply\n")
                    };
                }
            }
            text
        }
    }
}

fn output(names: &Names<'_>, reply: &Type, error: Option<&Type>) -> String {
    let reply = expression(names, reply);
    match error {
        Some(error) => format!("codec.Ok[{reply}] | codec.Err[{}]", expression(names, error)),
        None => reply,
    }
}

/// Python source: the parameters of a method, and the expression that is passed to its request codec.
fn arguments(names: &Names<'_>, request: &Request) -> (String, String) {
    match request {
        Request::Arguments(fields) if fields.is_empty() => (String::new(), "{}".to_owned()),
        Request::Arguments(fields) => {
            let idents = names::fields(fields);
            let one = |(field, name): (_, &String)| format!("{name}: {}", of_field(names, field));
            let arguments: Vec<String> = fields.iter().zip(&idents).map(one).collect();
            let entries: Vec<String> =
                idents.iter().map(|name| format!("{}: {name}", quoted(name))).collect();
            (format!(", *, {}", arguments.join(", ")), format!("{{{}}}", entries.join(", ")))
        }
        Request::Payload(ty) => (format!(", message: {}", expression(names, ty)), "message".to_owned()),
    }
}
