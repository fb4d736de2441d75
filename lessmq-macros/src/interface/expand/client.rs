//! The methods of the client.

use proc_macro2::TokenStream;
use quote::quote;

use super::codecs::codecs_name;
use super::names::{client_name, reply_error, request_name, server_name};
use crate::interface::arguments::Argument;
use crate::interface::method::{Kind, Method};
use crate::interface::model::Interface;

/// The client's methods, and its implementation of `lessmq::Client`.
pub(super) fn client(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, service, .. } = interface;
    let lints = interface.attributes.lints_for_copies();
    let (client, server) = (client_name(ident), server_name(ident));
    let docs = format!(" A client of the service `{service}` on `bus`.");
    let methods = interface.methods.iter().map(|method| {
        let (name, signature) = (&method.name, client_signature(interface, method));
        let message = match method.payload() {
            Some(Argument { ident, .. }) => quote!(#ident),
            None => {
                let request = request_name(method);
                let fields = method.sent().map(|argument| &argument.ident);
                quote!(#request { #(#fields),* })
            }
        };
        let codecs = codecs_name(method);
        if method.is_one_way() {
            quote!(#signature { self.client.publish(#name, #codecs.encode(&#message)) })
        } else {
            quote!(#signature { self.client.call(#name, #codecs.request.encode(&#message)) })
        }
    });
    quote! {
        #lints
        impl #client {
            #[doc = #docs]
            #visibility fn new(bus: &::lessmq::Bus) -> Self {
                Self { client: ::lessmq::__private::InterfaceClient::new(bus, #server::contract()) }
            }
            #(#methods)*
        }

        impl ::lessmq::Client for #client {
            fn contract() -> &'static ::lessmq::contract::Contract {
                #server::contract()
            }
            fn on(bus: &::lessmq::Bus) -> Self {
                Self::new(bus)
            }
        }
    }
}

/// `pub fn get(&self, id: UserId) -> Call<User, UserError>` with its docs, without the body.
pub(in crate::interface) fn client_signature(interface: &Interface, method: &Method) -> TokenStream {
    let Method { ident, attributes, .. } = method;
    let visibility = &interface.visibility;
    let lints = attributes.lints_for_copies();
    let deprecated = &attributes.deprecated;
    let mut docs = attributes.docs.iter().map(|doc| quote!(#doc)).collect::<TokenStream>();
    if docs.is_empty() {
        let verb = if method.is_one_way() { "Publishes" } else { "Calls" };
        let line = format!(" {verb} `{}.{}`.", interface.service, method.name);
        docs = quote!(#[doc = #line]);
    }
    let arguments = method.sent().map(|Argument { ident, ty, .. }| quote!(#ident: #ty));
    let output = match &method.kind {
        Kind::Call { reply, .. } => {
            let (value, error) = (&reply.value, reply_error(reply.error.as_ref()));
            quote!(::lessmq::Call<#value, #error>)
        }
        Kind::Command { .. } | Kind::Event { .. } => quote!(::lessmq::Publish),
    };
    quote!(#docs #lints #deprecated #visibility fn #ident(&self, #(#arguments),*) -> #output)
}
