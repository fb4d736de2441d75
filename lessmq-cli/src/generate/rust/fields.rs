//! Fields, with the attributes of serde and schemars that produce the same schemas again.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::defaults;
use super::names::{self, Renaming, ident, rename_fields};
use super::presence::{Storage, is_rust_default, storage};
use super::scope::{Scope, View};
use super::tokens::{attributes, constraints};
use crate::generate::model::{Field, Fields, Presence, Type, TypeId};
use crate::generate::names::{snake, unique};

/// The generated fields of a struct or a variant.
#[derive(Debug, Default)]
pub(super) struct GeneratedFields {
    pub(super) tokens: Vec<TokenStream>,
    /// serde's attributes for the struct or variant.
    pub(super) serde: Vec<TokenStream>,
    pub(super) has_aliases: bool,
    /// Functions that return default values.
    pub(super) functions: Vec<TokenStream>,
    /// What each field is in an empty object.
    pub(super) absent: Vec<(Ident, Absent)>,
}

/// What a field is in an object that does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Such an object is not valid.
    Rejected,
    /// The `Default` of its type.
    Default,
    /// What a function returns.
    Value(Ident),
}

/// The context of fields.
pub(super) struct FieldContext<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) owner: TypeId,
    /// The prefix of the names of functions for these fields.
    pub(super) name: &'a str,
    pub(super) visibility: TokenStream,
}

pub(super) fn generate_fields(place: &FieldContext<'_>, fields: &Fields) -> GeneratedFields {
    let wires: Vec<&str> = fields.fields.iter().map(|field| field.wire.as_str()).collect();
    let mut names = names::field_names(wires.iter().copied());
    let Renaming { rule, renames } = rename_fields(&names, &wires);
    let mut written = GeneratedFields::default();
    written.serde.extend(rule.map(|rule| quote!(rename_all = #rule)));
    for ((field, name), rename) in fields.fields.iter().zip(&names).zip(renames) {
        let tokens = generate_field(place, field, name, rename, &mut written);
        written.tokens.push(tokens);
    }
    let mut taken = names.drain(..).collect();
    let (scope, owner, visibility) = (place.scope, place.owner, &place.visibility);
    for ty in &fields.flattened {
        let (name, ty) = (ident(&unique("kind", &mut taken)), scope.ty(ty, Some(owner), View::Value));
        let docs = quote!(#[doc = " Which of several kinds it is."]);
        written.tokens.push(quote!(#docs #[serde(flatten)] #visibility #name: #ty));
        written.absent.push((name, Absent::Rejected));
    }
    if let Some(rest) = &fields.rest {
        let map = Type::Map { key: crate::generate::model::Key::Text, value: Box::new(rest.clone()) };
        let (name, ty) = (ident(&unique("rest", &mut taken)), scope.ty(&map, Some(owner), View::Value));
        let docs = quote!(#[doc = " All further fields."]);
        written.tokens.push(quote!(#docs #[serde(flatten)] #visibility #name: #ty));
        written.absent.push((name, Absent::Default));
    }
    written
}

fn generate_field(
    place: &FieldContext<'_>,
    field: &Field,
    name: &str,
    rename: Option<String>,
    written: &mut GeneratedFields,
) -> TokenStream {
    let FieldContext { scope, owner, visibility, .. } = place;
    let storage = storage(field);
    let plain = scope.ty(&field.ty, Some(*owner), View::Value);
    let in_schema = scope.ty(&field.ty, Some(*owner), View::Schema);
    let ty = if storage == Storage::InOption {
        let option = scope.known("std::option::Option");
        quote!(#option<#plain>)
    } else {
        plain
    };
    let mut serde = Vec::new();
    serde.extend(rename.map(|rename| quote!(rename = #rename)));
    serde.extend(field.aliases.iter().map(|alias| quote!(alias = #alias)));
    written.has_aliases |= !field.aliases.is_empty();
    let absent = match default(place, field, name, storage, &ty) {
        FieldDefault::None => Absent::Rejected,
        FieldDefault::Implied => Absent::Default,
        FieldDefault::Usual => {
            serde.push(quote!(default));
            Absent::Default
        }
        FieldDefault::Function(function, tokens) => {
            let path = function.to_string();
            serde.push(quote!(default = #path));
            written.functions.push(tokens);
            Absent::Value(function)
        }
    };
    written.absent.push((ident(name), absent));
    serde.extend(skip(place.scope, field, storage));
    let is_skipped = storage == Storage::InOption || matches!(field.presence, Presence::Skippable { .. });
    if is_skipped && is_optional(field) && scope.model.distinguishes_null(field) {
        let present = scope.present();
        serde.push(quote!(deserialize_with = #present));
    }
    let mut extras = field.extras.clone();
    if matches!(field.presence, Presence::Skippable { .. }) && storage == Storage::InOption {
        extras.extend(field.default.clone().map(|default| ("default".to_owned(), default)));
    }
    let mut schemars = constraints(&field.ty, &extras);
    if ty.to_string() != in_schema.to_string() {
        let with = in_schema.to_string();
        schemars.insert(0, with_type(&in_schema, &with));
    }
    let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
    let schemars = (!schemars.is_empty()).then(|| quote!(#[schemars(#(#schemars),*)]));
    let docs = attributes(&field.docs);
    let name = ident(name);
    quote!(#docs #serde #schemars #visibility #name: #ty)
}

/// The argument of an attribute that names a type: `with = "Vec<u32>"`.
pub(super) fn with_type(ty: &TokenStream, text: &str) -> TokenStream {
    let text = syn::parse2::<syn::Type>(ty.clone())
        .ok()
        .and_then(|ty| {
            let item = syn::parse2(quote!(type T = #ty;)).ok()?;
            let printed = prettyplease::unparse(&item);
            let one_line = printed.split_whitespace().collect::<Vec<_>>().join(" ");
            Some(one_line.strip_prefix("type T = ")?.strip_suffix(';')?.to_owned())
        })
        .unwrap_or_else(|| text.to_owned());
    quote!(with = #text)
}

/// The default value of a field that may be absent.
enum FieldDefault {
    /// The field is required.
    None,
    /// `None`, without an attribute.
    Implied,
    /// The `Default` of its type.
    Usual,
    /// What a function returns, with its tokens.
    Function(Ident, TokenStream),
}

/// Whether readers accept an object without the field.
fn is_optional(field: &Field) -> bool {
    match field.presence {
        Presence::Written { required }
        | Presence::Skippable { required }
        | Presence::OnlyRead { required } => !required,
        Presence::OnlyWritten => field.default.is_some() || storage(field) == Storage::InOption,
    }
}

fn default(
    place: &FieldContext<'_>,
    field: &Field,
    name: &str,
    storage: Storage,
    ty: &TokenStream,
) -> FieldDefault {
    if !is_optional(field) {
        return FieldDefault::None;
    }
    let Some(value) = &field.default else {
        let is_implied = matches!(field.ty, Type::Option(_))
            && matches!(field.presence, Presence::Written { .. } | Presence::OnlyRead { .. });
        return if is_implied { FieldDefault::Implied } else { FieldDefault::Usual };
    };
    if matches!(field.presence, Presence::Skippable { .. }) && storage == Storage::InOption {
        // `None` is an absent field, which stays absent. The default is a keyword of the schema only.
        return FieldDefault::Usual;
    }
    let is_skipped_null = value.is_null() && matches!(field.ty, Type::Option(_));
    if is_skipped_null || (storage == Storage::Plain && is_rust_default(&field.ty, value)) {
        return FieldDefault::Usual;
    }
    let function = format!("default_{}_{}", snake(place.name), name.trim_matches('_'));
    // `bar_x` of `Foo` and `x` of `FooBar` would have the same name.
    let function = place.scope.function(&function);
    let body = defaults::expression(place.scope, place.owner, &field.ty, value, storage);
    let function = ident(&function);
    let tokens = quote!(fn #function() -> #ty { #body });
    FieldDefault::Function(function, tokens)
}

/// The attribute that skips a field when it is written or read.
fn skip(scope: &Scope<'_>, field: &Field, storage: Storage) -> Option<TokenStream> {
    let option = scope.known("std::option::Option").to_string().replace(' ', "");
    let if_none = format!("{option}::is_none");
    match field.presence {
        Presence::Written { .. } if storage == Storage::InOption => {
            Some(quote!(skip_serializing_if = #if_none))
        }
        Presence::Written { .. } => None,
        Presence::Skippable { .. } => Some(quote!(skip_serializing_if = #if_none)),
        Presence::OnlyWritten => Some(quote!(skip_deserializing)),
        Presence::OnlyRead { .. } => Some(quote!(skip_serializing)),
    }
}
