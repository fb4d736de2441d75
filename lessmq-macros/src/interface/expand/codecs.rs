//! The requests of methods, and the codecs of their types.
//!
//! The compiler checks that a type can be sent in one place: where its codec is made. For containers such as `Vec<User>`, it
//! checks `User`, so that the error points to the type that needs a derive.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Ident, Type, parse_quote};

use super::names::{reply_error, request_name, request_title};
use crate::interface::arguments::{Argument, Role};
use crate::interface::method::{Kind, Method};
use crate::interface::types;

/// The type parameters that replace the parts of a type, and these parts as they were written.
#[derive(Default)]
struct Generic {
    parameters: Vec<Ident>,
    parts: Vec<Type>,
}

impl Generic {
    /// The type with parameters in place of its parts.
    fn replace(&mut self, ty: &Type) -> Type {
        types::replace_parts(ty, &mut |part| {
            let parameter = format_ident!("T{}", self.parts.len());
            self.parts.push(part.clone());
            self.parameters.push(parameter.clone());
            parse_quote!(#parameter)
        })
    }

    /// `T0: Payload, T1: Payload`
    fn bounds(&self) -> TokenStream {
        let parameters = &self.parameters;
        quote!(#(#parameters: ::lessmq::__private::Payload),*)
    }

    /// The codec of `generic`, whose parts are checked here.
    fn codec(&self, generic: &Type) -> TokenStream {
        let (bounds, parts) = (self.bounds(), &self.parts);
        if let [parameter] = &self.parameters[..]
            && *generic == parse_quote!(#parameter)
        {
            return quote!(::lessmq::__private::codec::<#(#parts),*>());
        }
        quote!({
            const fn codec<#bounds>() -> ::lessmq::__private::Codec<#generic> {
                ::lessmq::__private::codec()
            }
            codec::<#(#parts),*>()
        })
    }
}

/// The object whose fields are the arguments of a method, if it has no payload, and the codecs of its types.
pub(super) fn codecs(method: &Method) -> TokenStream {
    let mut generic = Generic::default();
    let (declaration, ty, replaced) = match method.payload() {
        Some(Argument { ty, .. }) => (None, quote!(#ty), generic.replace(ty)),
        None => {
            let declaration = request(method, &mut generic);
            let (name, Generic { parameters, parts }) = (request_name(method), &generic);
            (Some(declaration), quote!(#name<#(#parts),*>), parse_quote!(#name<#(#parameters),*>))
        }
    };
    let (name, request) = (codecs_name(method), generic.codec(&replaced));
    let codecs = match &method.kind {
        Kind::Call { reply, .. } => {
            let (value, error) = (&reply.value, reply_error(reply.error.as_ref()));
            let (value_codec, error_codec) = (codec(value), codec(&error));
            quote! {
                const #name: ::lessmq::__private::CallTypes<#ty, #value, #error> = ::lessmq::__private::CallTypes {
                    request: #request,
                    reply: #value_codec,
                    error: #error_codec,
                };
            }
        }
        Kind::Command { .. } | Kind::Event { .. } => {
            quote!(const #name: ::lessmq::__private::Codec<#ty> = #request;)
        }
    };
    quote!(#declaration #codecs)
}

/// The codec of a reply or an error.
fn codec(ty: &Type) -> TokenStream {
    let mut generic = Generic::default();
    let replaced = generic.replace(ty);
    generic.codec(&replaced)
}

/// The name of the codecs of a method: `__GET` for `get`.
pub(super) fn codecs_name(method: &Method) -> Ident {
    format_ident!("__{}", method.ident.unraw().to_string().to_ascii_uppercase())
}

/// The declaration of a request.
fn request(method: &Method, generic: &mut Generic) -> TokenStream {
    let (name, title) = (request_name(method), request_title(method));
    let fields = method.sent().map(|Argument { ident, ty, attributes, role }| {
        let (docs, ty) = (&attributes.docs, generic.replace(ty));
        let optional = matches!(role, Role::Field { optional: true })
            .then(|| quote!(#[serde(default, skip_serializing_if = "::core::option::Option::is_none")]));
        quote!(#(#docs)* #optional #ident: #ty)
    });
    let fields = fields.collect::<Vec<_>>();
    let (parameters, bounds) = (&generic.parameters, generic.bounds().to_string());
    let order = argument_order(method).map(|names| quote!(, extend("x-order" = [#(#names),*])));
    quote! {
        #[derive(
            ::lessmq::__private::serde::Serialize,
            ::lessmq::__private::serde::Deserialize,
            ::lessmq::__private::schemars::JsonSchema,
        )]
        #[serde(crate = "::lessmq::__private::serde", bound = #bounds)]
        #[schemars(crate = "::lessmq::__private::schemars", rename = #title, bound = #bounds #order)]
        struct #name<#(#parameters),*> {
            #(#fields),*
        }
    }
}

/// The names of the arguments of a method, in their order. `None` if the schema of its request has the order without them:
/// the required arguments are in `required`, and the optional ones are not.
fn argument_order(method: &Method) -> Option<Vec<String>> {
    let has_optional = method.sent().any(|argument| argument.role == Role::Field { optional: true });
    let names: Vec<String> = method.sent().map(|argument| argument.ident.unraw().to_string()).collect();
    (has_optional && names.len() > 1).then_some(names)
}
