//! The functions of the server: its handlers and the contract.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Ident;
use syn::ext::IdentExt;

use super::names::{placed, reply_error, request_name, server_name};
use crate::interface::arguments::{Argument, Role};
use crate::interface::method::{Kind, Method};
use crate::interface::model::Interface;

/// The server's functions.
pub(super) fn server(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, service, .. } = interface;
    let lints = interface.attributes.lints_for_copies();
    let server = server_name(ident);
    let contract = contract(interface);
    let handlers = interface.methods.iter().map(|method| handler(ident, method));
    let docs = if interface.events {
        format!(" A server that hands the events of the service `{service}` to `implementation`.")
    } else {
        format!(" A server that answers as the service `{service}` with `implementation`.")
    };
    quote! {
        #lints
        impl #server {
            #[doc = #docs]
            #visibility fn new(implementation: impl #ident) -> ::lessmq::Server {
                ::lessmq::__private::ServerBuilder::new(Self::contract(), implementation)
                    #(#handlers)*
                    .build()
            }

            /// The contract of this interface.
            #visibility fn contract() -> &'static ::lessmq::contract::Contract {
                static CONTRACT: ::std::sync::LazyLock<::lessmq::contract::Contract> =
                    ::std::sync::LazyLock::new(|| #contract);
                &CONTRACT
            }
        }
    }
}

/// `.call("get", |service, context, request: GetRequest| async move { … })`
fn handler(interface: &Ident, method: &Method) -> TokenStream {
    let (ident, name) = (&method.ident, &method.name);
    let register = match &method.kind {
        Kind::Call { reply, .. } if reply.error.is_some() => "call",
        Kind::Call { .. } => "infallible",
        Kind::Command { .. } => "command",
        Kind::Event { .. } => "event",
    };
    let register = placed(register, ident.span());
    let message = message(method);
    let context = if method.has_context() { quote!(context) } else { quote!(_) };
    let request = if method.sent().next().is_some() { quote!(request) } else { quote!(_) };
    let arguments = method.arguments.iter().map(|Argument { ident, role, .. }| match role {
        Role::Context => quote!(&context),
        Role::Field { .. } => quote!(request.#ident),
        Role::Payload => quote!(request),
    });
    // `service.name()` could call a method of `Arc`, or of a trait that the user has imported.
    quote! {
        .#register(#name, |service, #context, #request: #message| async move {
            #interface::#ident(&*service, #(#arguments),*).await
        })
    }
}

fn contract(interface: &Interface) -> TokenStream {
    let service = &interface.service;
    let describe = if interface.events { quote!(events_description) } else { quote!(description) };
    let description = interface.attributes.description().map(|text| quote!(.#describe(#text)));
    let methods = interface.methods.iter().map(|method| {
        let message = message(method);
        let name = &method.name;
        let description = option(method.attributes.description());
        let deprecated = option(method.attributes.deprecation());
        let ordered = interface.ordered && method.is_one_way();
        let (register, answer, idempotent) = match &method.kind {
            Kind::Call { reply, idempotent } => {
                let (value, error) = (&reply.value, reply_error(reply.error.as_ref()));
                ("call", quote!(, #value, #error), *idempotent)
            }
            Kind::Command { .. } => ("command", TokenStream::new(), false),
            Kind::Event { .. } => ("event", TokenStream::new(), false),
        };
        let register = placed(register, method.ident.span());
        quote! {
            .#register::<#message #answer>(::lessmq::__private::MethodMeta {
                name: #name,
                description: #description,
                deprecated: #deprecated,
                idempotent: #idempotent,
                ordered: #ordered,
            })
        }
    });
    quote! {
        ::lessmq::__private::ContractBuilder::new(#service, ::core::env!("CARGO_PKG_VERSION"))
            #description
            #(#methods)*
            .build()
    }
}

/// An expression for an `Option`. The user may have declared another `Some`.
fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// Registers the interface for tools that inspect the program.
pub(super) fn registration(interface: &Interface) -> TokenStream {
    let server = server_name(&interface.ident);
    let name = interface.ident.unraw().to_string();
    quote! {
        ::lessmq::__private::inventory::submit! {
            ::lessmq::__private::RegisteredInterface {
                package: ::core::env!("CARGO_PKG_NAME"),
                name: #name,
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: ::core::line!(),
                contract: #server::contract,
            }
        }
    }
}

/// The type of a method's message.
fn message(method: &Method) -> TokenStream {
    match method.payload() {
        Some(Argument { ty, .. }) => quote!(#ty),
        None => {
            let request = request_name(method);
            quote!(#request)
        }
    }
}
