//! The functions of the server: its handlers and the contract.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Ident;
use syn::ext::IdentExt;

use super::codecs::codecs_name;
use super::names::{placed, server_name};
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

/// `.call("get", __GET, |service, context, request| async move { … })`
fn handler(interface: &Ident, method: &Method) -> TokenStream {
    let (ident, name) = (&method.ident, &method.name);
    let register = match &method.kind {
        Kind::Call { reply, .. } if reply.error.is_some() => "call",
        Kind::Call { .. } => "infallible",
        Kind::Command { .. } => "command",
        Kind::Event { .. } => "event",
    };
    let register = placed(register, ident.span());
    let codecs = codecs_name(method);
    let context = if method.has_context() { quote!(context) } else { quote!(_) };
    let request = if method.sent().next().is_some() { quote!(request) } else { quote!(_) };
    let arguments = method.arguments.iter().map(|Argument { ident, role, .. }| match role {
        Role::Context => quote!(&context),
        Role::Field { .. } => quote!(request.#ident),
        Role::Payload => quote!(request),
    });
    // `service.name()` could call a method of `Arc`, or of a trait that the user has imported.
    quote! {
        .#register(#name, #codecs, |service, #context, #request| async move {
            #interface::#ident(&*service, #(#arguments),*).await
        })
    }
}

fn contract(interface: &Interface) -> TokenStream {
    let service = &interface.service;
    let describe = if interface.events { quote!(events_description) } else { quote!(description) };
    let description = interface.attributes.description().map(|text| quote!(.#describe(#text)));
    let methods = interface.methods.iter().map(|method| {
        let (name, codecs) = (&method.name, codecs_name(method));
        let description = option(method.attributes.description());
        let deprecated = option(method.attributes.deprecation());
        let ordered = interface.ordered && method.is_one_way();
        let (register, types, idempotent) = match &method.kind {
            Kind::Call { idempotent, .. } => (quote!(typed_call), quote!(&#codecs), *idempotent),
            Kind::Command { .. } => (quote!(typed_command), quote!(#codecs), false),
            Kind::Event { .. } => (quote!(typed_event), quote!(#codecs), false),
        };
        let meta = quote! {
            ::lessmq::__private::MethodMeta {
                name: #name,
                description: #description,
                deprecated: #deprecated,
                idempotent: #idempotent,
                ordered: #ordered,
            }
        };
        quote!(.#register(#meta, #types))
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
