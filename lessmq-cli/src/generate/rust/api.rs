//! What consumers can use of generated code: its methods, its types and their traits. Read from the code itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Fields, FnArg, Item, ItemImpl, ItemTrait, Pat, PathArguments, ReturnType, Token, TraitItem,
    Type, UseTree,
};

use crate::generate::Generated;

/// The crates of the generated code itself. All others are those of the service's types.
const OWN_CRATES: [&str; 7] = ["core", "crate", "lessmq", "schemars", "serde", "serde_json", "std"];
/// Traits of all types, which are no part of a comparison.
const COMMON_TRAITS: [&str; 3] = ["Deserialize", "JsonSchema", "Serialize"];

/// The items that consumers can use.
#[derive(Debug, Default)]
pub(super) struct Api {
    /// The methods of all traits.
    pub(super) methods: BTreeMap<String, Signature>,
    pub(super) types: BTreeMap<String, PublicType>,
}

/// A method of a trait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// The names of the arguments, with their types.
    pub(super) arguments: Vec<(String, String)>,
    /// What a call returns.
    pub(super) output: String,
}

/// A struct or an enum.
#[derive(Debug, Default)]
pub(super) struct PublicType {
    pub(super) form: Form,
    /// The fields or variants, each with its type. Unnamed fields have a number.
    pub(super) parts: Vec<(String, String)>,
    /// The traits without parameters that it implements.
    pub(super) traits: BTreeSet<String>,
}

/// How values of a type are written in code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    #[default]
    Struct,
    Tuple,
    Unit,
    Enum,
}

impl Api {
    /// Reads the sources of a contract crate.
    pub(super) fn read(generated: &Generated) -> Self {
        let mut api = Self::default();
        for file in ["types.rs", "interfaces.rs"] {
            let text = generated.files.get(Path::new(file));
            if let Some(Ok(file)) = text.map(|text| syn::parse_file(text)) {
                api.add(&file.items);
            }
        }
        api
    }

    fn add(&mut self, items: &[Item]) {
        let mut paths = Paths::default();
        for item in items {
            if let Item::Use(item) = item {
                paths.import(&item.tree, String::new());
            }
        }
        for item in items {
            match item {
                Item::Trait(item) => self.add_methods(item, &paths),
                Item::Struct(item) => {
                    let (form, parts) = fields(&item.fields, &paths);
                    self.add_type(&item.ident, form, parts, &item.attrs);
                }
                Item::Enum(item) => {
                    let variant =
                        |variant: &syn::Variant| (name(&variant.ident), content(&variant.fields, &paths));
                    let variants = item.variants.iter().map(variant).collect();
                    self.add_type(&item.ident, Form::Enum, variants, &item.attrs);
                }
                Item::Impl(item) => self.add_implementation(item),
                _ => {}
            }
        }
    }

    fn add_methods(&mut self, item: &ItemTrait, paths: &Paths) {
        for method in &item.items {
            let TraitItem::Fn(method) = method else { continue };
            let argument = |input: &FnArg| match input {
                FnArg::Typed(argument) => match &*argument.pat {
                    Pat::Ident(pattern) => Some((name(&pattern.ident), paths.text(&argument.ty))),
                    _ => None,
                },
                FnArg::Receiver(_) => None,
            };
            let output = match &method.sig.output {
                ReturnType::Default => "()".to_owned(),
                ReturnType::Type(_, ty) => paths.text(ty),
            };
            let arguments = method.sig.inputs.iter().filter_map(argument).collect();
            self.methods.insert(name(&method.sig.ident), Signature { arguments, output });
        }
    }

    fn add_type(
        &mut self,
        ident: &syn::Ident,
        form: Form,
        parts: Vec<(String, String)>,
        attributes: &[Attribute],
    ) {
        let declared = self.types.entry(name(ident)).or_default();
        (declared.form, declared.parts) = (form, parts);
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            let derived = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
            declared.traits.extend(derived.into_iter().flatten().filter_map(|path| plain_trait(&path)));
        }
    }

    fn add_implementation(&mut self, item: &ItemImpl) {
        if let (Some((path, _)), Type::Path(ty)) = (&item.trait_, &*item.self_ty)
            && let (Some(implemented), Some(ident)) = (plain_trait(path), ty.path.get_ident())
        {
            self.types.entry(name(ident)).or_default().traits.insert(implemented);
        }
    }
}

/// The name of a trait without parameters.
fn plain_trait(path: &syn::Path) -> Option<String> {
    let last = path.segments.last()?;
    let name = last.ident.to_string();
    let is_plain = last.arguments == PathArguments::None && !COMMON_TRAITS.contains(&name.as_str());
    is_plain.then_some(name)
}

/// A name without `r#`.
fn name(ident: &syn::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

fn fields(fields: &Fields, paths: &Paths) -> (Form, Vec<(String, String)>) {
    let form = match fields {
        Fields::Named(_) => Form::Struct,
        Fields::Unnamed(_) => Form::Tuple,
        Fields::Unit => Form::Unit,
    };
    let part = |(index, field): (usize, &syn::Field)| {
        (field.ident.as_ref().map_or_else(|| index.to_string(), name), paths.text(&field.ty))
    };
    (form, fields.iter().enumerate().map(part).collect())
}

/// The fields of a variant, as text.
fn content(variant: &Fields, paths: &Paths) -> String {
    let (form, parts) = fields(variant, paths);
    let list = |parts: Vec<String>| parts.join(", ");
    match form {
        Form::Tuple => format!("({})", list(parts.into_iter().map(|(_, ty)| ty).collect())),
        Form::Struct => {
            format!("{{ {} }}", list(parts.into_iter().map(|(name, ty)| format!("{name}: {ty}")).collect()))
        }
        Form::Unit | Form::Enum => String::new(),
    }
}

/// The paths of imported types of other crates, by name.
#[derive(Debug, Default)]
struct Paths(BTreeMap<String, String>);

impl Paths {
    fn import(&mut self, tree: &UseTree, before: String) {
        match tree {
            UseTree::Path(path) => self.import(&path.tree, format!("{before}{}::", name(&path.ident))),
            UseTree::Name(imported) => {
                let name = name(&imported.ident);
                if !OWN_CRATES.iter().any(|own| before.starts_with(&format!("{own}::"))) {
                    self.0.insert(name.clone(), format!("{before}{name}"));
                }
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before.clone())),
            _ => {}
        }
    }

    /// A type as text, with the full paths of types of other crates.
    fn text(&self, ty: &Type) -> String {
        let mut text = String::new();
        self.push(&mut text, ty.to_token_stream());
        for start in ["<", "(", "[", ", "] {
            text = text.replace(&format!("{start}::"), start);
        }
        text.trim_start_matches("::").to_owned()
    }

    fn push(&self, text: &mut String, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    let name = name(&ident);
                    let is_whole = !text.ends_with("::");
                    text.push_str(self.0.get(&name).filter(|_| is_whole).unwrap_or(&name));
                }
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                    text.push(punct.as_char());
                    text.push(' ');
                }
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Bracket => ("[", "]"),
                        _ => ("(", ")"),
                    };
                    text.push_str(open);
                    self.push(text, group.stream());
                    text.push_str(close);
                }
                other => text.push_str(&other.to_string()),
            }
        }
    }
}
