//! Writes types in a module: chooses their paths, and where a `Box` is needed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::lacking::Lacking;
use super::names::ident;
use crate::generate::components::components;
use crate::generate::model::{Format, Integer, Key, Model, NamedType, RustTypeId, Type, TypeId};
use crate::generate::names::unique;
use crate::rust_types::{ChosenType, RustType};

/// A module that is being generated.
pub(super) struct Scope<'a> {
    pub(super) model: &'a Model,
    /// The names that are no imports: of types of the contract, of traits, and of the prelude.
    names: HashSet<&'a str>,
    /// The paths of imports by their names.
    imports: RefCell<BTreeMap<String, String>>,
    rust_types: RefCell<BTreeSet<RustTypeId>>,
    used: RefCell<BTreeSet<String>>,
    functions: RefCell<BTreeSet<String>>,
    /// The name of the function that reads a present field, once it is used.
    present: RefCell<Option<String>>,
    /// The name of the function that writes a decimal without an exponent, once it is used.
    without_exponent: RefCell<Option<String>>,
    /// The number of each type's cycle. Types that contain each other by value have the same number.
    circles: Vec<usize>,
    pub(super) lacking: Lacking,
}

/// Whether a type is written for a field, or for the schema of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Value,
    Schema,
}

impl<'a> Scope<'a> {
    /// A module that declares `others` apart from the types of the contract.
    pub(super) fn new(model: &'a Model, others: &'a BTreeSet<String>) -> Self {
        let types = model.types.iter().map(|declared| declared.name.as_str());
        Self {
            model,
            names: types.chain(others.iter().map(String::as_str)).collect(),
            imports: RefCell::default(),
            rust_types: RefCell::default(),
            used: RefCell::default(),
            functions: RefCell::default(),
            present: RefCell::default(),
            without_exponent: RefCell::default(),
            circles: circles(model),
            lacking: Lacking::new(model),
        }
    }

    pub(super) fn get(&self, id: TypeId) -> &'a NamedType {
        &self.model.types[id.0]
    }

    /// The types of the model that were used.
    pub(super) fn used(&self) -> BTreeSet<String> {
        self.used.borrow().clone()
    }

    /// A unique name for a function in the module.
    pub(super) fn function(&self, name: &str) -> String {
        unique(name, &mut self.functions.borrow_mut())
    }

    /// The name of the function that reads a present field. It is then part of the module.
    pub(super) fn present(&self) -> String {
        let mut present = self.present.borrow_mut();
        present.get_or_insert_with(|| self.function("present")).clone()
    }

    /// The function that reads a present field, if the module uses it.
    pub(super) fn present_function(&self) -> Option<TokenStream> {
        let name = ident(self.present.borrow().as_ref()?);
        Some(quote! {
            /// Reads a field that is present. Its value may be `null`, which is not the same as an absent field.
            fn #name<'de, D, T>(deserializer: D) -> ::std::result::Result<::std::option::Option<T>, D::Error>
            where
                D: ::serde::Deserializer<'de>,
                T: ::serde::Deserialize<'de>,
            {
                T::deserialize(deserializer).map(::std::option::Option::Some)
            }
        })
    }

    /// The name of the function that writes a decimal without an exponent. It is then part of the module.
    pub(super) fn without_exponent(&self) -> String {
        let mut name = self.without_exponent.borrow_mut();
        name.get_or_insert_with(|| self.function("without_exponent")).clone()
    }

    /// The function that writes a decimal without an exponent, if the module uses it.
    pub(super) fn without_exponent_function(&self) -> Option<TokenStream> {
        let name = ident(self.without_exponent.borrow().as_ref()?);
        Some(quote! {
            /// A decimal without an exponent: `0.015` for `1.5e-2`. `None` for an exponent over a thousand.
            fn #name(decimal: &str) -> ::std::option::Option<::std::string::String> {
                let ::std::option::Option::Some((number, exponent)) = decimal.split_once(['e', 'E']) else {
                    return ::std::option::Option::Some(decimal.to_owned());
                };
                let exponent: i64 = exponent.parse().ok().filter(|exponent| (-1_000..=1_000).contains(exponent))?;
                let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
                let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
                let point = i64::try_from(whole.len()).ok()? + exponent;
                let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
                let length = i64::try_from(whole.len() + fraction.len()).ok()?;
                let digits = [zeros(1 - point), whole.to_owned(), fraction.to_owned(), zeros(point - length)].concat();
                let (whole, fraction) = digits.split_at(usize::try_from(point.max(1)).ok()?);
                let whole = whole.trim_start_matches('0');
                let whole = if whole.is_empty() { "0" } else { whole };
                let point = if fraction.is_empty() { "" } else { "." };
                ::std::option::Option::Some([sign, whole, point, fraction].concat())
            }
        })
    }

    /// The paths that must be imported.
    pub(super) fn imports(&self) -> BTreeSet<String> {
        self.imports.borrow().values().cloned().collect()
    }

    /// The types of other crates that were used.
    pub(super) fn rust_types(&self) -> BTreeSet<RustTypeId> {
        self.rust_types.borrow().clone()
    }

    pub(super) fn rust_type(&self, id: RustTypeId) -> &'a ChosenType {
        &self.model.rust_types[id.0]
    }

    /// The name of an external item. It is imported, unless a type of the contract or another import has the same name.
    pub(super) fn path(&self, path: &str) -> TokenStream {
        let name = path.rsplit("::").next().unwrap_or(path);
        let mut imports = self.imports.borrow_mut();
        let is_other = |imported: &String| imported != path;
        if self.names.contains(name) || PRELUDE.contains(&name) || imports.get(name).is_some_and(is_other) {
            let parts = path.split("::").map(ident);
            return quote!(#(::#parts)*);
        }
        imports.insert(name.to_owned(), path.to_owned());
        let name = ident(name);
        quote!(#name)
    }

    /// The name of a type of another crate, which becomes one of those that were used.
    fn used_type(&self, id: RustTypeId) -> TokenStream {
        self.rust_types.borrow_mut().insert(id);
        self.foreign(&self.rust_type(id).ty)
    }

    /// The name of a type of another crate, with its parameters.
    fn foreign(&self, ty: &RustType) -> TokenStream {
        let name = self.path(&ty.path);
        let parameters = ty.parameters.iter().map(|parameter| self.foreign(parameter));
        if ty.parameters.is_empty() { name } else { quote!(#name<#(#parameters),*>) }
    }

    /// The name of an item in the prelude, or its path if a type of the contract has the same name.
    pub(super) fn known(&self, path: &str) -> TokenStream {
        let name = path.rsplit("::").next().unwrap_or(path);
        if self.names.contains(name) {
            let parts = path.split("::").map(ident);
            return quote!(#(::#parts)*);
        }
        let name = ident(name);
        quote!(#name)
    }

    /// A type as part of `owner`.
    pub(super) fn ty(&self, ty: &Type, owner: Option<TypeId>, view: View) -> TokenStream {
        let inner = |ty: &Type| self.ty(ty, owner, view);
        let far = |ty: &Type| self.ty(ty, None, view);
        match ty {
            Type::Any => self.path("serde_json::Value"),
            Type::Null => quote!(()),
            Type::Boolean => quote!(bool),
            Type::Integer(integer) => self.integer(*integer),
            Type::Float { double } => {
                if *double {
                    quote!(f64)
                } else {
                    quote!(f32)
                }
            }
            Type::Number => self.path("serde_json::Number"),
            Type::Text => self.known("std::string::String"),
            Type::Character => quote!(char),
            Type::Format(format) => match standard_type(*format) {
                Some(path) => self.path(path),
                None => self.known("std::string::String"),
            },
            Type::Option(some) => generic(self.known("std::option::Option"), [inner(some)]),
            Type::List(item) => generic(self.known("std::vec::Vec"), [far(item)]),
            Type::Set(item) if view == View::Schema || self.lacking.has_ord(self.model, item) => {
                generic(self.path("std::collections::BTreeSet"), [far(item)])
            }
            Type::Set(item) => generic(self.known("std::vec::Vec"), [far(item)]),
            Type::Array(item, length) => {
                let (item, length) = (inner(item), proc_macro2::Literal::usize_unsuffixed(*length));
                quote!([#item; #length])
            }
            Type::Tuple(items) => {
                let items = items.iter().map(inner);
                quote!((#(#items,)*))
            }
            Type::Map { key, value } => {
                let key = match key {
                    Key::Text => self.known("std::string::String"),
                    Key::Unsigned => quote!(u64),
                    Key::Signed => quote!(i64),
                    Key::Rust(id) => self.used_type(*id),
                    Key::Named(id) => self.named(*id, None),
                };
                generic(self.path("std::collections::BTreeMap"), [key, far(value)])
            }
            Type::Result(ok, error) => generic(self.known("std::result::Result"), [inner(ok), inner(error)]),
            Type::Range(item) => generic(self.path("std::ops::Range"), [inner(item)]),
            Type::Bound(item) => generic(self.path("std::ops::Bound"), [inner(item)]),
            Type::Duration => self.path("std::time::Duration"),
            Type::SystemTime => self.path("std::time::SystemTime"),
            Type::Rust(id) => self.used_type(*id),
            Type::Named(id) => self.named(*id, owner),
        }
    }

    fn named(&self, id: TypeId, owner: Option<TypeId>) -> TokenStream {
        let name = &self.get(id).name;
        self.used.borrow_mut().insert(name.clone());
        let name = ident(name);
        match owner {
            Some(owner) if self.is_boxed(owner, id) => {
                generic(self.known("std::boxed::Box"), [quote!(#name)])
            }
            _ => quote!(#name),
        }
    }

    /// Whether `owner` needs a `Box` for `id`, because it would otherwise contain itself.
    pub(super) fn is_boxed(&self, owner: TypeId, id: TypeId) -> bool {
        self.circles[owner.0] == self.circles[id.0]
    }

    fn integer(&self, integer: Integer) -> TokenStream {
        let size = integer.bits.map_or_else(|| "size".to_owned(), |bits| bits.to_string());
        let sign = if integer.signed { 'i' } else { 'u' };
        let plain = format_ident!("{sign}{size}");
        if integer.non_zero {
            generic(self.path("std::num::NonZero"), [quote!(#plain)])
        } else {
            quote!(#plain)
        }
    }
}

fn generic<const N: usize>(name: TokenStream, arguments: [TokenStream; N]) -> TokenStream {
    quote!(#name<#(#arguments),*>)
}

/// The type of the standard library for a format. Types of other crates are a [`Type::Rust`].
fn standard_type(format: Format) -> Option<&'static str> {
    match format {
        Format::Ip => Some("std::net::IpAddr"),
        Format::Ipv4 => Some("std::net::Ipv4Addr"),
        Format::Ipv6 => Some("std::net::Ipv6Addr"),
        _ => None,
    }
}

/// Names that generated code uses without an import.
const PRELUDE: [&str; 5] = ["Box", "Option", "Result", "String", "Vec"];

/// The cycles of types that contain each other by value, directly or indirectly.
fn circles(model: &Model) -> Vec<usize> {
    let direct: Vec<Vec<usize>> = model
        .types
        .iter()
        .map(|declared| {
            let mut found = Vec::new();
            let mut open = declared.shape.parts();
            while let Some(ty) = open.pop() {
                match ty {
                    Type::Named(id) => found.push(id.0),
                    Type::List(_) | Type::Set(_) | Type::Map { .. } => {}
                    other => open.extend(other.parts()),
                }
            }
            found
        })
        .collect();
    components(&direct)
}
