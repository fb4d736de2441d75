//! The meaning of an interface: the trait, without syntax and without mistakes.

use std::collections::BTreeMap;

use syn::{Ident, ItemTrait, Token, TraitItem, Visibility};

use super::attributes::Attributes;
use super::method::Method;
use super::names::{name_in_code, service_name};
use super::parse::Arguments;
use crate::errors::Errors;

/// A trait under `#[lessmq::interface]`.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) visibility: Visibility,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) ident: Ident,
    pub(crate) attributes: Attributes,
    /// The service's name.
    pub(crate) service: String,
    /// Whether the methods are events.
    pub(crate) events: bool,
    /// Whether the commands or events are ordered.
    pub(crate) ordered: bool,
    /// The methods in the order of declaration, without those that have mistakes.
    pub(crate) methods: Vec<Method>,
}

impl Interface {
    /// Reads a trait, and reports each mistake in it.
    pub(crate) fn new(arguments: &Arguments, item: &ItemTrait, errors: &mut Errors) -> Self {
        let attributes = Attributes::new(&item.attrs);
        attributes.reject_markers_except(&[], "a trait", errors);
        check_head(item, errors);
        check_ordered(arguments, item, errors);
        Self {
            service: arguments.service.as_ref().map(|name| service_name(name, errors)).unwrap_or_default(),
            methods: methods(item, arguments, errors),
            visibility: item.vis.clone(),
            unsafety: item.unsafety,
            ident: item.ident.clone(),
            events: arguments.events,
            ordered: arguments.ordered.is_some(),
            attributes,
        }
    }

    /// Whether there are commands or events.
    pub(crate) fn has_one_way_methods(&self) -> bool {
        self.methods.iter().any(Method::is_one_way)
    }
}

fn check_head(item: &ItemTrait, errors: &mut Errors) {
    if let Some(keyword) = item.unsafety {
        errors.at(keyword, "an interface cannot be `unsafe`: remove it");
    }
    if let Some(keyword) = item.modifiers.auto_token {
        errors.at(keyword, "an interface cannot be an auto trait: remove `auto`");
    }
    if !item.generics.params.is_empty() {
        errors.at(&item.generics.params, "an interface cannot have generic parameters: use concrete types");
    }
    if let Some(clause) = &item.generics.where_clause {
        errors.at(clause, "an interface cannot have a `where` clause: remove it");
    }
    if !item.supertraits.is_empty() {
        errors.at(
            &item.supertraits,
            "an interface cannot have supertraits: remove them, the macro adds `Send + Sync + 'static`",
        );
    }
    if item.items.is_empty() {
        errors
            .at(&item.ident, "an interface without methods: expected at least one `async fn name(&self, …)`");
    }
}

/// Reports `ordered` on an interface that has calls only.
fn check_ordered(arguments: &Arguments, item: &ItemTrait, errors: &mut Errors) {
    let is_call = |item: &TraitItem| match item {
        TraitItem::Fn(function) => !Attributes::new(&function.attrs).has_marker("command"),
        _ => true,
    };
    if let Some(ordered) = &arguments.ordered
        && !arguments.events
        && item.items.iter().all(is_call)
    {
        errors.at(ordered, "`ordered` is for commands and events: this interface has calls only");
    }
}

fn methods(item: &ItemTrait, arguments: &Arguments, errors: &mut Errors) -> Vec<Method> {
    let mut methods = Vec::new();
    let mut names = BTreeMap::new();
    for item in &item.items {
        let before = errors.count();
        match item {
            TraitItem::Fn(function) => {
                let method = Method::new(function, arguments, errors);
                if names.insert(method.name.clone(), function.sig.ident.clone()).is_some() {
                    errors.at(
                        &function.sig.ident,
                        format!("`{}` is declared twice: expected one method of each name", method.name),
                    );
                }
                if errors.count() == before {
                    methods.push(method);
                }
            }
            TraitItem::Const(constant) => reject(&constant.ident, "a constant", errors),
            TraitItem::Type(ty) => reject(&ty.ident, "an associated type", errors),
            TraitItem::Macro(call) => reject(&call.mac.path, "a macro call", errors),
            other => reject(other, "this item", errors),
        }
    }
    check_names_in_code(&names, errors);
    methods
}

/// Reports a later version of a method that has the name of another method in generated code.
fn check_names_in_code(names: &BTreeMap<String, Ident>, errors: &mut Errors) {
    for (later, ident) in names {
        let in_code = name_in_code(later);
        if in_code != *later && names.contains_key(&in_code) {
            let message =
                format!("`{later}` and `{in_code}` have the same name in generated code: rename one of them");
            errors.at(ident, message);
        }
    }
}

fn reject(place: impl quote::ToTokens, what: &str, errors: &mut Errors) {
    errors.at(place, format!("{what} is not allowed in an interface: expected methods only"));
}
