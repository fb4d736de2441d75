//! The code for an interface without mistakes: declarations, and calls of `::lessmq::__private`.
//!
//! Invariants: All paths are absolute, because the user may have declared any name. The code has no warnings at any
//! lint level. All public items have docs. The tokens of the user keep their spans, so that compiler errors about a
//! type point to the type in the trait.

mod client;
mod codecs;
mod declaration;
mod fake;
mod names;
mod server;

use proc_macro2::TokenStream;
use quote::quote;

pub(super) use self::client::client_signature;
pub(super) use self::fake::setter_signature;
pub(super) use self::names::{client_name, fake_name, server_name};
use super::model::Interface;

/// All code that is generated for an interface.
pub(crate) fn interface(interface: &Interface) -> TokenStream {
    let declaration = declaration::declaration(interface);
    let handles = declaration::handles(interface);
    let types = types(interface);
    let fake = fake::declaration(interface);
    let conditions = &interface.attributes.conditions;
    let codecs = interface.methods.iter().map(codecs::codecs);
    let client = client::client(interface);
    let server = server::server(interface);
    let fake_methods = fake::implementation(interface);
    let registration = server::registration(interface);
    quote! {
        #declaration
        #types
        #fake

        #(#conditions)*
        #[allow(dead_code, deprecated, reason = "an interface may be only called, only served, or deprecated")]
        const _: () = {
            #handles
            #(#codecs)*
            #client
            #server
            #fake_methods
            #registration
        };
    }
}

/// The client and the server, without their methods.
pub(super) fn types(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, service, attributes, .. } = interface;
    let attributes = attributes.conditions.iter().chain(&attributes.deprecated).collect::<Vec<_>>();
    let (client, server) = (client_name(ident), server_name(ident));
    let (client_docs, server_docs) = if interface.events {
        (
            format!(" Publishes the events of the service `{service}` that [`{ident}`] declares."),
            format!(" Subscribes an implementation of [`{ident}`] to the events of the service `{service}`."),
        )
    } else {
        (
            format!(
                " A client of the service `{service}`. Sends the calls and commands that [`{ident}`] declares."
            ),
            format!(" Serves an implementation of [`{ident}`] as the service `{service}`."),
        )
    };
    quote! {
        #[doc = #client_docs]
        #(#attributes)*
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #[allow(dead_code, reason = "an interface may be served only")]
        #visibility struct #client {
            client: ::lessmq::__private::InterfaceClient,
        }

        #[doc = #server_docs]
        #(#attributes)*
        #[derive(::core::fmt::Debug)]
        #[allow(dead_code, clippy::empty_enums, reason = "a name for functions; an interface may be called only")]
        #visibility enum #server {}
    }
}
