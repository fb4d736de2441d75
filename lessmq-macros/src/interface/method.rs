//! What one method of an interface means, and the mistakes that it can hold.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{FnArg, Ident, Pat, PatType, Receiver, ReturnType, Signature, TraitItemFn, Type};

use super::attributes::Attributes;
use super::types::{self, Place};
use crate::errors::Errors;

/// Names that the generated client has already.
const RESERVED: [&str; 4] = ["new", "on", "contract", "clone"];
/// The longest name of a method or an argument, in bytes.
const MAX_NAME_LENGTH: usize = 64;

/// A method: a call, a command or an event.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) ident: Ident,
    /// The name on the wire: without `r#`.
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    /// Where `async` stands.
    pub(crate) async_span: Span,
    pub(crate) kind: Kind,
    /// All arguments, the context among them, in the order of declaration.
    pub(crate) arguments: Vec<Argument>,
}

/// What a method is on the bus.
#[derive(Debug)]
pub(crate) enum Kind {
    Call { reply: Box<Reply>, idempotent: bool },
    Command,
    Event,
}

/// What a call answers.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The return type as it was written, `()` where there is none.
    pub(crate) written: Type,
    pub(crate) value: Type,
    /// The second type of a `Result`.
    pub(crate) error: Option<Type>,
}

/// An argument after `&self`.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) attributes: Attributes,
    pub(crate) role: Role,
}

/// What an argument is in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `&Context`: beside the message.
    Context,
    /// A field of the request object.
    Field { optional: bool },
    /// The whole body.
    Payload,
}

impl Method {
    /// Reads a method, and reports each mistake in it.
    pub(crate) fn new(function: &TraitItemFn, events: bool, errors: &mut Errors) -> Self {
        let signature = &function.sig;
        let attributes = Attributes::new(&function.attrs);
        attributes.refuse_conditions(errors);
        attributes.refuse_markers_except(&["command", "idempotent"], "a method", errors);
        check_head(signature, errors);
        let kind = kind(signature, &attributes, events, errors);
        let arguments = arguments(signature, &kind, errors);
        if let Some(body) = &function.default {
            errors.at_span(
                body.brace_token.span.open(),
                "a method of an interface has no body: expected `;`, the body goes into the implementation",
            );
        }
        Self {
            ident: signature.ident.clone(),
            name: signature.ident.unraw().to_string(),
            async_span: signature.asyncness.map_or_else(Span::call_site, |keyword| keyword.span),
            attributes,
            kind,
            arguments,
        }
    }

    /// Whether nobody waits for an answer.
    pub(crate) fn is_one_way(&self) -> bool {
        matches!(self.kind, Kind::Command | Kind::Event)
    }

    /// The arguments that travel in the message.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.role != Role::Context)
    }

    /// The argument that is the whole body, if there is one.
    pub(crate) fn payload(&self) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.role == Role::Payload)
    }

    /// Whether the method asks for the context.
    pub(crate) fn has_context(&self) -> bool {
        self.arguments.iter().any(|argument| argument.role == Role::Context)
    }
}

fn check_head(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    if let Some(keyword) = signature.constness {
        errors.at(keyword, "a method of an interface is not `const`: expected `async fn`");
    }
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, format!("missing `async`: expected `async fn {name}`"));
    }
    if let Some(keyword) = signature.unsafety {
        errors.at(keyword, "a method of an interface is safe: expected no `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "a method of an interface has no ABI: expected no `extern`");
    }
    check_name(name, "a method", errors);
    if RESERVED.iter().any(|reserved| name.unraw() == reserved) {
        errors.at(
            name,
            format!("`{name}` is a method that the generated client has already: expected another name"),
        );
    }
    if !signature.generics.params.is_empty() {
        errors.at(
            &signature.generics.params,
            "a method of an interface has no generic parameters: a contract writes each type down",
        );
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.at(clause, "a method of an interface has no `where` clause");
    }
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => check_receiver(receiver, errors),
        _ => errors.at(name, format!("missing `&self`: expected `async fn {name}(&self, …)`")),
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, "a method of an interface has a fixed number of arguments: expected no `...`");
    }
}

fn check_receiver(receiver: &Receiver, errors: &mut Errors) {
    let is_plain = matches!(&receiver.reference, Some((_, None)))
        && receiver.mutability.is_none()
        && receiver.colon_token.is_none();
    if !is_plain {
        errors.at(receiver, "expected `&self`: all messages share one implementation");
    }
}

/// Reports a name that may not stand in a message.
fn check_name(ident: &Ident, what: &str, errors: &mut Errors) {
    let name = ident.unraw().to_string();
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !well_formed {
        errors.at(
            ident,
            format!(
                "the name of {what} is part of the contract: expected a lower-case letter, then lower-case letters, \
                 digits and `_`"
            ),
        );
    } else if name.len() > MAX_NAME_LENGTH {
        errors.at(
            ident,
            format!(
                "the name of {what} is part of the contract: expected at most {MAX_NAME_LENGTH} characters"
            ),
        );
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
        check_no_reply(&signature.output, "an event", errors);
        return Kind::Event;
    }
    if command.is_some() {
        if let Some(marker) = idempotent {
            errors.at(marker, "`#[idempotent]` is for calls: a command is redelivered until it is handled");
        }
        check_no_reply(&signature.output, "a command", errors);
        return Kind::Command;
    }
    Kind::Call { reply: Box::new(reply(&signature.output, errors)), idempotent: idempotent.is_some() }
}

fn check_no_reply(output: &ReturnType, what: &str, errors: &mut Errors) {
    if let ReturnType::Type(_, ty) = output
        && !types::is_unit(ty)
    {
        errors.at(ty, format!("{what} is one-way and answers nothing: expected no return type"));
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

fn arguments(signature: &Signature, kind: &Kind, errors: &mut Errors) -> Vec<Argument> {
    let typed: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let mut names = HashSet::new();
    let mut arguments = Vec::new();
    let mut context: Option<&PatType> = None;
    let mut sent: Vec<(&PatType, bool)> = Vec::new();
    for input in &typed {
        let attributes = Attributes::new(&input.attrs);
        let is_payload = check_attributes(&attributes, kind, errors);
        let ident = argument_name(&input.pat, errors);
        if let Some(ident) = &ident
            && !names.insert(ident.unraw().to_string())
        {
            errors.at(
                ident,
                format!("`{}` is declared twice: expected one argument of each name", ident.unraw()),
            );
        }
        let role = if types::is_context_reference(&input.ty) {
            check_context(input, context, is_payload, errors);
            context = Some(input);
            Role::Context
        } else {
            check_sent(input, ident.as_ref(), errors);
            sent.push((input, is_payload));
            match kind {
                Kind::Event => Role::Payload,
                _ if is_payload => Role::Payload,
                _ => Role::Field { optional: types::is_option(&input.ty) },
            }
        };
        if let Some(ident) = ident {
            arguments.push(Argument { ident, ty: (*input.ty).clone(), attributes, role });
        }
    }
    check_body(signature, kind, &sent, errors);
    arguments
}

/// Reports what may not stand on an argument; whether `#[payload]` does.
fn check_attributes(attributes: &Attributes, kind: &Kind, errors: &mut Errors) -> bool {
    attributes.refuse_conditions(errors);
    attributes.refuse_markers_except(&["payload"], "an argument", errors);
    for other in attributes.others.iter().chain(&attributes.deprecated) {
        errors.at(other, "an argument has no attributes but doc comments and `#[payload]`");
    }
    let payload = attributes.marker("payload", errors);
    if let Some(marker) = payload
        && matches!(kind, Kind::Event)
    {
        errors.at(marker, "the argument of an event is its payload already: expected no `#[payload]`");
    }
    payload.is_some()
}

/// The name of an argument; reports a pattern that is more than a name.
fn argument_name(pattern: &Pat, errors: &mut Errors) -> Option<Ident> {
    const EXPECTED: &str = "expected a name: an argument is a field of the message";
    let Pat::Ident(name) = pattern else {
        errors.at(pattern, EXPECTED);
        return None;
    };
    if let Some(keyword) = name.mutability {
        errors.at(keyword, "`mut` belongs in the implementation: expected the name alone");
    }
    if let Some(keyword) = name.by_ref {
        errors.at(keyword, "`ref` belongs in the implementation: expected the name alone");
    }
    if let Some((_, pattern)) = &name.subpat {
        errors.at(pattern, EXPECTED);
    }
    Some(name.ident.clone())
}

fn check_context(input: &PatType, before: Option<&PatType>, is_payload: bool, errors: &mut Errors) {
    if before.is_some() {
        errors.at(input, "a second context: expected at most one `&lessmq::Context`");
    }
    if is_payload {
        errors.at(input, "the context is no part of the message: expected no `#[payload]`");
    }
    if let Type::Reference(reference) = &*input.ty
        && let Some(lifetime) = &reference.lifetime
    {
        errors.at(
            lifetime,
            "the context is borrowed while the message is handled: expected `&lessmq::Context`",
        );
    }
}

fn check_sent(input: &PatType, ident: Option<&Ident>, errors: &mut Errors) {
    let named_context = ident.is_some_and(|ident| ident == "ctx" || ident == "context");
    let ty = match &*input.ty {
        Type::Reference(reference) => &*reference.elem,
        ty => ty,
    };
    if named_context && types::is_context(ty) {
        errors.at(&input.ty, "the context is shared: expected `&lessmq::Context`");
        return;
    }
    if let Some(ident) = ident {
        check_name(ident, "an argument", errors);
    }
    types::check(&input.ty, Place::Argument, errors);
}

/// Reports a number of arguments that the body cannot have.
fn check_body(signature: &Signature, kind: &Kind, sent: &[(&PatType, bool)], errors: &mut Errors) {
    if matches!(kind, Kind::Event) {
        if sent.is_empty() {
            errors.at(
                &signature.ident,
                "an event without a payload: expected one argument, which is the whole message",
            );
        }
        for (further, _) in sent.iter().skip(1) {
            errors.at(
                further,
                "an event has one argument, which is the whole message: put further data into its type",
            );
        }
        return;
    }
    if sent.len() > 1 {
        for (input, _) in sent.iter().filter(|(_, is_payload)| *is_payload) {
            let marker = input.attrs.iter().find(|attribute| attribute.path().is_ident("payload"));
            errors.at(marker, "`#[payload]` makes an argument the whole message: expected no other argument");
        }
    }
}
