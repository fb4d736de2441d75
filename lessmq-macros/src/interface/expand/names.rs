//! The names of generated items.

use proc_macro2::Span;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Ident, Type, parse_quote};

use crate::interface::method::Method;
use crate::interface::names::name_in_code;

/// The name of the client: `UsersClient` for `Users`.
pub(in crate::interface) fn client_name(interface: &Ident) -> Ident {
    format_ident!("{}Client", interface.unraw(), span = interface.span())
}

/// The name of the server: `UsersServer` for `Users`.
pub(in crate::interface) fn server_name(interface: &Ident) -> Ident {
    format_ident!("{}Server", interface.unraw(), span = interface.span())
}

/// The name of the fake: `UsersFake` for `Users`.
pub(in crate::interface) fn fake_name(interface: &Ident) -> Ident {
    format_ident!("{}Fake", interface.unraw(), span = interface.span())
}

/// The title of a request in its schema: `GetRequest` for `get`, `GetV2Request` for `get@2`.
///
/// Different methods have different titles: an underscore is kept if no lower-case letter follows.
pub(super) fn request_title(method: &Method) -> String {
    let mut title = String::new();
    let name = name_in_code(&method.name);
    let mut name = name.chars().peekable();
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

/// The type of a request. The underscores avoid a conflict with a type of the user that has the name of the title.
pub(super) fn request_name(method: &Method) -> Ident {
    format_ident!("__{}", request_title(method))
}

/// The error type of a call. `Never` if the call has no typed error.
pub(super) fn reply_error(error: Option<&Type>) -> Type {
    error.map_or_else(|| parse_quote!(::lessmq::Never), Type::clone)
}

/// An identifier whose errors point to `place` in the trait instead of to the attribute.
pub(super) fn placed(name: &str, place: Span) -> Ident {
    Ident::new(name, Span::call_site().located_at(place))
}
