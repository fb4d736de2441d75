//! The module of traits.

use proc_macro2::TokenStream;
use quote::quote;

use super::items::{attributes, imports, printed};
use super::names::{self, ident};
use super::scope::{Scope, View};
use super::{Chosen, is_event};
use crate::error::Result;
use crate::generate::model::{Docs, Kind, Method, Request, Type};

/// The text of `interfaces.rs`.
pub(super) fn interfaces(scope: &Scope<'_>, chosen: &Chosen) -> Result<String> {
    let service = &scope.model.service;
    let (events, others): (Vec<&Method>, Vec<&Method>) =
        scope.model.methods.iter().partition(|method| is_event(&method.kind));
    let mut description = scope.model.description.clone();
    let mut body = String::new();
    if !others.is_empty() {
        let text =
            description.take().unwrap_or_else(|| format!("Calls and commands of the service `{service}`."));
        body += "\n";
        body += &one(scope, &chosen.interface, &text, &quote!(service = #service), &others)?;
    }
    if !events.is_empty() {
        let text = description.take().unwrap_or_else(|| format!("Events of the service `{service}`."));
        body += "\n";
        body += &one(scope, &chosen.events, &text, &quote!(service = #service, events), &events)?;
    }
    let mut head = format!("\n//! The interfaces of the service `{service}`.\n");
    let is_deprecated = |method: &&Method| method.docs.deprecated.is_some();
    let deprecated_types = scope.model.types.iter().any(|declared| declared.docs.deprecated.is_some());
    if deprecated_types || scope.model.methods.iter().any(|method| is_deprecated(&method)) {
        head += "\n#![allow(deprecated, reason = \"what is deprecated is still there\")]\n";
    }
    Ok(format!("{head}{}{}{body}", imports(&scope.imports()), used_types(scope)))
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

fn one(
    scope: &Scope<'_>,
    name: &str,
    docs: &str,
    arguments: &TokenStream,
    methods: &[&Method],
) -> Result<String> {
    let docs = attributes(&Docs { description: Some(docs.to_owned()), deprecated: None });
    let ident = ident(name);
    let mut text = printed(quote!(#docs #[lessmq::interface(#arguments)] pub trait #ident {}), name)?;
    let opening = text.rfind("{}").unwrap_or(text.len());
    text.truncate(opening);
    text += "{\n";
    for (index, method) in methods.iter().enumerate() {
        if index > 0 {
            text += "\n";
        }
        let signature = signature(scope, method);
        let printed = printed(quote!(trait T { #signature }), &method.name)?;
        let lines = printed.lines().skip(1);
        let lines: Vec<&str> = lines.collect();
        for line in &lines[..lines.len().saturating_sub(1)] {
            text += line;
            text += "\n";
        }
    }
    Ok(text + "}\n")
}

/// A method as it stands in its trait. It takes the context, which costs whoever calls it nothing.
fn signature(scope: &Scope<'_>, method: &Method) -> TokenStream {
    let docs = attributes(&method.docs);
    let arguments = match &method.request {
        Request::Arguments(fields) => {
            let names = names::fields(fields.iter().map(|field| field.wire.as_str()));
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
        Kind::Command => (Some(quote!(#[command])), None),
        Kind::Event => (None, None),
    };
    let name = ident(&method.name);
    quote!(#docs #marker async fn #name(&self, ctx: &lessmq::Context, #(#arguments),*) #output;)
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
