//! The module of traits.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::names::{self, ident};
use super::scope::{Scope, View};
use super::tokens::{attributes, format_item, imports};
use super::{Chosen, is_event};
use crate::generate::model::{Docs, Kind, Method, Model, Request, Type};
use crate::report::Result;

/// The text of `interfaces.rs`.
pub(super) fn interfaces(scope: &Scope<'_>, chosen: &Chosen) -> Result<String> {
    let service = &scope.model.service;
    let Model { description, events_description, .. } = scope.model;
    let (mut description, mut events_description) = (description.clone(), events_description.clone());
    let mut body = String::new();
    for part in parts(&scope.model.methods) {
        // Older documents of services with events only have one description.
        let own = if part.has_events { events_description.take() } else { None };
        let docs = own.or_else(|| description.take()).unwrap_or_else(|| part.docs(service));
        let name = chosen.name(part.has_events, part.is_extra);
        body += "\n";
        body += &interface(scope, name, &docs, &part.arguments(service), &part.methods)?;
    }
    let mut head = format!("\n//! The interfaces of the service `{service}`.\n");
    let is_deprecated = |method: &&Method| method.docs.deprecated.is_some();
    let deprecated_types = scope.model.types.iter().any(|declared| declared.docs.deprecated.is_some());
    if deprecated_types || scope.model.methods.iter().any(|method| is_deprecated(&method)) {
        head += "\n#![allow(deprecated, reason = \"what is deprecated is still there\")]\n";
    }
    Ok(format!("{head}{}{}{body}", imports(&scope.imports()), used_types(scope)))
}

/// The methods of one trait.
struct GeneratedTrait<'m> {
    has_events: bool,
    is_ordered: bool,
    /// Whether the methods are ordered but other methods of their kind are not. They then need a separate trait.
    is_extra: bool,
    methods: Vec<&'m Method>,
}

impl GeneratedTrait<'_> {
    fn docs(&self, service: &str) -> String {
        let what = match (self.has_events, self.is_extra) {
            (false, false) => "Calls and commands",
            (false, true) => "Ordered commands",
            (true, false) => "Events",
            (true, true) => "Ordered events",
        };
        format!("{what} of the service `{service}`.")
    }

    fn arguments(&self, service: &str) -> TokenStream {
        let events = self.has_events.then(|| quote!(, events));
        let ordered = self.is_ordered.then(|| quote!(, ordered));
        quote!(service = #service #events #ordered)
    }
}

/// The methods by trait. Ordered and unordered methods of one kind are in different traits; calls are in the first one.
fn parts(methods: &[Method]) -> Vec<GeneratedTrait<'_>> {
    let (events, others): (Vec<&Method>, Vec<&Method>) =
        methods.iter().partition(|method| is_event(&method.kind));
    let mut parts = Vec::new();
    for (has_events, methods) in [(false, others), (true, events)] {
        let (ordered, rest): (Vec<&Method>, Vec<&Method>) = methods.iter().partition(|method| method.ordered);
        let is_mixed = !ordered.is_empty()
            && rest.iter().any(|method| matches!(method.kind, Kind::Command | Kind::Event));
        if is_mixed {
            parts.push(GeneratedTrait { has_events, is_ordered: false, is_extra: false, methods: rest });
            parts.push(GeneratedTrait { has_events, is_ordered: true, is_extra: true, methods: ordered });
        } else if !methods.is_empty() {
            let is_ordered = !ordered.is_empty();
            parts.push(GeneratedTrait { has_events, is_ordered, is_extra: false, methods });
        }
    }
    parts
}

fn used_types(scope: &Scope<'_>) -> String {
    let names: Vec<String> = scope.used().into_iter().collect();
    match &names[..] {
        [] => String::new(),
        [only] => format!("\nuse crate::types::{only};\n"),
        _ => {
            let one_line = format!("use crate::types::{{{}}};", names.join(", "));
            if one_line.len() <= 100 {
                return format!("\n{one_line}\n");
            }
            let mut text = String::from("\nuse crate::types::{\n");
            let mut line = String::new();
            for name in names {
                if line.len() + name.len() + 2 > 96 {
                    text += &format!("    {}\n", line.trim_end());
                    line.clear();
                }
                line += &format!("{name}, ");
            }
            text + &format!("    {}\n}};\n", line.trim_end())
        }
    }
}

fn interface(
    scope: &Scope<'_>,
    name: &str,
    docs: &str,
    arguments: &TokenStream,
    methods: &[&Method],
) -> Result<String> {
    let docs = attributes(&Docs { description: Some(docs.to_owned()), deprecated: None });
    let ident = ident(name);
    let mut text = format_item(quote!(#docs #[lessmq::interface(#arguments)] pub trait #ident {}), name)?;
    let opening = text.rfind("{}").unwrap_or(text.len());
    text.truncate(opening);
    text += "{\n";
    for (index, method) in methods.iter().enumerate() {
        if index > 0 {
            text += "\n";
        }
        let signature = signature(scope, method);
        let printed = format_item(quote!(trait T { #signature }), &method.name)?;
        let lines = printed.lines().skip(1);
        let lines: Vec<&str> = lines.collect();
        for line in &lines[..lines.len().saturating_sub(1)] {
            text += line;
            text += "\n";
        }
    }
    Ok(text + "}\n")
}

/// A method of a trait. Its handlers get the context from `Context::current`.
fn signature(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let docs = attributes(&method.docs);
    let arguments = match &method.request {
        Request::Arguments(fields) => {
            let names = names::field_names(fields.iter().map(|field| field.wire.as_str()));
            let one = |(field, name): (&crate::generate::model::Field, String)| {
                let (docs, name) = (attributes(&field.docs), ident(&name));
                let ty = scope.ty(&field.ty, None, View::Value);
                quote!(#docs #name: #ty)
            };
            fields.iter().zip(names).map(one).collect::<Vec<_>>()
        }
        Request::Payload(ty) => {
            let ty = scope.ty(ty, None, View::Value);
            vec![if is_event(&method.kind) { quote!(event: #ty) } else { quote!(#[payload] message: #ty) }]
        }
    };
    let (marker, output) = match &method.kind {
        Kind::Call { idempotent, reply, error } => {
            (idempotent.then(|| quote!(#[idempotent])), output(scope, reply, error.as_ref()))
        }
        Kind::Command => (Some(quote!(#[command])), Some(quote!(-> lessmq::HandlerResult))),
        Kind::Event => (None, Some(quote!(-> lessmq::HandlerResult))),
    };
    let version = (method.version > 1).then(|| {
        let number = Literal::u16_unsuffixed(method.version);
        quote!(#[version(#number)])
    });
    let name = ident(&method.name_in_code);
    quote!(#docs #version #marker async fn #name(&self, #(#arguments),*) #output;)
}

fn output(scope: &Scope<'_>, reply: &Type, error: Option<&Type>) -> Option<TokenStream> {
    let value = scope.ty(reply, None, View::Value);
    match error {
        Some(error) => {
            let (result, error) = (scope.known("std::result::Result"), scope.ty(error, None, View::Value));
            Some(quote!(-> #result<#value, #error>))
        }
        None if *reply == Type::Null => None,
        None => Some(quote!(-> #value)),
    }
}
