//! The fake: an implementation for tests, whose methods do what the test sets.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Ident, Type};

use super::declaration;
use super::names::fake_name;
use crate::interface::arguments::{Argument, Role};
use crate::interface::method::{Kind, Method};
use crate::interface::model::Interface;

/// The fake with its fields, for these methods of the interface.
pub(super) fn declaration(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, attributes, .. } = interface;
    let attributes = attributes.conditions.iter().chain(&attributes.deprecated);
    let fake = fake_name(ident);
    let docs = format!(" A fake of [`{ident}`] for tests: each method does what was set for it.");
    let fields = interface.methods.iter().map(|method| {
        let name = &method.ident;
        quote!(#name: ::lessmq::__private::FakeMethod)
    });
    let unset = if interface.events {
        " An event that has no behaviour is ignored."
    } else {
        " A method that has no behaviour panics."
    };
    quote! {
        #[doc = #docs]
        #[doc = ""]
        #[doc = #unset]
        #(#attributes)*
        #[derive(::core::default::Default)]
        #[allow(dead_code, unreachable_pub, reason = "it is for tests")]
        #visibility struct #fake {
            #(#fields),*
        }
    }
}

/// The functions that set what the methods do, and the implementation of the trait.
pub(super) fn implementation(interface: &Interface) -> TokenStream {
    let Interface { visibility, ident, .. } = interface;
    let lints = interface.attributes.lints_for_copies();
    let fake = fake_name(ident);
    let docs = format!(" A fake of [`{ident}`] whose methods have no behaviour.");
    let setters = interface.methods.iter().map(|method| setter(interface, method));
    let methods = interface.methods.iter().map(|method| implemented(interface, method));
    let name = fake.to_string();
    quote! {
        #lints
        #[allow(unreachable_pub, reason = "it is for tests")]
        impl #fake {
            #[doc = #docs]
            #[must_use]
            #visibility fn new() -> Self {
                ::core::default::Default::default()
            }
            #(#setters)*
        }

        impl ::core::fmt::Debug for #fake {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name).finish_non_exhaustive()
            }
        }

        #lints
        impl #ident for #fake {
            #(#methods)*
        }
    }
}

/// The function that sets what a method does.
fn setter(interface: &Interface, method: &Method) -> TokenStream {
    let (signature, behaviour) = (setter_signature(interface, method), behaviour_name());
    let (field, arguments, stored) = (&method.ident, argument_names(method), stored_type(method));
    quote! {
        #signature {
            self.#field.set::<#stored>(::std::boxed::Box::new(move |#(#arguments),*| {
                ::std::boxed::Box::pin(#behaviour(#(#arguments),*))
            }));
            self
        }
    }
}

/// `pub fn on_get(mut self, behaviour: impl Fn(UserId) -> …) -> Self` with its docs, without the body.
pub(in crate::interface) fn setter_signature(interface: &Interface, method: &Method) -> TokenStream {
    let (visibility, behaviour) = (&interface.visibility, behaviour_name());
    let (name, types, output) = (setter_name(method), argument_types(method), output(method));
    let deprecated = &method.attributes.deprecated;
    let lints = method.attributes.lints_for_copies();
    let docs = format!(" Sets what `{}` does.", method.name);
    quote! {
        #[doc = #docs]
        #lints
        #deprecated
        #[must_use]
        #visibility fn #name<__Future>(
            mut self,
            #behaviour: impl ::core::ops::Fn(#(#types),*) -> __Future
                + ::core::marker::Send
                + ::core::marker::Sync
                + 'static,
        ) -> Self
        where
            __Future: ::core::future::Future<Output = #output> + ::core::marker::Send + 'static
    }
}

/// A method of the trait.
fn implemented(interface: &Interface, method: &Method) -> TokenStream {
    let (signature, field) = (declaration::signature(method), &method.ident);
    let lints = method.attributes.lints_for_copies();
    let arguments = argument_names(method);
    let ignored = method.arguments.iter().filter(|argument| argument.role == Role::Context);
    let ignored = ignored.map(|Argument { ident, .. }| quote!(let _ = #ident;));
    let (fake, name) = (fake_name(&interface.ident).to_string(), setter_name(method).to_string());
    let (behaviour, stored) = (behaviour_name(), stored_type(method));
    let body = if matches!(method.kind, Kind::Event { .. }) {
        quote! {
            match self.#field.get::<#stored>() {
                ::core::option::Option::Some(#behaviour) => #behaviour(#(#arguments),*),
                ::core::option::Option::None => {
                    ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Ok(())))
                }
            }
        }
    } else {
        quote!(self.#field.expect::<#stored>(#fake, #name)(#(#arguments),*))
    };
    quote! {
        #lints
        #signature {
            #(#ignored)*
            #body
        }
    }
}

/// The type of a behaviour.
fn stored_type(method: &Method) -> TokenStream {
    let (types, output) = (argument_types(method), output(method));
    quote! {
        dyn ::core::ops::Fn(#(#types),*) -> ::lessmq::__private::BoxFuture<#output>
            + ::core::marker::Send
            + ::core::marker::Sync
    }
}

/// The name of the function that sets what a method does. The prefix keeps the method of the trait callable.
fn setter_name(method: &Method) -> Ident {
    format_ident!("on_{}", method.ident.unraw(), span = method.ident.span())
}

/// The name of a variable that no argument shadows.
fn behaviour_name() -> Ident {
    Ident::new("behaviour", Span::mixed_site())
}

fn argument_names(method: &Method) -> Vec<&Ident> {
    method.sent().map(|argument| &argument.ident).collect()
}

fn argument_types(method: &Method) -> Vec<&Type> {
    method.sent().map(|argument| &argument.ty).collect()
}

/// The type that the method returns, as it was written.
fn output(method: &Method) -> &Type {
    match &method.kind {
        Kind::Call { reply, .. } => &reply.written,
        Kind::Command { output } | Kind::Event { output } => output,
    }
}
