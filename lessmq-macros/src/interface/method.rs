//! The meaning of one method of an interface, and the mistakes in it.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{FnArg, Ident, Receiver, ReceiverKind, ReturnType, Safety, Signature, TraitItemFn, Type};

use super::arguments::{Argument, Role, arguments};
use super::attributes::Attributes;
use super::names::{check_name, wire_name};
use super::parse::Arguments;
use super::types::{self, Place};
use crate::errors::Errors;

/// Names of methods that the generated client has.
const RESERVED: [&str; 4] = ["new", "on", "contract", "clone"];

/// A method: a call, a command or an event.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) ident: Ident,
    /// The name on the wire: without `r#`, and with the version if it is a later one.
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    /// The span of `async`.
    pub(crate) async_span: Span,
    pub(crate) kind: Kind,
    /// All arguments, including the context, in the order of declaration.
    pub(crate) arguments: Vec<Argument>,
}

/// The kind of a method.
#[derive(Debug)]
pub(crate) enum Kind {
    Call {
        reply: Box<Reply>,
        idempotent: bool,
    },
    /// With the `HandlerResult` as it was written.
    Command {
        output: Box<Type>,
    },
    /// With the `HandlerResult` as it was written.
    Event {
        output: Box<Type>,
    },
}

/// The reply of a call.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The return type as it was written, or `()`.
    pub(crate) written: Type,
    pub(crate) value: Type,
    /// The second type of a `Result`.
    pub(crate) error: Option<Type>,
}

impl Method {
    /// Reads a method, and reports each mistake in it.
    pub(crate) fn new(function: &TraitItemFn, interface: &Arguments, errors: &mut Errors) -> Self {
        let signature = &function.sig;
        let attributes = Attributes::new(&function.attrs);
        attributes.reject_conditions(errors);
        attributes.reject_markers_except(&["command", "idempotent", "version"], "a method", errors);
        check_head(signature, errors);
        let version = attributes.version(errors).or(interface.version);
        let kind = kind(signature, &attributes, interface.events, errors);
        let arguments = arguments(signature, &kind, errors);
        if let Some(body) = &function.default {
            errors.at_span(
                body.brace_token.span.open(),
                "a method of an interface cannot have a body: expected `;`",
            );
        }
        Self {
            ident: signature.ident.clone(),
            name: wire_name(&signature.ident, version, errors),
            async_span: signature.asyncness.map_or_else(Span::call_site, |keyword| keyword.span),
            attributes,
            kind,
            arguments,
        }
    }

    /// Whether the method is a command or an event, which has no reply.
    pub(crate) fn is_one_way(&self) -> bool {
        matches!(self.kind, Kind::Command { .. } | Kind::Event { .. })
    }

    /// The arguments that are sent in the message.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.role != Role::Context)
    }

    /// The argument that is the whole body, if any.
    pub(crate) fn payload(&self) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.role == Role::Payload)
    }

    /// Whether one of the arguments is the context.
    pub(crate) fn has_context(&self) -> bool {
        self.arguments.iter().any(|argument| argument.role == Role::Context)
    }
}

fn check_head(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    if let Some(keyword) = signature.constness {
        errors.at(keyword, "a method of an interface cannot be `const`: expected `async fn`");
    }
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, format!("missing `async`: expected `async fn {name}`"));
    }
    if !matches!(signature.safety, Safety::Default) {
        errors.at(&signature.safety, "a method of an interface cannot be `unsafe`: remove it");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "a method of an interface cannot have an ABI: remove `extern`");
    }
    check_name(name, "a method", errors);
    if RESERVED.iter().any(|reserved| name.unraw() == reserved) {
        errors
            .at(name, format!("`{name}` is already a method of the generated client: expected another name"));
    }
    if !signature.generics.params.is_empty() {
        errors.at(
            &signature.generics.params,
            "a method of an interface cannot have generic parameters: use concrete types",
        );
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.at(clause, "a method of an interface cannot have a `where` clause: remove it");
    }
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => check_receiver(receiver, errors),
        _ => errors.at(name, format!("missing `&self`: expected `async fn {name}(&self, …)`")),
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(
            variadic,
            "a method of an interface cannot have a variable number of arguments: remove `...`",
        );
    }
}

fn check_receiver(receiver: &Receiver, errors: &mut Errors) {
    if !matches!(receiver.kind, ReceiverKind::Reference(_, None, None)) {
        errors.at(receiver, "expected `&self`: all messages share one implementation");
    }
}

fn kind(signature: &Signature, attributes: &Attributes, events: bool, errors: &mut Errors) -> Kind {
    let command = attributes.marker("command", errors);
    let idempotent = attributes.marker("idempotent", errors);
    if events {
        if let Some(marker) = command {
            errors.at(
                marker,
                "`#[command]` in an interface of events: expected in an interface without `events`",
            );
        }
        if let Some(marker) = idempotent {
            errors.at(marker, "`#[idempotent]` is for calls: an event is redelivered until it is handled");
        }
        return Kind::Event { output: Box::new(handler_result(signature, "an event", errors)) };
    }
    if command.is_some() {
        if let Some(marker) = idempotent {
            errors.at(marker, "`#[idempotent]` is for calls: a command is redelivered until it is handled");
        }
        return Kind::Command { output: Box::new(handler_result(signature, "a command", errors)) };
    }
    Kind::Call { reply: Box::new(reply(&signature.output, errors)), idempotent: idempotent.is_some() }
}

/// The return type of a command or an event; reports one that is missing or is not `HandlerResult`.
fn handler_result(signature: &Signature, what: &str, errors: &mut Errors) -> Type {
    let name = &signature.ident;
    let expected = format!(
        "{what} returns `lessmq::HandlerResult`: expected `async fn {name}(&self, …) -> lessmq::HandlerResult`"
    );
    match &signature.output {
        ReturnType::Type(_, ty) => {
            if !types::is_handler_result(ty) {
                errors.at(ty, expected);
            }
            (**ty).clone()
        }
        ReturnType::Default => {
            errors.at_span(signature.paren_token.span.close(), expected);
            syn::parse_quote!(::lessmq::HandlerResult)
        }
    }
}

fn reply(output: &ReturnType, errors: &mut Errors) -> Reply {
    let written = match output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    };
    types::check(&written, Place::Reply, errors);
    let (value, error) = match types::type_arguments(&written, "Result").as_deref() {
        None => (written.clone(), None),
        Some([value, error]) => ((*value).clone(), Some((*error).clone())),
        Some(_) => {
            errors.at(
                &written,
                "expected both types of the `Result`, as in `Result<User, UserError>`: the error is part of the contract",
            );
            (written.clone(), None)
        }
    };
    Reply { written, value, error }
}
