//! The types of arguments and replies, and which of them a message cannot have.

use std::fmt::Display;

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{GenericArgument, Lifetime, PathArguments, Type, TypeReference};

use crate::errors::Errors;

/// The place of a type, for error messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Argument,
    Reply,
}

impl Place {
    fn owned(self) -> &'static str {
        match self {
            Self::Argument => "an argument is decoded from a message and must be owned",
            Self::Reply => "a reply is decoded from a message and must be owned",
        }
    }
}

/// Reports all parts of `ty` that cannot be decoded from a message.
pub(crate) fn check(ty: &Type, place: Place, errors: &mut Errors) {
    Checker { place, errors }.visit_type(ty);
}

struct Checker<'a> {
    place: Place,
    errors: &'a mut Errors,
}

impl Checker<'_> {
    fn not_concrete(&mut self, at: impl ToTokens, what: impl Display) {
        self.errors
            .at(at, format!("expected a concrete type instead of {what}: a contract needs concrete types"));
    }
}

impl<'ast> Visit<'ast> for Checker<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(reference) => {
                let instead = owned_instead(reference);
                let context = match self.place {
                    Place::Argument => "; only `&lessmq::Context` is borrowed",
                    Place::Reply => "",
                };
                self.errors.at(ty, format!("{}: expected {instead}{context}", self.place.owned()));
            }
            Type::ImplTrait(_) => self.not_concrete(ty, "`impl Trait`"),
            Type::TraitObject(_) => self.not_concrete(ty, "a trait object"),
            Type::Infer(_) => self.not_concrete(ty, "`_`"),
            _ => visit::visit_type(self, ty),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        match path.segments.first() {
            Some(first) if path.leading_colon.is_none() && first.ident == "Self" => {
                self.not_concrete(path, "`Self`");
            }
            _ => visit::visit_path(self, path),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.errors.at(
                lifetime,
                format!("{}: expected `'static` or a type without a lifetime", self.place.owned()),
            );
        }
    }
}

/// What to write instead of a borrowed type.
fn owned_instead(reference: &TypeReference) -> String {
    let owned = match &*reference.elem {
        Type::Slice(slice) => format!("Vec<{}>", readable(&slice.elem)),
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        other => readable(other),
    };
    format!("`{owned}`")
}

/// The type as people write it.
fn readable(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, close) in [(" :: ", "::"), (" < ", "<"), (" >", ">"), (" , ", ", "), ("& ", "&")] {
        text = text.replace(spaced, close);
    }
    text
}

/// Whether `ty` is `&Context`, with any path.
pub(crate) fn is_context_reference(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => reference.mutability.is_none() && is_context(&reference.elem),
        _ => false,
    }
}

/// Whether `ty` is named `Context`, with any path.
pub(crate) fn is_context(ty: &Type) -> bool {
    is_named(ty, "Context")
}

/// Whether `ty` is named `HandlerResult`, with any path.
pub(crate) fn is_handler_result(ty: &Type) -> bool {
    is_named(ty, "HandlerResult")
}

/// Whether `ty` is a path that ends in `name`, without type arguments.
fn is_named(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Path(path) => {
            path.qself.is_none()
                && path
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| last.ident == name && matches!(last.arguments, PathArguments::None))
        }
        _ => false,
    }
}

/// Whether `ty` is an `Option<…>`, which may be absent from a message.
pub(crate) fn is_option(ty: &Type) -> bool {
    type_arguments(ty, "Option").is_some_and(|arguments| arguments.len() == 1)
}

/// The type arguments of `ty` if its name is `name`.
pub(crate) fn type_arguments<'a>(ty: &'a Type, name: &str) -> Option<Vec<&'a Type>> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if path.qself.is_some() || last.ident != name {
        return None;
    }
    match &last.arguments {
        PathArguments::None => Some(Vec::new()),
        PathArguments::AngleBracketed(list) => Some(
            list.args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
                .collect(),
        ),
        PathArguments::Parenthesized(_) => None,
    }
}

/// Whether `ty` is `()`.
pub(crate) fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// `ty` with each of its parts replaced. A part is what is not a container of the standard library: `User` in
/// `Option<Vec<User>>`.
pub(crate) fn replace_parts(ty: &Type, replace: &mut impl FnMut(&Type) -> Type) -> Type {
    let mut ty = ty.clone();
    match contents(&mut ty) {
        Some(contents) => {
            for part in contents {
                *part = replace_parts(part, replace);
            }
            ty
        }
        None => replace(&ty),
    }
}

/// The types in a tuple, an array, or a container of the standard library.
fn contents(ty: &mut Type) -> Option<Vec<&mut Type>> {
    match ty {
        Type::Tuple(tuple) if !tuple.elems.is_empty() => Some(tuple.elems.iter_mut().collect()),
        Type::Array(array) => Some(vec![&mut *array.elem]),
        Type::Paren(parentheses) => Some(vec![&mut *parentheses.elem]),
        Type::Group(group) => Some(vec![&mut *group.elem]),
        Type::Path(path) if path.qself.is_none() && is_container(&path.path) => {
            match &mut path.path.segments.last_mut()?.arguments {
                PathArguments::AngleBracketed(list) if list.args.len() == 1 => {
                    list.args.iter_mut().map(as_type).collect()
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether `path` is that of an `Option`, as [`is_option`] decides it, or of the `Vec` or `Box` of the standard library.
fn is_container(path: &syn::Path) -> bool {
    let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>();
    let names = names.iter().map(String::as_str).collect::<Vec<_>>();
    matches!(names[..], [.., "Option"] | ["Vec" | "Box"] | ["std" | "alloc", .., "Vec" | "Box"])
}

fn as_type(argument: &mut GenericArgument) -> Option<&mut Type> {
    match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}
