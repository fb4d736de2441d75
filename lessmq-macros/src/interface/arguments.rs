//! The meaning of the arguments of a method, and the mistakes in them.

use std::collections::HashSet;

use syn::ext::IdentExt;
use syn::{FnArg, Ident, Pat, PatType, Signature, Type};

use super::attributes::Attributes;
use super::method::Kind;
use super::names::check_name;
use super::types::{self, Place};
use crate::errors::Errors;

/// An argument after `&self`.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) attributes: Attributes,
    pub(crate) role: Role,
}

/// The role of an argument in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `&Context`: not part of the message.
    Context,
    /// A field of the request object.
    Field { optional: bool },
    /// The whole body.
    Payload,
}

/// Reads the arguments of a method, and reports each mistake in them.
pub(crate) fn arguments(signature: &Signature, kind: &Kind, errors: &mut Errors) -> Vec<Argument> {
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
                Kind::Event { .. } => Role::Payload,
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

/// Reports attributes that are not allowed on an argument. Returns whether `#[payload]` is there.
fn check_attributes(attributes: &Attributes, kind: &Kind, errors: &mut Errors) -> bool {
    attributes.reject_conditions(errors);
    attributes.reject_markers_except(&["payload"], "an argument", errors);
    for other in attributes.others.iter().chain(&attributes.deprecated) {
        errors.at(other, "invalid attribute on an argument: expected doc comments or `#[payload]`");
    }
    let payload = attributes.marker("payload", errors);
    if let Some(marker) = payload
        && matches!(kind, Kind::Event { .. })
    {
        errors.at(marker, "the argument of an event is always its payload: remove `#[payload]`");
    }
    payload.is_some()
}

/// The name of an argument. Reports other patterns.
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
        errors.at(input, "the context is not part of the message: remove `#[payload]`");
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

/// Reports a number of arguments that a message cannot have.
fn check_body(signature: &Signature, kind: &Kind, sent: &[(&PatType, bool)], errors: &mut Errors) {
    if matches!(kind, Kind::Event { .. }) {
        if sent.is_empty() {
            errors.at(
                &signature.ident,
                "an event without a payload: expected one argument, which is the whole message",
            );
        }
        for (further, _) in sent.iter().skip(1) {
            errors.at(
                further,
                "an event can have only one argument, which is the whole message: put further data into its type",
            );
        }
        return;
    }
    if sent.len() > 1 {
        for (input, _) in sent.iter().filter(|(_, is_payload)| *is_payload) {
            let marker = input.attrs.iter().find(|attribute| attribute.path().is_ident("payload"));
            errors.at(marker, "`#[payload]` makes an argument the whole message: remove the other arguments");
        }
    }
}
