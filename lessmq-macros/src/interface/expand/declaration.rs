//! The trait itself.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::names::{client_name, fake_name, server_name};
use crate::interface::arguments::Argument;
use crate::interface::method::{Kind, Method};
use crate::interface::model::Interface;

/// The trait, with functions that return a future in place of `async fn`.
pub(super) fn declaration(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, attributes, .. } = interface;
    let attributes = [&attributes.docs, &attributes.lints, &attributes.conditions, &attributes.others];
    let attributes = attributes.into_iter().flatten().chain(&interface.attributes.deprecated);
    let docs = declaration_docs(interface);
    let methods = interface.methods.iter().map(|method| {
        let attributes = &method.attributes;
        let attributes = attributes.docs.iter().chain(&attributes.lints).chain(&attributes.others);
        let attributes = attributes.chain(&method.attributes.deprecated);
        let signature = signature(method);
        let body = if matches!(method.kind, Kind::Event { .. }) { ignoring_body(method) } else { quote!(;) };
        quote!(#(#attributes)* #signature #body)
    });
    quote! {
        #(#attributes)*
        #(#[doc = #docs])*
        #visibility trait #ident: ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#methods)*
        }
    }
}

/// The implementations for `Arc<T>` and `&'static T`, so that a handle can be served as its service is.
pub(super) fn handles(interface: &Interface) -> TokenStream {
    let ident = &interface.ident;
    let methods = interface.methods.iter().map(|method| {
        let (name, signature) = (&method.ident, signature(method));
        let lints = method.attributes.lints_for_copies();
        let arguments = method.arguments.iter().map(|argument| &argument.ident);
        quote! {
            #lints
            #signature { <__Implementation as #ident>::#name(&**self, #(#arguments),*) }
        }
    });
    let methods = quote!(#(#methods)*);
    quote! {
        impl<__Implementation: #ident> #ident for ::std::sync::Arc<__Implementation> { #methods }
        impl<__Implementation: #ident> #ident for &'static __Implementation { #methods }
    }
}

/// The paragraphs that the macro adds to the docs of the trait.
fn declaration_docs(interface: &Interface) -> Vec<String> {
    let (client, server) = (client_name(&interface.ident), server_name(&interface.ident));
    let fake = fake_name(&interface.ident);
    let mut docs = Vec::new();
    if !interface.attributes.docs.is_empty() {
        docs.push(String::new());
    }
    let service = &interface.service;
    docs.push(if interface.events {
        format!(
            " Events of the service `{service}`: [`{client}`] publishes them, [`{server}`] hands them to an \
             implementation of this trait, and [`{fake}`] is one for tests. An event whose method is not \
             implemented is ignored."
        )
    } else {
        format!(
            " Interface of the service `{service}`: [`{client}`] calls it, [`{server}`] serves an implementation of \
             this trait, and [`{fake}`] is one for tests."
        )
    });
    if interface.has_one_way_methods() {
        let kind = if interface.events { "An event" } else { "A command" };
        docs.push(String::new());
        docs.push(format!(
            " {kind} whose handler returns an error is delivered again. After a terminal error it becomes a dead \
             letter. See [`HandlerResult`](::lessmq::HandlerResult)."
        ));
    }
    docs
}

/// `fn get(&self, id: UserId) -> impl Future<Output = …> + Send`, without a body or `;`.
pub(super) fn signature(method: &Method) -> TokenStream {
    let name = &method.ident;
    let arguments = method.arguments.iter().map(|Argument { ident, ty, attributes, .. }| {
        let lints = &attributes.lints;
        quote!(#(#lints)* #ident: #ty)
    });
    let output = match &method.kind {
        Kind::Call { reply, .. } => {
            let written = &reply.written;
            quote!(#written)
        }
        Kind::Command { output } | Kind::Event { output } => quote!(#output),
    };
    // An implementation whose future is not `Send` is reported where the trait says `async`.
    let future = quote_spanned! {Span::call_site().located_at(method.async_span)=>
        impl ::core::future::Future<Output = #output> + ::core::marker::Send
    };
    quote!(fn #name(&self, #(#arguments),*) -> #future)
}

/// The default body of an event, so that a new event does not break existing subscribers.
fn ignoring_body(method: &Method) -> TokenStream {
    let arguments = method.arguments.iter().map(|argument| &argument.ident);
    quote! {{
        let _ = (#(#arguments,)*);
        ::core::future::ready(::core::result::Result::Ok(()))
    }}
}
