//! The code for an interface without mistakes. It is thin: declarations, and calls of `::lessmq::__private`.
//!
//! Invariants: a path is absolute, for any name may be the user's own, and so may any lint level; nothing that the
//! user can meet is without docs; the tokens of the user keep their places, so that the compiler's errors about a type
//! point to where it was written.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;

use super::method::{Argument, Kind, Method, Role};
use super::model::Interface;

/// Everything that stands for the trait.
pub(crate) fn interface(interface: &Interface) -> TokenStream {
    let declaration = declaration(interface);
    let types = types(interface);
    let conditions = &interface.attributes.conditions;
    let requests = interface.methods.iter().filter(|method| method.payload().is_none()).map(request);
    let client = client(interface);
    let server = server(interface);
    let registration = registration(interface);
    quote! {
        #declaration
        #types

        #(#conditions)*
        #[allow(dead_code, deprecated, reason = "an interface may be called only, served only or on its way out")]
        const _: () = {
            #(#requests)*
            #client
            #server
            #registration
        };
    }
}

fn declaration(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, attributes, .. } = interface;
    let attributes = [&attributes.docs, &attributes.lints, &attributes.conditions, &attributes.others];
    let attributes = attributes.into_iter().flatten().chain(&interface.attributes.deprecated);
    let docs = declaration_docs(interface);
    let methods = interface.methods.iter().map(|method| {
        let attributes = &method.attributes;
        let attributes = attributes.docs.iter().chain(&attributes.lints).chain(&attributes.others);
        let attributes = attributes.chain(&method.attributes.deprecated);
        let signature = signature(method);
        let body = if matches!(method.kind, Kind::Event) { ignoring_body(method) } else { quote!(;) };
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

/// The paragraphs that the macro adds to the docs of the trait.
fn declaration_docs(interface: &Interface) -> Vec<String> {
    let (client, server) = (client_name(&interface.ident), server_name(&interface.ident));
    let mut docs = Vec::new();
    if !interface.attributes.docs.is_empty() {
        docs.push(String::new());
    }
    let service = &interface.service;
    docs.push(if interface.events {
        format!(
            " Events of the service `{service}`: [`{client}`] publishes them, [`{server}`] hands them to an \
             implementation of this trait. An event whose method is not implemented is ignored."
        )
    } else {
        format!(
            " Interface of the service `{service}`: [`{client}`] calls it, [`{server}`] serves an implementation of \
             this trait."
        )
    });
    if interface.has_one_way_methods() {
        let kind = if interface.events { "An event" } else { "A command" };
        docs.push(String::new());
        docs.push(format!(
            " {kind} is implemented as an `async fn` that returns [`HandlerResult`](::lessmq::HandlerResult): an \
             error has the message delivered again, a terminal one puts it among the dead letters."
        ));
    }
    docs
}

/// `fn get(&self, id: UserId) -> impl Future<Output = …> + Send`, without the end.
fn signature(method: &Method) -> TokenStream {
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
        Kind::Command | Kind::Event => quote!(::lessmq::HandlerResult),
    };
    // An implementation whose future is not `Send` is reported where the trait says `async`.
    let future = quote_spanned! {Span::call_site().located_at(method.async_span)=>
        impl ::core::future::Future<Output = #output> + ::core::marker::Send
    };
    quote!(fn #name(&self, #(#arguments),*) -> #future)
}

/// The default body of an event: a new event in a contract must not break who subscribed before.
fn ignoring_body(method: &Method) -> TokenStream {
    let arguments = method.arguments.iter().map(|argument| &argument.ident);
    quote! {{
        let _ = (#(#arguments,)*);
        ::core::future::ready(::core::result::Result::Ok(()))
    }}
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
            format!(" A client of the service `{service}`: sends what [`{ident}`] declares."),
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

/// The object whose fields are the arguments of a method.
fn request(method: &Method) -> TokenStream {
    let name = request_name(method);
    let title = request_title(method);
    let fields = method.sent().map(|Argument { ident, ty, attributes, role }| {
        let docs = &attributes.docs;
        let optional = matches!(role, Role::Field { optional: true })
            .then(|| quote!(#[serde(default, skip_serializing_if = "::core::option::Option::is_none")]));
        quote!(#(#docs)* #optional #ident: #ty)
    });
    quote! {
        #[derive(
            ::lessmq::__private::serde::Serialize,
            ::lessmq::__private::serde::Deserialize,
            ::lessmq::__private::schemars::JsonSchema,
        )]
        #[serde(crate = "::lessmq::__private::serde")]
        #[schemars(crate = "::lessmq::__private::schemars", rename = #title)]
        struct #name {
            #(#fields),*
        }
    }
}

fn client(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, service, .. } = interface;
    let lints = interface.attributes.lints_for_copies();
    let (client, server) = (client_name(ident), server_name(ident));
    let docs = format!(" A client of the service `{service}` on `bus`.");
    let methods = interface.methods.iter().map(|method| {
        let (name, signature) = (&method.name, client_signature(interface, method));
        let send = placed(if method.is_one_way() { "publish" } else { "call" }, method.ident.span());
        let message = match method.payload() {
            Some(Argument { ident, .. }) => quote!(#ident),
            None => {
                let request = request_name(method);
                let fields = method.sent().map(|argument| &argument.ident);
                quote!(#request { #(#fields),* })
            }
        };
        quote!(#signature { self.client.#send(#name, &#message) })
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
pub(super) fn client_signature(interface: &Interface, method: &Method) -> TokenStream {
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
        Kind::Command | Kind::Event => quote!(::lessmq::Publish),
    };
    quote!(#docs #lints #deprecated #visibility fn #ident(&self, #(#arguments),*) -> #output)
}

fn server(interface: &Interface) -> TokenStream {
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

/// A name of ours whose errors point to a place in the trait instead of to the attribute.
fn placed(name: &str, place: Span) -> Ident {
    Ident::new(name, Span::call_site().located_at(place))
}

/// `.call("get", |service, context, request: GetRequest| async move { … })`
fn handler(interface: &Ident, method: &Method) -> TokenStream {
    let (ident, name) = (&method.ident, &method.name);
    let register = match &method.kind {
        Kind::Call { reply, .. } if reply.error.is_some() => "call",
        Kind::Call { .. } => "infallible",
        Kind::Command => "command",
        Kind::Event => "event",
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
    // `service.name()` could be a method of `Arc`, or of any trait that the user has in scope.
    quote! {
        .#register(#name, |service, #context, #request: #message| async move {
            #interface::#ident(&*service, #(#arguments),*).await
        })
    }
}

fn contract(interface: &Interface) -> TokenStream {
    let service = &interface.service;
    let description = interface.attributes.description().map(|text| quote!(.description(#text)));
    let methods = interface.methods.iter().map(|method| {
        let message = message(method);
        let name = &method.name;
        let description = option(method.attributes.description());
        let deprecated = option(method.attributes.deprecation());
        let (register, idempotent) = match &method.kind {
            Kind::Call { reply, idempotent } => {
                let (value, error) = (&reply.value, reply_error(reply.error.as_ref()));
                (quote!(call::<#message, #value, #error>), *idempotent)
            }
            Kind::Command => (quote!(command::<#message>), false),
            Kind::Event => (quote!(event::<#message>), false),
        };
        quote! {
            .#register(::lessmq::__private::MethodMeta {
                name: #name,
                description: #description,
                deprecated: #deprecated,
                idempotent: #idempotent,
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

/// An expression for an `Option`, whatever the user calls `Some`.
fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// Tells tools that look into the program which interfaces it has.
fn registration(interface: &Interface) -> TokenStream {
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

fn reply_error(error: Option<&syn::Type>) -> TokenStream {
    error.map_or_else(|| quote!(::lessmq::Never), |error| quote!(#error))
}

pub(super) fn client_name(interface: &Ident) -> Ident {
    format_ident!("{}Client", interface.unraw(), span = interface.span())
}

pub(super) fn server_name(interface: &Ident) -> Ident {
    format_ident!("{}Server", interface.unraw(), span = interface.span())
}

/// The title of a request in its schema: `GetRequest` for `get`.
///
/// Different methods have different titles: an underscore stays where no letter follows that could be raised.
fn request_title(method: &Method) -> String {
    let mut title = String::new();
    let mut name = method.name.chars().peekable();
    let mut raise = true;
    while let Some(c) = name.next() {
        if c == '_' && name.peek().is_some_and(char::is_ascii_lowercase) {
            raise = true;
        } else {
            title.push(if raise { c.to_ascii_uppercase() } else { c });
            raise = false;
        }
    }
    title + "Request"
}

/// The type of a request. The underscores keep it apart from a type of the user's that is called like the title.
fn request_name(method: &Method) -> Ident {
    format_ident!("__{}", request_title(method))
}
