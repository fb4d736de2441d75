//! The code for a trait with mistakes. It declares the trait, the client, the server and the fake as far as possible,
//! so that one mistake gives one error and not further errors where they are used.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{FnArg, ItemTrait, Pat, ReceiverKind, ReturnType, TraitItem, TraitItemFn};

use super::attributes::Attributes;
use super::method::Method;
use super::model::Interface;
use super::{expand, types};

/// The trait as far as the compiler accepts it, and a client, a server and a fake that do nothing.
pub(crate) fn interface(interface: &Interface, item: &ItemTrait) -> TokenStream {
    let Interface { visibility, unsafety, ident, .. } = interface;
    let types = expand::types(interface);
    let (client, server) = (expand::client_name(ident), expand::server_name(ident));
    let (parameters, clause) = (&item.generics.params, &item.generics.where_clause);
    let supertraits = item.supertraits.iter();
    let mut names = HashSet::new();
    let items = item.items.iter().map(|item| match item {
        TraitItem::Fn(function) if names.insert(function.sig.ident.unraw()) => {
            method(function, interface.events)
        }
        TraitItem::Fn(_) => TokenStream::new(),
        other => quote!(#other),
    });
    let parameters = (!parameters.is_empty()).then(|| quote!(<#parameters>));
    // The methods of a client could name generic parameters of the trait, which do not exist there.
    let known = if item.generics.params.is_empty() { interface.methods.as_slice() } else { &[] };
    let methods = known.iter().map(|method| {
        let signature = expand::client_signature(interface, method);
        quote!(#signature { ::core::unimplemented!() })
    });
    let fake = fake(interface, known);
    quote! {
        /// A trait with mistakes.
        #[allow(dead_code, reason = "the errors have to be fixed first")]
        #visibility #unsafety trait #ident #parameters:
            ::core::marker::Send + ::core::marker::Sync + 'static #(+ #supertraits)* #clause
        {
            #(#items)*
        }

        #types

        #fake

        #[allow(dead_code, deprecated, unused_variables, reason = "the errors have to be fixed first")]
        const _: () = {
            impl #client {
                /// A client that does nothing.
                #visibility fn new(bus: &::lessmq::Bus) -> Self {
                    ::core::unimplemented!()
                }
                #(#methods)*
            }

            impl ::lessmq::Client for #client {
                fn contract() -> &'static ::lessmq::contract::Contract {
                    ::core::unimplemented!()
                }
                fn on(bus: &::lessmq::Bus) -> Self {
                    ::core::unimplemented!()
                }
            }

            impl #server {
                /// A server that does nothing.
                #visibility fn new<T>(implementation: T) -> ::lessmq::Server {
                    ::core::unimplemented!()
                }
                /// A contract that is not known.
                #visibility fn contract() -> &'static ::lessmq::contract::Contract {
                    ::core::unimplemented!()
                }
            }
        };
    }
}

/// A fake that does nothing.
fn fake(interface: &Interface, methods: &[Method]) -> TokenStream {
    let (visibility, name) = (&interface.visibility, expand::fake_name(&interface.ident));
    let setters = methods.iter().map(|method| {
        let signature = expand::setter_signature(interface, method);
        quote!(#signature { ::core::unimplemented!() })
    });
    quote! {
        /// A fake of a trait with mistakes.
        #[derive(::core::default::Default, ::core::fmt::Debug)]
        #[allow(dead_code, reason = "the errors have to be fixed first")]
        #visibility struct #name;

        #[allow(dead_code, deprecated, unused_mut, unused_variables, reason = "the errors have to be fixed first")]
        const _: () = {
            impl #name {
                /// A fake that does nothing.
                #visibility fn new() -> Self {
                    ::core::unimplemented!()
                }
                #(#setters)*
            }
        };
    }
}

/// The method with the signature that an implementation most likely has.
fn method(function: &TraitItemFn, events: bool) -> TokenStream {
    let signature = &function.sig;
    let attributes = Attributes::new(&function.attrs);
    let (unsafety, abi, name) = (&signature.safety, &signature.abi, &signature.ident);
    let (parameters, clause) = (&signature.generics.params, &signature.generics.where_clause);
    let mut names = HashSet::new();
    let inputs = signature.inputs.iter().enumerate().map(|(position, input)| match input {
        FnArg::Receiver(receiver) if matches!(receiver.kind, ReceiverKind::Value) => {
            quote!(self)
        }
        FnArg::Receiver(receiver) => quote!(#receiver),
        FnArg::Typed(argument) => {
            let ty = &argument.ty;
            let name = match &*argument.pat {
                Pat::Ident(name) if names.insert(name.ident.unraw()) => name.ident.clone(),
                _ => format_ident!("argument_{position}"),
            };
            quote!(#name: #ty)
        }
    });
    let one_way = events || attributes.has_marker("command");
    let output = match &signature.output {
        ReturnType::Type(_, ty) if !(one_way && types::is_unit(ty)) => quote!(#ty),
        _ if one_way => quote!(::lessmq::HandlerResult),
        _ => quote!(()),
    };
    let has_body = events || function.default.is_some();
    let (output, body) = if signature.asyncness.is_some() {
        (
            quote!(impl ::core::future::Future<Output = #output> + ::core::marker::Send),
            quote!({ async { ::core::unimplemented!() } }),
        )
    } else {
        (output, quote!({ ::core::unimplemented!() }))
    };
    let body = if has_body { body } else { quote!(;) };
    quote! {
        #[allow(unused_variables, reason = "the errors have to be fixed first")]
        #unsafety #abi fn #name <#parameters> (#(#inputs),*) -> #output #clause #body
    }
}
